# Every third-party package, found once, and every one that is missing named at once. A module links
# what its row in src/README.md allows.

# crossfold_find(PACKAGE DEBIAN_PACKAGE [arguments of find_package...])
macro(crossfold_find PACKAGE DEBIAN_PACKAGE)
  find_package(${PACKAGE} QUIET ${ARGN})
  if(NOT ${PACKAGE}_FOUND)
    list(APPEND crossfold_missing "  ${PACKAGE} (${DEBIAN_PACKAGE})")
  endif()
endmacro()

list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/find")

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
crossfold_find(utf8proc libutf8proc-dev)
crossfold_find(OpenCV libopencv-dev 4
  COMPONENTS core imgproc imgcodecs features2d calib3d dnn)
crossfold_find(JPEG libjpeg62-turbo-dev)
crossfold_find(Freetype libfreetype-dev)
crossfold_find(MPI "libopenmpi-dev, openmpi-bin" COMPONENTS C)
crossfold_find(Random123 librandom123-dev)
crossfold_find(oneDNN libdnnl-dev)
crossfold_find(DCMTK libdcmtk-dev)
crossfold_find(Cairo "libcairo2-dev, pkg-config")
crossfold_find(Torch libtorch-dev) # LibTorch: Debian's, or one from pip or pytorch.org
if(CROSSFOLD_TESTS)
  crossfold_find(GTest "libgtest-dev, libgmock-dev")
endif()
if(CROSSFOLD_BENCHMARKS)
  crossfold_find(benchmark libbenchmark-dev)
endif()

# The font of the figures. It is built into the program.
find_file(CROSSFOLD_FONT LiberationSans-Regular.ttf
  PATHS /usr/share/fonts /usr/local/share/fonts $ENV{HOME}/.local/share/fonts
  PATH_SUFFIXES truetype/liberation2 truetype/liberation liberation-sans liberation-fonts liberation TTF
  DOC "LiberationSans-Regular.ttf, the font of the figures" NO_DEFAULT_PATH)
if(NOT CROSSFOLD_FONT)
  list(APPEND crossfold_missing "  Liberation Sans (fonts-liberation2; or name it: -DCROSSFOLD_FONT=FILE)")
endif()

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
