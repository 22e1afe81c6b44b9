#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "crossfold/core/random_stream.h"

namespace crossfold::train {

/// Widths of the encoder's two layers (METHODS 4).
inline constexpr std::size_t kHiddenWidth = 256;
inline constexpr std::size_t kEncodedWidth = 64;

/// An affine layer, y = weight x + bias.
struct AffineWeights {
  std::vector<float> weight;  ///< [outputs, inputs], row-major
  std::vector<float> bias;    ///< [outputs]
};

struct InitialWeights {
  AffineWeights hidden;      ///< dim -> 256
  AffineWeights encoded;     ///< 256 -> 64
  AffineWeights class_head;  ///< 64 -> classes
  /// 64 -> domains; of several adversaries the columns of one head behind those of another.
  std::optional<AffineWeights> domain_head;
};

/// Weights and biases uniform on (-1/sqrt(inputs), 1/sqrt(inputs)), drawn in float64 from the
/// stream "init" in this order: hidden, encoded, class head, domain head; of each the weight row by
/// row, then the bias. `domains` counts the columns of all domain heads (0: none). They come last,
/// so that baseline and disentangled candidates of a split start from the same encoder and class
/// head.
[[nodiscard]] InitialWeights draw_initial_weights(const StreamKey& key, std::size_t dim,
                                                  std::size_t classes, std::size_t domains);

}  // namespace crossfold::train
