# DCMTK::DCMTK: what reading images takes of it. By its files: the package's own list also wants every
# program of DCMTK installed.
find_path(DCMTK_INCLUDE_DIR dcmtk/dcmdata/dctk.h)
set(dcmtk_variables DCMTK_INCLUDE_DIR)
set(dcmtk_libraries "")
foreach(library IN ITEMS dcmjpeg dcmjpls dcmimgle dcmdata oflog ofstd)
  find_library(DCMTK_${library}_LIBRARY ${library})
  list(APPEND dcmtk_variables DCMTK_${library}_LIBRARY)
  list(APPEND dcmtk_libraries "${DCMTK_${library}_LIBRARY}")
endforeach()
mark_as_advanced(${dcmtk_variables})

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DCMTK REQUIRED_VARS ${dcmtk_variables})
if(DCMTK_FOUND AND NOT TARGET DCMTK::DCMTK)
  add_library(DCMTK::DCMTK INTERFACE IMPORTED)
  set_target_properties(DCMTK::DCMTK PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${DCMTK_INCLUDE_DIR}" INTERFACE_LINK_LIBRARIES "${dcmtk_libraries}")
endif()
