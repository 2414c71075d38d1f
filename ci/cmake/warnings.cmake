# Warnings for our own code only; they are not handed on to users of the targets.
add_library(gmc_warnings INTERFACE)
target_compile_options(gmc_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wconversion>)
if(GMC_WERROR)
  target_compile_options(gmc_warnings INTERFACE -Werror)
endif()

if(GMC_SANITIZE)
  list(JOIN GMC_SANITIZE "," sanitizers)
  add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${sanitizers})
endif()
