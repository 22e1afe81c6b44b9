#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/solve/instruction_set.h"

namespace crossfold {

/// The library whose rates others are compared with, as ProductRate::by names it.
inline constexpr std::string_view kProductLibrary = "onednn";

/// How fast this thread, or a GPU, multiplies float32 matrices [m, k] x [k, n].
struct ProductRate {
  std::string by;  ///< kProductLibrary, or "crossfold" for the engine's own kernels
  std::size_t m = 0;
  std::size_t n = 0;
  std::size_t k = 0;
  double gflops = 0;  ///< 1e9 operations a second, multiply and add counted as two; the best seen
};

/// Rates on one thread of the products that an epoch with `dim` features and batches of `batch`
/// samples consists of, and of 1,024 cubed: the product library's for each, and the engine's own
/// with `set` where it has that shape. Takes about a second.
[[nodiscard]] std::vector<ProductRate> measure_product_rates(std::size_t dim, std::size_t batch,
                                                             InstructionSet set);

}  // namespace crossfold
