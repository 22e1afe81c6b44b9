#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <ATen/ATen.h>

#include "crossfold/solve/feature_rows.h"
#include "crossfold/train/engine.h"

namespace crossfold::train {

/// The embedding as a fit's network sees it: rows of the store, standardized when the experiment
/// asks, on the network's device. On a CPU the store is not copied.
class FitFeatures {
 public:
  FitFeatures(const FitTask& task, const at::Device& device);

  /// float32 [rows, D] in the order given; `rows` is int64 on the device.
  [[nodiscard]] at::Tensor take(const at::Tensor& rows) const;
  /// Rows of the store as an index for take().
  [[nodiscard]] at::Tensor index(std::span<const std::uint32_t> rows) const;
  [[nodiscard]] const at::Device& device() const { return device_; }

 private:
  at::Device device_;
  at::Tensor store_;       ///< [N, D]
  at::Tensor mean_;        ///< [D]; empty: as stored
  at::Tensor inverse_sd_;  ///< [D]
};

}  // namespace crossfold::train
