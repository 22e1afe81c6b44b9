#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "device_fit.h"
#include "device_samples.h"
#include "network_slots.h"

namespace crossfold::train::cuda {

/// Activations and gradients of one batch of every fit of a launch.
struct Activations {
  Activations(Device& device, std::size_t fits, std::size_t capacity, const NetworkLayout& layout)
      : hidden(device, fits * capacity * kHiddenWidth),
        hidden_normed(device, fits * capacity * kHiddenWidth),
        hidden_gradient(device, fits * capacity * kHiddenWidth),
        encoded(device, fits * capacity * kEncodedWidth),
        features(device, fits * capacity * kEncodedWidth),
        encoded_gradient(device, fits * capacity * kEncodedWidth),
        residuals(device, fits * 2 * capacity * std::max(layout.classes, layout.domains)),
        hidden_mean(device, fits * kHiddenWidth),
        hidden_inverse_sd(device, fits * kHiddenWidth),
        encoded_mean(device, fits * kEncodedWidth),
        encoded_inverse_sd(device, fits * kEncodedWidth),
        gradients(device, fits * gradient_stride(layout)) {
    gradients.clear();  // domains that a fit lacks have none
  }
  /// Floats of a fit in `gradients`.
  [[nodiscard]] static std::size_t gradient_stride(const NetworkLayout& layout) {
    return layout.parameters - layout.hidden_bias;
  }
  /// Floats of a fit in all of them.
  [[nodiscard]] static std::size_t floats_of_fit(std::size_t capacity,
                                                 const NetworkLayout& layout) {
    const std::size_t of_a_sample =
        3 * kHiddenWidth + 3 * kEncodedWidth + 2 * std::max(layout.classes, layout.domains);
    return capacity * of_a_sample + gradient_stride(layout) + 2 * (kHiddenWidth + kEncodedWidth);
  }

  DeviceArray<float> hidden, hidden_normed, hidden_gradient;
  DeviceArray<float> encoded, features, encoded_gradient;
  DeviceArray<float> residuals;
  DeviceArray<float> hidden_mean, hidden_inverse_sd, encoded_mean, encoded_inverse_sd;
  DeviceArray<float> gradients;  ///< of the parameters from the hidden layer's bias on
};

/// A cohort whose training has begun: what passes over its samples are about. All that it refers to
/// must outlive it.
struct CohortOnDevice {
  CohortOnDevice(Device& where, const CohortData& on, std::vector<DeviceFit>& all,
                 DeviceSamples& gathered, std::size_t classes, std::span<const SlotStart> starts)
      : device(where),
        data(on),
        fits(all),
        samples(gathered),
        slots(where, on.dim, classes, starts),
        activations(where, starts.size(), gathered.capacity(), slots.layout()) {
    samples.reserve(data.splits.size());
  }

  Device& device;
  const CohortData& data;
  std::vector<DeviceFit>& fits;
  DeviceSamples& samples;
  NetworkSlots slots;
  Activations activations;
};

}  // namespace crossfold::train::cuda
