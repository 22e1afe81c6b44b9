#pragma once

#include <cstddef>
#include <cstdint>

namespace crossfold::train::cuda {

// What the kernels of a device are told. Plain numbers and addresses of the device's memory, for
// compilers of both sides. Every launch is about many fits at once, each at its place in `places`;
// "[places]" is one entry a fit of the launch, "[slots]" one a fit of the cohort. A fit's numbers
// come from its own entries alone, and each sum has an order fixed by its length.

/// A fit of a launch.
struct FitPlace {
  std::uint32_t slot = 0;     ///< its networks' place in the bank
  std::uint32_t block = 0;    ///< the block of gathered samples that it sees
  std::uint32_t samples = 0;  ///< of that block
  std::uint32_t output = 0;   ///< where NormPass::out has its numbers
};

struct Places {
  const FitPlace* at = nullptr;
  std::size_t count = 0;
  std::size_t capacity = 0;  ///< rows of a block of samples, and of a fit's activations
};

/// Networks and optimisers of a cohort, a slot a fit; offsets are those of one NetworkLayout.
struct NetworkBank {
  float* parameters = nullptr;      ///< [slots, stride]
  float* first = nullptr;           ///< AdamW's moving mean of the gradient, likewise
  float* second = nullptr;          ///< of its square
  float* largest_second = nullptr;  ///< the largest so far
  float* statistics = nullptr;      ///< [slots, statistics_stride]
  std::size_t stride = 0;
  std::size_t statistics_stride = 0;
};

/// The numbers of one AdamW step of a fit (cpu/batch_kernels.h).
struct AdamNumbers {
  float keep = 0;                ///< 1 - learning rate * weight decay
  float rate = 0;                ///< learning rate / (1 - beta1^t)
  float inverse_correction = 0;  ///< 1 / sqrt(1 - beta2^t)
};

inline constexpr float kFirstDecay = 0.9F;
inline constexpr float kSecondDecay = 0.999F;
inline constexpr float kStepEps = 1e-8F;
inline constexpr float kStatisticsMomentum = 0.1F;
inline constexpr float kVarianceEps = 1e-5F;

}  // namespace crossfold::train::cuda
