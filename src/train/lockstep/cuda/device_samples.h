#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cohort_kernels.h"
#include "device.h"

namespace crossfold::train::cuda {

/// The embedding set of a cohort in the memory of a device, and the blocks into which its rows are
/// gathered.
class DeviceSamples {
 public:
  /// `device` must outlive it.
  DeviceSamples(Device& device, const CohortData& data);

  /// Blocks have room for so many samples each.
  void set_capacity(std::size_t capacity) { capacity_ = capacity; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Memory of a block.
  [[nodiscard]] std::size_t block_bytes() const { return capacity_ * dim_ * sizeof(float); }
  /// Makes room for so many blocks; what they held is lost where it must grow.
  void reserve(std::size_t blocks);

  /// The scaling of a split, for RowRange.
  [[nodiscard]] std::int32_t scaling_of(std::size_t split) const { return scaling_of_.at(split); }
  /// Fills the first blocks with the rows that `ranges` names, one range a block.
  void gather(const DeviceArray<std::uint32_t>& rows, const RowRange* ranges, std::size_t blocks);
  /// The blocks as inputs of the first layer.
  [[nodiscard]] LayerInput blocks() const { return {.values = blocks_.data(), .of_block = true}; }

 private:
  Device& device_;
  std::size_t dim_;
  std::size_t capacity_ = 0;
  DeviceArray<float> embedding_;
  std::vector<std::int32_t> scaling_of_;  ///< [splits]
  DeviceArray<float> scalings_;
  DeviceArray<float> blocks_;
};

}  // namespace crossfold::train::cuda
