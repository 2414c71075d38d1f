# Every library that the project takes from elsewhere, with its reason. CMake finds packages first; ci/bootstrap lists Debian's names for them.
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)            # formatting: libstdc++ 12 has no <format>
find_package(CLI11 REQUIRED)            # command line: sub-commands, help and its errors
find_package(nlohmann_json 3 REQUIRED)  # JSON reports and worker messages
find_package(GTest REQUIRED)            # tests, and the face of the clause suites (filters, shards, JUnit)
if(GMC_BUILD_TESTS)
  find_path(RAPIDCHECK_INCLUDE_DIR rapidcheck.h REQUIRED) # laws on values; its CMake config has no version, so the path only
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
  add_library(rapidcheck INTERFACE)
  target_include_directories(rapidcheck SYSTEM INTERFACE ${RAPIDCHECK_INCLUDE_DIR})
  target_link_libraries(rapidcheck INTERFACE ${RAPIDCHECK_LIBRARY})
endif()
if(GMC_BUILD_BENCH)
  find_package(benchmark REQUIRED)      # benchmarks
endif()
