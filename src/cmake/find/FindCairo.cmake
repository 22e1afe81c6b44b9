# Cairo::Cairo with PDF and FreeType, by pkg-config.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(Cairo QUIET IMPORTED_TARGET cairo-pdf cairo-ft)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Cairo REQUIRED_VARS Cairo_LINK_LIBRARIES VERSION_VAR Cairo_cairo-pdf_VERSION)
if(Cairo_FOUND AND NOT TARGET Cairo::Cairo)
  add_library(Cairo::Cairo INTERFACE IMPORTED)
  set_target_properties(Cairo::Cairo PROPERTIES INTERFACE_LINK_LIBRARIES PkgConfig::Cairo)
endif()
