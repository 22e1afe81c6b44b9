# Every third-party package, found once, and every one that is missing named at once. A module links
# what its row in src/README.md allows.

# crossfold_find(PACKAGE DEBIAN_PACKAGE [arguments of find_package...])
macro(crossfold_find PACKAGE DEBIAN_PACKAGE)
  find_package(${PACKAGE} QUIET ${ARGN})
  if(NOT ${PACKAGE}_FOUND)
    list(APPEND crossfold_missing "  ${PACKAGE} (${DEBIAN_PACKAGE})")
  endif()
endmacro()

set(crossfold_missing "")
crossfold_find(Threads libc6-dev)
crossfold_find(nlohmann_json nlohmann-json3-dev 3.11)
crossfold_find(fmt libfmt-dev)
crossfold_find(spdlog libspdlog-dev)
crossfold_find(CLI11 libcli11-dev)
crossfold_find(OpenSSL libssl-dev COMPONENTS Crypto)
crossfold_find(HDF5 libhdf5-dev COMPONENTS C)
crossfold_find(ZLIB zlib1g-dev)
crossfold_find(Boost libboost-dev 1.74) # Boost.Math, headers only
crossfold_find(OpenCV libopencv-dev 4
  COMPONENTS core imgproc imgcodecs features2d calib3d dnn)
crossfold_find(JPEG libjpeg62-turbo-dev)
crossfold_find(Freetype libfreetype-dev)
crossfold_find(MPI "libopenmpi-dev, openmpi-bin" COMPONENTS C)
crossfold_find(Torch libtorch-dev) # LibTorch: Debian's, or one from pip or pytorch.org
if(CROSSFOLD_TESTS)
  crossfold_find(GTest "libgtest-dev, libgmock-dev")
endif()
if(CROSSFOLD_BENCHMARKS)
  crossfold_find(benchmark libbenchmark-dev)
endif()

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)
if(NOT RANDOM123_INCLUDE_DIR)
  list(APPEND crossfold_missing "  Random123 (librandom123-dev)")
endif()
add_library(random123 INTERFACE IMPORTED)
target_include_directories(random123 SYSTEM INTERFACE "${RANDOM123_INCLUDE_DIR}")

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(CAIRO QUIET IMPORTED_TARGET cairo-pdf cairo-ft)
endif()
if(NOT CAIRO_FOUND)
  list(APPEND crossfold_missing "  Cairo (libcairo2-dev, pkg-config)")
endif()
# The font of the figures. It is built into the program.
find_file(CROSSFOLD_FONT LiberationSans-Regular.ttf
  PATHS /usr/share/fonts /usr/local/share/fonts $ENV{HOME}/.local/share/fonts
  PATH_SUFFIXES truetype/liberation2 truetype/liberation liberation-sans liberation-fonts liberation TTF
  DOC "LiberationSans-Regular.ttf, the font of the figures" NO_DEFAULT_PATH)
if(NOT CROSSFOLD_FONT)
  list(APPEND crossfold_missing "  Liberation Sans (fonts-liberation2; or name it: -DCROSSFOLD_FONT=FILE)")
endif()

# By its files: the package's own CMake list also wants every program of DCMTK installed.
add_library(dcmtk INTERFACE IMPORTED)
find_path(DCMTK_INCLUDE_DIR dcmtk/dcmdata/dctk.h)
target_include_directories(dcmtk SYSTEM INTERFACE "${DCMTK_INCLUDE_DIR}")
foreach(library IN ITEMS dcmjpeg dcmjpls dcmimgle dcmdata oflog ofstd)
  find_library(DCMTK_${library} ${library})
  target_link_libraries(dcmtk INTERFACE "${DCMTK_${library}}")
  if(NOT DCMTK_${library} OR NOT DCMTK_INCLUDE_DIR)
    set(crossfold_dcmtk_missing "  DCMTK (libdcmtk-dev)")
  endif()
endforeach()
list(APPEND crossfold_missing ${crossfold_dcmtk_missing})

# oneDNN by hand: the configuration that Debian ships asks for OpenCL, which nothing here uses.
find_path(ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl.hpp)
find_library(ONEDNN_LIBRARY dnnl)
if(NOT ONEDNN_INCLUDE_DIR OR NOT ONEDNN_LIBRARY)
  list(APPEND crossfold_missing "  oneDNN (libdnnl-dev)")
endif()
add_library(onednn INTERFACE IMPORTED)
target_include_directories(onednn SYSTEM INTERFACE "${ONEDNN_INCLUDE_DIR}")
target_link_libraries(onednn INTERFACE "${ONEDNN_LIBRARY}")

if(crossfold_missing)
  list(JOIN crossfold_missing "\n" crossfold_missing)
  message(FATAL_ERROR
    "these libraries are missing, or too old (in brackets: the package of Debian that brings "
    "them):\n${crossfold_missing}\n"
    "Install them. Where they are installed but not found, say where:\n"
    "  cmake ... -DCMAKE_PREFIX_PATH=\"/path/to/one;/path/to/another\"")
endif()

if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR
    "this LibTorch is built with the old C++ ABI (std::string differs from the one in the other "
    "libraries, so the program would not link). Take the 'cxx11 ABI' download of pytorch.org, "
    "or a pip wheel of PyTorch 2.7 or newer, and point CMAKE_PREFIX_PATH at it.")
endif()
