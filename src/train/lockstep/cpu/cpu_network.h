#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "aligned_floats.h"
#include "batch_kernels.h"
#include "cohort_kernels.h"
#include "network_layout.h"

namespace crossfold::train {

/// Where a network's parameters stand in the panels of batch_kernels.h: as in NetworkLayout, but
/// the two layers' weights come first, in panels, with rows of zeros up to whole tiles of inputs.
struct PanelLayout {
  explicit PanelLayout(const NetworkLayout& canonical);

  std::size_t inputs = 0;          ///< of the hidden layer, whole tiles
  std::size_t hidden_weight = 0;   ///< [8 panels][inputs][32]
  std::size_t encoded_weight = 0;  ///< [2 panels][256][32]
  std::size_t rest = 0;            ///< the other parameters, from here on one after another
  std::size_t hidden_bias = 0;
  std::size_t hidden_scale = 0;
  std::size_t hidden_shift = 0;
  std::size_t encoded_bias = 0;
  std::size_t encoded_scale = 0;
  std::size_t encoded_shift = 0;
  std::size_t class_weight = 0;  ///< [classes, 64]
  std::size_t class_bias = 0;
  std::size_t domain_weight = 0;  ///< [domains, 64]
  std::size_t domain_bias = 0;
  std::size_t size = 0;

  [[nodiscard]] std::size_t encoded_panel(std::size_t panel) const {
    return encoded_weight + panel * kHiddenWidth * kPanel;
  }
};

/// A fit's network with its optimiser, in the CPU's layout.
class CpuNetwork {
 public:
  CpuNetwork(const NetworkLayout& canonical, const FitNetwork& network);

  [[nodiscard]] const NetworkLayout& canonical() const { return canonical_; }
  [[nodiscard]] const PanelLayout& layout() const { return layout_; }
  [[nodiscard]] float* at(std::size_t offset) { return parameters_.data() + offset; }
  [[nodiscard]] const float* at(std::size_t offset) const { return parameters_.data() + offset; }
  [[nodiscard]] float* statistics() { return statistics_.data(); }

  /// Parameters from `offset` on, with their moments.
  [[nodiscard]] AdamState adam_state(std::size_t offset);
  /// How many parameters the optimiser moves, counted from 0.
  [[nodiscard]] std::size_t moved() const { return moved_; }
  /// The numbers of the next step.
  [[nodiscard]] AdamStep next_step(double learning_rate);
  void drop_moments() { moments_ = {}; }

  // As NetworkLayout has them.
  [[nodiscard]] std::vector<float> canonical_parameters() const;
  [[nodiscard]] std::vector<float> canonical_gradient_means() const;
  [[nodiscard]] std::vector<float> snapshot() const;
  void restore(std::span<const float> snapshot);

 private:
  void take_parameters(std::span<const float> canonical);
  [[nodiscard]] std::vector<float> to_canonical(const float* values) const;

  NetworkLayout canonical_;
  PanelLayout layout_;
  AlignedFloats parameters_;
  AlignedFloats statistics_;  ///< as in NetworkLayout
  AlignedFloats moments_;     ///< first, second, largest second
  double weight_decay_;
  std::size_t moved_;
  double first_power_ = 1;
  double second_power_ = 1;
};

}  // namespace crossfold::train
