#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/solve/feature_rows.h"

namespace crossfold::train {

/// Fetches samples' features, scaled in float32, one sample after another.
class RowGather {
 public:
  RowGather(std::size_t samples, std::size_t dim) : samples_(samples), dim_(dim) {}

  /// What the next samples come from.
  void begin(const FeatureRows& features) {
    CF_EXPECT(features.count() == samples_ && features.dim == dim_);
    features_ = &features;
    if (features.scaling == scaling_) return;
    scaling_ = features.scaling;
    if (scaling_ == nullptr) return;
    mean_.assign(features.scaling->mean.begin(), features.scaling->mean.end());
    inverse_sd_.assign(features.scaling->inverse_sd.begin(), features.scaling->inverse_sd.end());
  }

  /// Sample `i` to `to` [dim].
  void fetch(std::size_t i, float* to) const {
    if (i + kAhead < samples_) {  // rows lie anywhere: the processor cannot guess the next one
      const float* const ahead = features_->row(i + kAhead);
      for (std::size_t d = 0; d < dim_; d += kLine) __builtin_prefetch(ahead + d);
    }
    std::copy_n(features_->row(i), dim_, to);
    if (scaling_ == nullptr) return;
    for (std::size_t d = 0; d < dim_; ++d) to[d] = (to[d] - mean_[d]) * inverse_sd_[d];
  }

 private:
  /// How many rows ahead memory is asked for what is gathered.
  static constexpr std::size_t kAhead = 2;
  static constexpr std::size_t kLine = 16;  // floats

  std::size_t samples_;
  std::size_t dim_;
  const FeatureRows* features_ = nullptr;
  const ColumnScaling* scaling_ = nullptr;
  std::vector<float> mean_, inverse_sd_;  ///< of the scaling, in float32
};

}  // namespace crossfold::train
