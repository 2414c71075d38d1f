# gmc_layer(name SOURCES a.cc ... USES layer ... [TESTS a_test.cc ...] [LINKS lib ...] [PRECOMPILED kind])
#
# One folder is one target: `gmc_<name>`, a static library, or an interface library where there are no sources. USES names the layers below;
# what is not named there cannot be linked, and ci/lints/includes checks that includes point down as well. The test files become one
# executable, `<name>_test`, with one ctest entry. PRECOMPILED is a kind of precompiled.cmake; without it, layers.

# What ci/gmcheck builds beside the binary and its worker; a plugin that is not made by gmc_plugin adds itself with add_dependencies.
add_custom_target(gmcheck-plugins)
# The executables of the tests labelled `threads`: all that ci/matrix builds under ThreadSanitizer beside the binaries and the plugins.
add_custom_target(tests-threads)

function(gmc_layer name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SOURCES;USES;TESTS;LINKS" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED layers)
  endif()
  if(ARG_SOURCES)
    add_library(gmc_${name} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(gmc_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(gmc_${name} ${scope} ${PROJECT_SOURCE_DIR})
  target_compile_features(gmc_${name} ${scope} cxx_std_23)
  foreach(layer IN LISTS ARG_USES)
    target_link_libraries(gmc_${name} ${scope} gmc_${layer})
  endforeach()
  target_link_libraries(gmc_${name} ${scope} ${ARG_LINKS})
  if(ARG_SOURCES)
    target_link_libraries(gmc_${name} PRIVATE gmc_warnings)
    gmc_precompile(gmc_${name} ${ARG_PRECOMPILED})
  endif()
  if(ARG_TESTS)
    gmc_test(${name}_test SOURCES ${ARG_TESTS} USES ${name})
  endif()
endfunction()

# gmc_test(name [HOT] SOURCES a_test.cc ... USES layer ... [LABELS label ...] [ENVIRONMENT VAR=value ...] [TIMEOUT seconds])
# One GoogleTest executable and one ctest entry for all its tests. ci/tally counts them one by one from the XML that they leave. Labels with a
# meaning: `threads` (it starts threads or workers: ci/matrix runs it under ThreadSanitizer), `nightly` (ci/nightly alone runs it), `once` (it says
# nothing of a compiler: ci/matrix leaves it to ci/test), `again` (another test of the plain build says as much: that one leaves it to the others).
function(gmc_test name)
  if(NOT GMC_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "HOT" "TIMEOUT" "SOURCES;USES;LABELS;ENVIRONMENT;LINKS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  foreach(layer IN LISTS ARG_USES)
    target_link_libraries(${name} PRIVATE gmc_${layer})
  endforeach()
  # g++ takes precompiled headers only where every macro is as it was there, so that each test has fmt.
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} gmc_warnings fmt::fmt GTest::gmock GTest::gtest GTest::gtest_main)
  if(ARG_HOT)
    gmc_precompile(${name} hot_tests)
  else()
    gmc_precompile(${name} tests)
  endif()
  add_test(NAME ${name} COMMAND ${name} --gtest_output=xml:${PROJECT_BINARY_DIR}/test-results/${name}.xml)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}" ENVIRONMENT "${ARG_ENVIRONMENT}")
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(tests-threads ${name})
  endif()
endfunction()

# gmc_plugin(name SOURCES a.c ...): a shared library that is loaded as a user's would be. Only the folder of gmcheck.h is in its include path.
function(gmc_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  add_library(${name} MODULE ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/harness/abi/include)
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
                                           LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/plugins)
  add_dependencies(gmcheck-plugins ${name})
endfunction()
