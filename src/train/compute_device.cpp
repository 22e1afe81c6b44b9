#include "crossfold/train/compute_device.h"

#include <fmt/format.h>

namespace crossfold {

std::string name_of(const ComputeDevice& device) {
  return device.gpu ? fmt::format("cuda:{}", *device.gpu) : "cpu";
}

}  // namespace crossfold
