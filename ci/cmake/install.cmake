# cmake --install build --prefix P: gmcheck as a tool that others build on. The tree may be moved: everything in it finds the rest relative to
# itself. Components, all of them without --component: runtime (the binaries and the documents), development (headers, CMake and pkg-config files,
# the Rust crate), static (one archive, for an own gmcheck with backends linked in).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gmcheck)
set(package_sources ${PROJECT_SOURCE_DIR}/ci/cmake/package)
# The build folder has the same tree but for the documents, so that others can build with <build folder>/package as with an installation.
set(package_build ${PROJECT_BINARY_DIR}/package)

install(TARGETS gmcheck RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
# session.cc looks for the worker here, from the folder of the binary.
install(TARGETS gmcheck-worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/gmcheck COMPONENT runtime)
if(TARGET fuzz_lockstep)
  install(TARGETS fuzz_lockstep RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/gmcheck COMPONENT runtime)
  install(FILES ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/fuzz_lockstep.dict DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/gmcheck COMPONENT runtime)
endif()
install(FILES harness/abi/CONTRACT.md harness/program/SYNTAX.md LICENSE LICENSE-APACHE LICENSE-MIT
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)

# The wrapper's includes are written from the root of this repository; where it is installed they are written from the include folder.
function(gmc_install_header source) # [folder below include]
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${source})
  file(READ ${PROJECT_SOURCE_DIR}/${source} text)
  string(REGEX REPLACE "#include \"harness/abi/cpp/([a-z_]+\\.h)\"" "#include <gmcheck/\\1>" text "${text}")
  if(text MATCHES "#include \"[^\"]*\"")
    message(FATAL_ERROR "${source} is installed, and cannot be with ${CMAKE_MATCH_0}")
  endif()
  get_filename_component(name ${source} NAME)
  set(built ${package_build}/${CMAKE_INSTALL_INCLUDEDIR}/${ARGN}/${name})
  file(CONFIGURE OUTPUT ${built} CONTENT "${text}" @ONLY)
  install(FILES ${built} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${ARGN} COMPONENT development)
endfunction()
foreach(header backend host selection)
  gmc_install_header(harness/abi/cpp/${header}.h gmcheck)
endforeach()
gmc_install_header(harness/cli/main.h gmcheck)
gmc_install_header(harness/abi/include/gmcheck.h)

# The crates as they are in the tree, but for their tests. They find each other by ../rust.
foreach(crate rust vm_memory)
  foreach(part src examples Cargo.toml README.md)
    set(source harness/plugins/${crate}/${part})
    if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/${source})
      install(DIRECTORY ${source} DESTINATION ${CMAKE_INSTALL_DATADIR}/gmcheck/${crate} COMPONENT development)
    elseif(EXISTS ${PROJECT_SOURCE_DIR}/${source})
      install(FILES ${source} DESTINATION ${CMAKE_INSTALL_DATADIR}/gmcheck/${crate} COMPONENT development)
    endif()
  endforeach()
endforeach()

# An archive built with a sanitizer would ask the same of whoever links it.
if(TARGET gmcheck-static)
  install(TARGETS gmcheck-static gmcheck-fuzz ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT static)
endif()

set(include_dir ${CMAKE_INSTALL_INCLUDEDIR})
set(gmcheck_path ${CMAKE_INSTALL_BINDIR}/gmcheck)
set(rust_dir ${CMAKE_INSTALL_DATADIR}/gmcheck/rust)
set(archive_path ${CMAKE_INSTALL_LIBDIR}/libgmcheck.a)
set(fuzz_archive_path ${CMAKE_INSTALL_LIBDIR}/libgmcheck-fuzz.a)
configure_package_config_file(
  ${package_sources}/gmcheckConfig.cmake.in ${package_build}/${package_dir}/gmcheckConfig.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS include_dir gmcheck_path rust_dir archive_path fuzz_archive_path)
write_basic_package_version_file(${package_build}/${package_dir}/gmcheckConfigVersion.cmake VERSION ${PROJECT_VERSION}
                                 COMPATIBILITY SameMinorVersion)
foreach(file gmcheckFunctions.cmake linked_fuzzer.c.in linked_main.c.in)
  configure_file(${package_sources}/${file} ${package_build}/${package_dir}/${file} COPYONLY)
endforeach()
install(DIRECTORY ${package_build}/${package_dir}/ DESTINATION ${package_dir} COMPONENT development)

# From the folder of gmcheck.pc up to the prefix.
file(RELATIVE_PATH prefix_from_pc /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" prefix_from_pc ${prefix_from_pc})
configure_file(${package_sources}/gmcheck.pc.in ${package_build}/${CMAKE_INSTALL_LIBDIR}/pkgconfig/gmcheck.pc @ONLY)
install(FILES ${package_build}/${CMAKE_INSTALL_LIBDIR}/pkgconfig/gmcheck.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# In the build folder, what is built is where it is built.
file(MAKE_DIRECTORY ${package_build}/${CMAKE_INSTALL_DATADIR}/gmcheck)
file(CREATE_LINK ${CMAKE_RUNTIME_OUTPUT_DIRECTORY} ${package_build}/${CMAKE_INSTALL_BINDIR} SYMBOLIC)
foreach(crate rust vm_memory)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/harness/plugins/${crate} ${package_build}/${CMAKE_INSTALL_DATADIR}/gmcheck/${crate} SYMBOLIC)
endforeach()
if(TARGET gmcheck-static)
  file(CREATE_LINK ${PROJECT_BINARY_DIR}/harness/cli/libgmcheck.a ${package_build}/${archive_path} SYMBOLIC)
  file(CREATE_LINK ${PROJECT_BINARY_DIR}/fuzz/libgmcheck-fuzz.a ${package_build}/${fuzz_archive_path} SYMBOLIC)
endif()
