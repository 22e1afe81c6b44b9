#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/train/product_rate.h"

namespace crossfold {

/// What a GPU does at best of what training asks of it.
struct GpuRates {
  std::vector<ProductRate> products;  ///< of all fits of a cohort at once, by the engine's kernels
  double copied_gb_per_s = 0;         ///< 1e9 bytes read and written a second by a copy
};

/// "NVIDIA H200 (sm_90, 141 GB)". Error{usage} where this process sees no such GPU.
[[nodiscard]] std::string gpu_name(std::uint32_t gpu);

/// Rates of the first layer's products, forward and of the weight gradient with its AdamW step,
/// for `fits` fits with `dim` features and batches of `batch` samples of one split; of the backward
/// product of the second layer; and of copies. Takes about a second.
[[nodiscard]] GpuRates measure_gpu_rates(std::uint32_t gpu, std::size_t dim, std::size_t batch,
                                         std::size_t fits);

}  // namespace crossfold
