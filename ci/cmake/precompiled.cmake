# The headers of other libraries that most files include, compiled once: that is a third of the time of a build. They come before everything
# else then, so that a file which forgets one of them compiles here all the same: with g++ the layers do without, and tell.
# A test's own files are hardly ever what the test spends its time in (where they are, the kind is hot_tests), and take three times as long to
# be compiled with optimisation and sanitizers; so does the command line.
set(GMC_OPTIONS_OF_layers)
set(GMC_OPTIONS_OF_commands -O1)
set(GMC_OPTIONS_OF_tests -O0)
set(GMC_OPTIONS_OF_hot_tests)
if(GMC_SANITIZE)
  set(GMC_OPTIONS_OF_commands -O0)
endif()
option(GMC_PRECOMPILE "Compile the most used headers of other libraries once" ON)

function(gmc_precompiled_headers kind) # <header> ...
  # In a target of their own, of the kind of those that take them: what is made for a library cannot be used for an executable (-fPIC, -fPIE).
  set(source ${PROJECT_BINARY_DIR}/precompiled_${kind}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "int main() {}  // the headers are what is compiled\n")
  if(kind MATCHES "tests$")
    add_executable(gmc_precompiled_${kind} EXCLUDE_FROM_ALL ${source})
  else()
    add_library(gmc_precompiled_${kind} OBJECT EXCLUDE_FROM_ALL ${source})
  endif()
  target_compile_features(gmc_precompiled_${kind} PRIVATE cxx_std_23)
  target_link_libraries(gmc_precompiled_${kind} PRIVATE gmc_warnings fmt::fmt nlohmann_json::nlohmann_json CLI11::CLI11)
  if(GMC_BUILD_TESTS)
    target_link_libraries(gmc_precompiled_${kind} PRIVATE GTest::gmock GTest::gtest)
  endif()
  # Without the time at which it was made, so that a cache of compilations knows it again.
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    target_compile_options(gmc_precompiled_${kind} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  target_compile_options(gmc_precompiled_${kind} PRIVATE ${GMC_OPTIONS_OF_${kind}})
  target_precompile_headers(gmc_precompiled_${kind} PRIVATE ${ARGN})
endfunction()

if(GMC_PRECOMPILE)
  set(most_used <algorithm> <array> <cstdint> <cstring> <expected> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
                <utility> <vector> <fmt/format.h> <nlohmann/json.hpp>)
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    gmc_precompiled_headers(layers ${most_used})
    gmc_precompiled_headers(commands ${most_used} <CLI/CLI.hpp>)
  endif()
  if(GMC_BUILD_TESTS)
    gmc_precompiled_headers(tests ${most_used} <gtest/gtest.h> <gmock/gmock.h>)
    # g++ 12 with optimisation warns of what is in precompiled headers of its own library.
    if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
      gmc_precompiled_headers(hot_tests ${most_used} <gtest/gtest.h> <gmock/gmock.h>)
    endif()
  endif()
endif()

# gmc_precompile(target kind): the target's C++ files begin with the headers of that kind, layers, commands, tests or hot_tests, and are compiled
# with its options.
function(gmc_precompile target kind)
  target_compile_options(${target} PRIVATE ${GMC_OPTIONS_OF_${kind}})
  if(NOT TARGET gmc_precompiled_${kind})
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM gmc_precompiled_${kind})
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.c$")
  set_source_files_properties(${sources} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
