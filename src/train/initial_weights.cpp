#include "initial_weights.h"

#include <cmath>

namespace crossfold::train {
namespace {

AffineWeights draw_affine(RandomStream& stream, std::size_t inputs, std::size_t outputs) {
  const double bound = 1 / std::sqrt(static_cast<double>(inputs));
  AffineWeights layer{.weight = std::vector<float>(outputs * inputs),
                      .bias = std::vector<float>(outputs)};
  for (float& value : layer.weight) value = static_cast<float>(stream.uniform(-bound, bound));
  for (float& value : layer.bias) value = static_cast<float>(stream.uniform(-bound, bound));
  return layer;
}

}  // namespace

InitialWeights draw_initial_weights(const StreamKey& key, std::size_t dim, std::size_t classes,
                                    std::size_t domains) {
  RandomStream stream(key, "init");
  InitialWeights weights;
  weights.hidden = draw_affine(stream, dim, kHiddenWidth);
  weights.encoded = draw_affine(stream, kHiddenWidth, kEncodedWidth);
  weights.class_head = draw_affine(stream, kEncodedWidth, classes);
  if (domains > 0) weights.domain_head = draw_affine(stream, kEncodedWidth, domains);
  return weights;
}

}  // namespace crossfold::train
