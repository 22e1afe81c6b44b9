#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "crossfold/solve/logistic_regression.h"

#include "device.h"
#include "network_layout.h"

namespace crossfold::train::cuda {

/// What a fit's slot begins with.
struct SlotStart {
  std::size_t domains = 0;
  std::vector<float> parameters;  ///< as the NetworkLayout of so many domains has them
};

/// Networks and optimisers of a cohort in the memory of a device, a slot a fit. All slots have the
/// layout of the fit with most domains; "canonical" is a fit's own.
class NetworkSlots {
 public:
  /// `device` must outlive it.
  NetworkSlots(Device& device, std::size_t dim, std::size_t classes,
               std::span<const SlotStart> starts);
  /// Floats from a slot to the next.
  [[nodiscard]] static std::size_t stride_of(const NetworkLayout& layout);

  [[nodiscard]] const NetworkLayout& layout() const { return layout_; }
  [[nodiscard]] NetworkBank bank() const;
  [[nodiscard]] LayerShape hidden_layer() const;
  [[nodiscard]] LayerShape encoded_layer() const;
  [[nodiscard]] NormShape hidden_norm() const;
  [[nodiscard]] NormShape encoded_norm() const;

  /// See CohortKernels.
  void keep(std::span<const std::size_t> fits);
  void restore(std::span<const std::size_t> fits);

  [[nodiscard]] LogisticModel class_head(std::size_t fit) const;
  [[nodiscard]] LogisticModel domain_head(std::size_t fit) const;
  void set_domain_head(std::size_t fit, const LogisticModel& head);

  /// Canonical parameters, then running statistics.
  [[nodiscard]] std::vector<float> snapshot(std::size_t fit) const;
  /// AdamW's moving means of the gradients, canonical.
  [[nodiscard]] std::vector<float> gradient_means(std::size_t fit) const;

 private:
  /// A canonical array with room for the domains that the fit lacks.
  [[nodiscard]] std::vector<float> slot_of(const SlotStart& start) const;
  [[nodiscard]] std::vector<float> canonical(const DeviceArray<float>& from, std::size_t fit) const;
  [[nodiscard]] LogisticModel head_at(std::size_t fit, std::size_t weight, std::size_t bias,
                                      std::size_t levels) const;
  void copy_slot(DeviceArray<float>& to, const DeviceArray<float>& from, std::size_t fit,
                 std::size_t stride);

  Device& device_;
  NetworkLayout layout_;
  std::vector<std::size_t> domains_;  ///< of each fit
  std::size_t stride_;
  DeviceArray<float> parameters_, first_, second_, largest_second_, statistics_;
  DeviceArray<float> kept_parameters_, kept_statistics_;
};

}  // namespace crossfold::train::cuda
