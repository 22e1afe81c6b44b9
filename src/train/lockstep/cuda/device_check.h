#pragma once

#include <string>

#include "device.h"

namespace crossfold::train::cuda {

/// What is wrong with the products of a device, found by one of the encoder's size; empty: nothing.
[[nodiscard]] std::string product_problem(Device& device);

}  // namespace crossfold::train::cuda
