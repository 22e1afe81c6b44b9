# Every third-party package, found once. A module links what its row in src/README.md allows.

find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(Boost 1.74 REQUIRED) # Boost.Math, headers only
find_package(OpenCV 4 REQUIRED COMPONENTS core imgproc imgcodecs objdetect)
find_package(MPI REQUIRED COMPONENTS C)

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
add_library(random123 INTERFACE IMPORTED)
target_include_directories(random123 SYSTEM INTERFACE "${RANDOM123_INCLUDE_DIR}")

# LibTorch: Debian's libtorch-dev, or one from pip or pytorch.org through CMAKE_PREFIX_PATH.
find_package(Torch REQUIRED)
if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR
    "this LibTorch is built with the old C++ ABI (std::string differs from the one in the other "
    "libraries, so the program would not link). Take the 'cxx11 ABI' download of pytorch.org, "
    "or a pip wheel of PyTorch 2.7 or newer, and point CMAKE_PREFIX_PATH at it.")
endif()
