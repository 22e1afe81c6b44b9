# What `cmake --install` and CPack bring: the program with what it loads late, its manual and
# completions (component "program"); the modules that need no LibTorch, as a package of CMake
# (component "development").

include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)
set(parts "${CMAKE_INSTALL_LIBDIR}/crossfold")

# Libraries outside of the system's folders are found where they were when the program was linked.
set(link_path OFF)
foreach(library IN ITEMS MPI_C_LIBRARIES HDF5_C_LIBRARIES TORCH_LIBRARY oneDNN_LIBRARY JPEG_LIBRARIES
    OPENSSL_CRYPTO_LIBRARY ZLIB_LIBRARIES DCMTK_dcmdata_LIBRARY Torch_DIR OpenCV_DIR spdlog_DIR fmt_DIR)
  foreach(path IN LISTS ${library})
    if(IS_ABSOLUTE "${path}" AND NOT path MATCHES "^/usr/(lib|share)")
      set(link_path ON)
    endif()
  endforeach()
endforeach()

# The program looks for its parts by name.
file(RELATIVE_PATH to_parts "/${CMAKE_INSTALL_BINDIR}" "/${parts}")
set_target_properties(crossfold PROPERTIES INSTALL_RPATH "$ORIGIN/${to_parts}"
  INSTALL_RPATH_USE_LINK_PATH "${link_path}")
set_target_properties(crossfold_train_torch crossfold_imaging_torch PROPERTIES
  INSTALL_RPATH_USE_LINK_PATH "${link_path}")
install(TARGETS crossfold RUNTIME COMPONENT program)
install(TARGETS crossfold_train_torch crossfold_imaging_torch LIBRARY DESTINATION "${parts}"
  COMPONENT program)
if(CROSSFOLD_HAS_CUDA)
  install(TARGETS crossfold_train_cuda LIBRARY DESTINATION "${parts}" COMPONENT program)
endif()

set(manual "${PROJECT_BINARY_DIR}/manual")
set(bash "${manual}/bash/crossfold")
set(zsh "${manual}/zsh/_crossfold")
set(fish "${manual}/fish/crossfold.fish")
set(page "${manual}/crossfold.1.gz")
find_program(GZIP gzip REQUIRED)
add_custom_command(OUTPUT "${page}" "${bash}" "${zsh}" "${fish}"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${manual}/bash" "${manual}/zsh" "${manual}/fish"
  COMMAND crossfold manual man > "${manual}/crossfold.1"
  COMMAND "${GZIP}" -9nkf "${manual}/crossfold.1"
  COMMAND crossfold manual bash > "${bash}"
  COMMAND crossfold manual zsh > "${zsh}"
  COMMAND crossfold manual fish > "${fish}"
  DEPENDS crossfold VERBATIM)
add_custom_target(crossfold_manual ALL DEPENDS "${page}")
set(share "${CMAKE_INSTALL_DATADIR}")
install(FILES "${page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT program)
install(FILES "${bash}" DESTINATION "${share}/bash-completion/completions" COMPONENT program)
install(FILES "${zsh}" DESTINATION "${share}/zsh/site-functions" COMPONENT program)
install(FILES "${fish}" DESTINATION "${share}/fish/vendor_completions.d" COMPONENT program)

install(DIRECTORY data-schemas jobs DESTINATION "${share}/crossfold" COMPONENT program
  PATTERN "*.sh" EXCLUDE PATTERN "*.md" EXCLUDE) # scripts build in the source tree; documents: below
install(FILES slurm/run.sbatch.in DESTINATION "${share}/crossfold/slurm"
  COMPONENT program)
# With the folders that they link to one another by.
set(documents README.md data-schemas/results.md data-schemas/store.md jobs/README.md jobs/audits.md jobs/cxr.md
  jobs/export/README.md jobs/images.md jobs/running.md slurm/README.md slurm/packages/README.md
  src/METHODS.md src/README.md)
foreach(document IN LISTS documents)
  cmake_path(GET document PARENT_PATH folder)
  install(FILES "${document}" DESTINATION "${CMAKE_INSTALL_DOCDIR}/${folder}" COMPONENT program)
endforeach()
execute_process(COMMAND "${GZIP}" -9nc "${CMAKE_CURRENT_LIST_DIR}/packaging/changelog"
  OUTPUT_FILE "${PROJECT_BINARY_DIR}/changelog.gz" COMMAND_ERROR_IS_FATAL ANY)
set(notices src/cmake/packaging/copyright "${PROJECT_BINARY_DIR}/changelog.gz")
install(FILES LICENSE ${notices} DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT program)
install(FILES ${notices} DESTINATION "${CMAKE_INSTALL_DOCDIR}-dev" COMPONENT development)

# Modules that other programs can link: find_package(crossfold), crossfold::stats.
set(exported core job hdf5 stats site fleet samples solve mpi sweep figure projection manifest store plan
  results report)
foreach(module IN LISTS exported)
  set_target_properties(crossfold_${module} PROPERTIES EXPORT_NAME ${module})
  install(TARGETS crossfold_${module} EXPORT crossfold ARCHIVE COMPONENT development
    FILE_SET HEADERS COMPONENT development)
endforeach()
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/crossfold")
install(EXPORT crossfold NAMESPACE crossfold:: FILE crossfold-targets.cmake DESTINATION "${package}"
  COMPONENT development)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/find/FindCairo.cmake" "${CMAKE_CURRENT_LIST_DIR}/find/FindoneDNN.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/find/Findutf8proc.cmake" DESTINATION "${package}/find" COMPONENT development)
include(CMakePackageConfigHelpers)
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/crossfold-config.cmake.in"
  "${PROJECT_BINARY_DIR}/crossfold-config.cmake" INSTALL_DESTINATION "${package}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/crossfold-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/crossfold-config.cmake"
  "${PROJECT_BINARY_DIR}/crossfold-config-version.cmake" DESTINATION "${package}"
  COMPONENT development)

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "The authors of crossfold <authors@crossfold.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME crossfold)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS "openmpi-bin, libopenblas0") # mpirun; LibTorch's BLAS
string(CONCAT CPACK_COMPONENT_PROGRAM_DESCRIPTION
  "Reads a job and a store of image embeddings, trains baseline and\n"
  "gradient-reversal heads by repeated, stratified, patient-exclusive\n"
  "cross-validation on as many MPI ranks as it is given, and makes tables,\n"
  "figures and audits of the results.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME crossfold-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libboost-dev, libcairo2-dev, libdnnl-dev, libfmt-dev, libfreetype-dev, libhdf5-dev, \
libopenmpi-dev, libspdlog-dev, libssl-dev, nlohmann-json3-dev, zlib1g-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "${PROJECT_DESCRIPTION}: libraries and headers")
include(CPack)
