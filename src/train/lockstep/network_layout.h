#pragma once

#include <cstddef>
#include <vector>

#include "initial_weights.h"

namespace crossfold::train {

/// Where the parameters of a network stand in one array, so that one pass of the optimiser moves
/// them all. The domain head comes last: an optimiser that leaves it alone stops before it.
struct NetworkLayout {
  std::size_t dim = 0;
  std::size_t classes = 0;
  std::size_t domains = 0;  ///< 0: no domain head

  // Offsets into the parameters.
  std::size_t hidden_weight = 0;  ///< [256, dim]
  std::size_t hidden_bias = 0;
  std::size_t hidden_scale = 0;  ///< BatchNorm's
  std::size_t hidden_shift = 0;
  std::size_t encoded_weight = 0;  ///< [64, 256]
  std::size_t encoded_bias = 0;
  std::size_t encoded_scale = 0;
  std::size_t encoded_shift = 0;
  std::size_t class_weight = 0;  ///< [classes, 64]
  std::size_t class_bias = 0;
  std::size_t domain_weight = 0;  ///< [domains, 64]
  std::size_t domain_bias = 0;
  std::size_t parameters = 0;  ///< how many

  // Offsets into the running statistics.
  static constexpr std::size_t kHiddenMean = 0;
  static constexpr std::size_t kHiddenVariance = kHiddenWidth;
  static constexpr std::size_t kEncodedMean = 2 * kHiddenWidth;
  static constexpr std::size_t kEncodedVariance = 2 * kHiddenWidth + kEncodedWidth;
  static constexpr std::size_t kStatistics = 2 * (kHiddenWidth + kEncodedWidth);

  NetworkLayout(std::size_t dim, std::size_t classes, std::size_t domains);
  /// The parameters that a network starts from.
  [[nodiscard]] std::vector<float> parameters_of(const InitialWeights& weights) const;
};

}  // namespace crossfold::train
