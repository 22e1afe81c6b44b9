#pragma once

#include "gather.h"
#include "network_bank.h"

namespace crossfold::train::cuda {

/// Units of z'.
inline constexpr std::size_t kFeatures = 64;

/// What a fit's heads are.
struct HeadsOfFit {
  float lambda = 0;
  std::uint32_t domains = 0;  ///< 0: no domain head
};

/// Both softmax heads of a batch, forward and back: affine layers, cross-entropies, and the
/// gradient of L_class - lambda L_domain with respect to z'.
struct HeadPass {
  Places places;
  NetworkBank bank;
  const HeadsOfFit* heads = nullptr;      ///< [places]
  const RowRange* ranges = nullptr;       ///< [blocks]: which labels
  const std::int32_t* classes = nullptr;  ///< a code for each row, as Gather::rows
  const std::int32_t* domains = nullptr;  ///< likewise; not looked at without a domain head
  std::size_t class_levels = 0;
  std::size_t class_weight = 0, class_bias = 0, domain_weight = 0, domain_bias = 0;
  std::size_t most_levels = 0;        ///< of any head
  const float* features = nullptr;    ///< z' [places, capacity, 64]
  float* residuals = nullptr;         ///< scratch [places, 2, capacity, most_levels]
  float* feature_gradient = nullptr;  ///< [places, capacity, 64]
  float* gradients = nullptr;         ///< [places, gradient_stride]: of parameters
  std::size_t gradient_stride = 0;
  std::size_t gradient_offset = 0;  ///< the parameter that `gradients` begins with
  double* losses = nullptr;         ///< [places, 2]: mean cross-entropies of classes and domains
};

namespace twin {
void heads(const HeadPass& of);
}

}  // namespace crossfold::train::cuda
