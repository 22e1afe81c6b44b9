#pragma once

#include <optional>
#include <string>

namespace crossfold::solve {

/// OpenMP and OpenBLAS, where they are loaded, use the calling thread alone from here on;
/// LibTorch's threads are OpenMP's. OpenBLAS keeps threads of its own that OpenMP's setting does
/// not reach.
void use_one_thread();

/// Build and kernels of the OpenBLAS that LibTorch calls; nothing when it brings another BLAS.
struct OpenBlas {
  std::string build;    ///< "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  std::string kernels;  ///< "SkylakeX"
};
[[nodiscard]] std::optional<OpenBlas> loaded_open_blas();

}  // namespace crossfold::solve
