#include "device_samples.h"

#include <span>

namespace crossfold::train::cuda {

DeviceSamples::DeviceSamples(Device& device, const CohortData& data)
    : device_(device), dim_(data.dim), embedding_(device, data.embedding) {
  std::vector<float> scalings;
  for (const CohortSplit& split : data.splits) {
    scaling_of_.push_back(
        split.scaling == nullptr ? -1 : static_cast<std::int32_t>(scalings.size() / (2 * dim_)));
    if (split.scaling == nullptr) continue;
    for (const std::vector<double>* values : {&split.scaling->mean, &split.scaling->inverse_sd})
      for (const double value : *values) scalings.push_back(static_cast<float>(value));
  }
  scalings_ = {device_, std::span<const float>(scalings)};
}

void DeviceSamples::reserve(std::size_t blocks) {
  blocks_.reserve(device_, blocks * capacity_ * dim_);
}

void DeviceSamples::gather(const DeviceArray<std::uint32_t>& rows, const RowRange* ranges,
                           std::size_t blocks) {
  device_.gather({.embedding = embedding_.data(),
                  .dim = dim_,
                  .rows = rows.data(),
                  .ranges = ranges,
                  .blocks = blocks,
                  .scalings = scalings_.data(),
                  .out = blocks_.data(),
                  .capacity = capacity_});
}

}  // namespace crossfold::train::cuda
