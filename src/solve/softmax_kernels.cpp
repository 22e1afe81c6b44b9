#include "softmax_kernels.h"

#include <algorithm>
#include <cmath>

#include "crossfold/solve/simd.h"
#include "crossfold/solve/vector_exp.h"

// Plain loops over a block's rows, which the compiler turns into registers of each set. This file
// is compiled with -ffp-contract=fast, so that products and sums become fused ones.

namespace crossfold::solve {
namespace {

constexpr std::size_t kRows = kSoftmaxBlock;

[[gnu::always_inline]] inline double evaluate(const SoftmaxBlock& block) {
  const std::size_t columns = block.levels - 1;
  double* const p = block.scratch;
  double largest[kRows], sum[kRows] = {}, label_logit[kRows] = {};
  std::fill_n(largest, kRows, -HUGE_VAL);
  for (std::size_t level = 0; level < block.levels; ++level) {
    double* const logit = p + level * kRows;
    for (std::size_t i = 0; i < kRows; ++i) logit[i] = 0;
    for (std::size_t c = 0; c < columns; ++c) {
      const double q = block.contrasts[level * columns + c];
      const double along = q * block.length;
      const double* const base = block.base + c * kRows;
      const double* const direction = block.direction + c * kRows;
      for (std::size_t i = 0; i < kRows; ++i) logit[i] += q * base[i] + along * direction[i];
    }
    for (std::size_t i = 0; i < kRows; ++i)
      largest[i] = largest[i] < logit[i] ? logit[i] : largest[i];
  }
  for (std::size_t i = 0; i < block.size; ++i)
    label_logit[i] = p[static_cast<std::size_t>(block.labels[i]) * kRows + i];
  for (std::size_t level = 0; level < block.levels; ++level) {
    double* const e = p + level * kRows;
    for (std::size_t i = 0; i < kRows; ++i) e[i] = exp_of_nonpositive(e[i] - largest[i]);
    for (std::size_t i = 0; i < kRows; ++i) sum[i] += e[i];
  }
  double loss = 0, product = 1;
  if (block.weights != nullptr) {
    for (std::size_t i = 0; i < block.size; ++i)
      loss += block.weights[i] * (largest[i] - label_logit[i] + std::log(sum[i]));
  } else {
    for (std::size_t i = 0; i < block.size; ++i) {
      loss += largest[i] - label_logit[i];
      product *= sum[i];  // each at most `levels`
      if (product > 1e200 || i + 1 == block.size) {
        loss += std::log(product);
        product = 1;
      }
    }
  }
  for (std::size_t i = 0; i < kRows; ++i) sum[i] = 1 / sum[i];
  for (std::size_t level = 0; level < block.levels; ++level) {
    double* const e = p + level * kRows;
    float* const probability = block.probabilities + level * kRows;
    for (std::size_t i = 0; i < kRows; ++i) {
      e[i] *= sum[i];
      probability[i] = static_cast<float>(e[i]);
    }
  }
  for (std::size_t b = 0; b < columns; ++b) {
    double mean[kRows] = {};  // (Q^T p)_b
    for (std::size_t level = 0; level < block.levels; ++level) {
      const double q = block.contrasts[level * columns + b];
      for (std::size_t i = 0; i < kRows; ++i) mean[i] += q * p[level * kRows + i];
    }
    double contrast[kRows];
    for (std::size_t i = 0; i < block.size; ++i)
      contrast[i] = block.contrasts[static_cast<std::size_t>(block.labels[i]) * columns + b];
    const double* const direction = block.direction + b * kRows;
    double* const residual = block.residuals + b * kRows;
    for (std::size_t i = 0; i < block.size; ++i)
      residual[i] = (mean[i] - contrast[i]) * block.share;
    if (block.weights != nullptr)
      for (std::size_t i = 0; i < block.size; ++i) residual[i] *= block.weights[i];
    for (std::size_t i = 0; i < block.size; ++i) block.slopes[i] += residual[i] * direction[i];
    std::fill(residual + block.size, residual + kRows, 0.0);
    for (std::size_t a = 0; a <= b; ++a) {
      double entry[kRows] = {};
      for (std::size_t level = 0; level < block.levels; ++level) {
        const double qa = block.contrasts[level * columns + a];
        const double qb = block.contrasts[level * columns + b];
        for (std::size_t i = 0; i < kRows; ++i)
          entry[i] += qa * (qb - mean[i]) * p[level * kRows + i];
      }
      if (block.weights != nullptr)
        for (std::size_t i = 0; i < block.size; ++i) entry[i] *= block.weights[i];
      float* const out = block.curvature + curvature_pair(a, b) * kRows;
      for (std::size_t i = 0; i < kRows; ++i) out[i] = static_cast<float>(entry[i]);
      std::fill(out + block.size, out + kRows, 0.0F);
    }
  }
  return loss * block.share;
}

template <class T>
[[gnu::always_inline]] inline void factors(const FactorBlock<T>& block) {
  for (std::size_t c = 0; c < block.columns; ++c) {
    T* const predictor = block.predictors + c * kRows;
    for (std::size_t i = 0; i < kRows; ++i)
      predictor[i] = (predictor[i] + block.offsets[c]) * block.share;
  }
  for (std::size_t a = 0; a < block.columns; ++a) {
    T factor[kRows] = {};
    for (std::size_t b = 0; b < block.columns; ++b) {
      const float* const entry =
          block.curvature + (a <= b ? curvature_pair(a, b) : curvature_pair(b, a)) * kRows;
      const T* const predictor = block.predictors + b * kRows;
      for (std::size_t i = 0; i < kRows; ++i) factor[i] += static_cast<T>(entry[i]) * predictor[i];
    }
    T* const out = block.factors + a * kRows;
    T* const sums = block.factor_sums + a * kRows;
    for (std::size_t i = 0; i < kRows; ++i) {
      out[i] = factor[i];
      sums[i] += factor[i];
    }
  }
}

/// The kernels of one instruction set; `target` is the attribute that lets the compiler use it.
#define CF_SOFTMAX_KERNELS(Name, target)                                                     \
  struct Name {                                                                              \
    target static double evaluate_(const SoftmaxBlock& block) { return evaluate(block); }    \
    target static void factors_float_(const FactorBlock<float>& block) { factors(block); }   \
    target static void factors_double_(const FactorBlock<double>& block) { factors(block); } \
    static constexpr SoftmaxKernels kKernels = {evaluate_, factors_float_, factors_double_}; \
  };

CF_SOFTMAX_KERNELS(Portable, CF_TARGET_PORTABLE)
CF_SOFTMAX_KERNELS(Avx2, CF_TARGET_AVX2)
CF_SOFTMAX_KERNELS(Avx512, CF_TARGET_AVX512)
#undef CF_SOFTMAX_KERNELS

}  // namespace

const SoftmaxKernels& softmax_kernels(InstructionSet set) {
  return choose(set, Portable::kKernels, Avx2::kKernels, Avx512::kKernels);
}

}  // namespace crossfold::solve
