#pragma once

#include <cmath>
#include <cstddef>

#include "cohort_kernels.h"
#include "network_bank.h"

namespace crossfold::train::cuda {

/// What the host knows of a fit that a device trains.
struct DeviceFit {
  std::size_t split = 0;
  std::size_t domains = 0;
  double weight_decay = 0;
  HeadUpdate domain_head = HeadUpdate::optimiser;
  double first_power = 1;  ///< beta1^t, beta2^t
  double second_power = 1;

  AdamNumbers next_step(double learning_rate) {
    first_power *= kFirstDecay;
    second_power *= kSecondDecay;
    return {.keep = static_cast<float>(1 - learning_rate * weight_decay),
            .rate = static_cast<float>(learning_rate / (1 - first_power)),
            .inverse_correction = static_cast<float>(1 / std::sqrt(1 - second_power))};
  }
};

}  // namespace crossfold::train::cuda
