#include "batch_kernels.h"

#include "crossfold/solve/simd.h"

#include "adamw_kernels.h"
#include "head_kernels.h"
#include "norm_kernels.h"
#include "product_kernels.h"

// This file is compiled with -ffp-contract=fast, so that products and sums become fused ones.

namespace crossfold::train {
namespace {

/// The kernels of one instruction set; `target` is the attribute that lets the compiler use it.
#define CF_BATCH_KERNELS(Name, target, I)                                                          \
  struct Name {                                                                                    \
    target static void product_(const PanelProduct& p) { kernels::product<I>(p); }                 \
    target static void gradient_step_(const GradientStep& g, const AdamState& state,               \
                                      const AdamStep& step) {                                      \
      kernels::gradient_step<I>(g, state, step);                                                   \
    }                                                                                              \
    target static void relu_norm_(float* h, float* out, std::size_t units, std::size_t rows,       \
                                  std::size_t samples, const float* bias, const NormUnits& norm) { \
      kernels::relu_norm<I>(h, out, units, rows, samples, bias, norm);                             \
    }                                                                                              \
    target static void relu_norm_backward_(const float* rectified, float* gradient,                \
                                           std::size_t units, std::size_t rows,                    \
                                           std::size_t samples, const NormUnits& norm,             \
                                           const NormGradients& gradients) {                       \
      kernels::relu_norm_backward<I>(rectified, gradient, units, rows, samples, norm, gradients);  \
    }                                                                                              \
    target static void relu_norm_evaluate_(float* h, std::size_t units, std::size_t rows,          \
                                           const float* bias, const NormUnits& norm) {             \
      kernels::relu_norm_evaluate<I>(h, units, rows, bias, norm);                                  \
    }                                                                                              \
    target static double head_(const HeadPass& pass) { return kernels::head<I>(pass); }            \
    target static void adamw_(const AdamState& state, const float* gradient, std::size_t count,    \
                              const AdamStep& step) {                                              \
      kernels::adamw<I>(state, gradient, count, step);                                             \
    }                                                                                              \
    static constexpr BatchKernels kKernels = {                                                     \
        product_, gradient_step_, relu_norm_, relu_norm_backward_, relu_norm_evaluate_,            \
        head_,    adamw_};                                                                         \
  };

CF_BATCH_KERNELS(Portable, CF_TARGET_PORTABLE, solve::PortableIsa)
CF_BATCH_KERNELS(Avx2, CF_TARGET_AVX2, solve::Avx2Isa)
CF_BATCH_KERNELS(Avx512, CF_TARGET_AVX512, solve::Avx512Isa)
#undef CF_BATCH_KERNELS

}  // namespace

const BatchKernels& batch_kernels(InstructionSet set) {
  return solve::choose(set, Portable::kKernels, Avx2::kKernels, Avx512::kKernels);
}

}  // namespace crossfold::train
