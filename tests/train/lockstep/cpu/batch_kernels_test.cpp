#include "batch_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "solve/lcg.h"

namespace crossfold::train {
namespace {

using test::Lcg;

std::vector<float> numbers(Lcg& lcg, std::size_t count, double low = -1, double high = 1) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(low + (high - low) * lcg.uniform());
  return values;
}

/// Every instruction set of this machine, and sample counts around the widths of its registers.
class BatchKernelsOf : public ::testing::TestWithParam<std::size_t> {};

/// Panels of some units, as batch_kernels.h lays them out.
struct Panels {
  Panels(std::size_t units, std::size_t all_rows) : rows(all_rows), values(units * all_rows) {}
  float& at(std::size_t unit, std::size_t sample) {
    return values[unit / kPanel * rows * kPanel + sample * kPanel + unit % kPanel];
  }
  std::size_t rows;
  std::vector<float> values;
};

TEST_P(BatchKernelsOf, NormalisesAsTheFormulasSay) {
  const std::size_t samples = GetParam();
  constexpr std::size_t kUnits = 2 * kPanel;
  for (const InstructionSet set : instruction_sets()) {
    SCOPED_TRACE(name_of(set));
    Lcg lcg(samples);
    Panels before(kUnits, samples + 3);
    before.values = numbers(lcg, before.values.size(), -2, 3);
    const std::vector<float> bias = numbers(lcg, kUnits), scale = numbers(lcg, kUnits, 0.5, 2),
                             shift = numbers(lcg, kUnits);
    Panels h = before, out(kUnits, samples + 3), evaluated = before;
    std::vector<float> mean(kUnits), inverse_sd(kUnits), running_mean(kUnits, 1.0F),
        running_variance(kUnits, 2.0F);
    const NormUnits norm{.scale = scale.data(),
                         .shift = shift.data(),
                         .running_mean = running_mean.data(),
                         .running_variance = running_variance.data(),
                         .mean = mean.data(),
                         .inverse_sd = inverse_sd.data()};
    const BatchKernels& kernels = batch_kernels(set);
    kernels.relu_norm(h.values.data(), out.values.data(), kUnits, h.rows, samples, bias.data(),
                      norm);
    kernels.relu_norm_evaluate(evaluated.values.data(), kUnits, evaluated.rows, bias.data(), norm);
    const auto n = static_cast<double>(samples);
    for (std::size_t u = 0; u < kUnits; ++u) {
      std::vector<double> x(samples);
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < samples; ++i)
        sum += x[i] = std::max(0.0, static_cast<double>(before.at(u, i)) + bias[u]);
      for (const double value : x) squares += (value - sum / n) * (value - sum / n);
      EXPECT_NEAR(running_mean[u], 0.9 * 1 + 0.1 * sum / n, 1e-6);
      EXPECT_NEAR(running_variance[u], 0.9 * 2 + 0.1 * squares / (n - 1), 1e-6);
      const double inverse = 1 / std::sqrt(squares / n + 1e-5);
      const double running_inverse = 1 / std::sqrt(running_variance[u] + 1e-5);
      for (std::size_t i = 0; i < samples; ++i) {
        EXPECT_NEAR(h.at(u, i), x[i], 1e-6);
        EXPECT_NEAR(out.at(u, i), (x[i] - sum / n) * inverse * scale[u] + shift[u],
                    1e-5 + 1e-6 * inverse);
        EXPECT_NEAR(evaluated.at(u, i),
                    (x[i] - running_mean[u]) * running_inverse * scale[u] + shift[u], 1e-5);
      }
    }
  }
}

TEST_P(BatchKernelsOf, MultipliesPanels) {
  const std::size_t k = GetParam();
  constexpr std::size_t kRows = 2 * kTile;
  for (const InstructionSet set : instruction_sets()) {
    for (const bool accumulate : {false, true}) {
      SCOPED_TRACE(name_of(set));
      Lcg lcg(k);
      const std::size_t stride = k + 5;
      const std::vector<float> a = numbers(lcg, kRows * stride), b = numbers(lcg, k * kPanel);
      std::vector<float> out(kRows * kPanel, 0.25F);
      batch_kernels(set).product({.a = a.data(),
                                  .row_stride = stride,
                                  .block = k,
                                  .block_stride = 0,
                                  .k = k,
                                  .b = b.data(),
                                  .out = out.data(),
                                  .rows = kRows,
                                  .accumulate = accumulate});
      for (std::size_t i = 0; i < kRows; ++i) {
        for (std::size_t c = 0; c < kPanel; ++c) {
          double expected = accumulate ? 0.25 : 0;
          for (std::size_t j = 0; j < k; ++j)
            expected += static_cast<double>(a[i * stride + j]) * b[j * kPanel + c];
          EXPECT_NEAR(out[i * kPanel + c], expected, 1e-5);
        }
      }
    }
  }
}

TEST_P(BatchKernelsOf, StepsOnTheGradientThatItMultipliesOut) {
  const std::size_t samples = GetParam();
  constexpr std::size_t kTiles = 3;
  constexpr std::size_t kWeights = kTiles * kTile * kPanel;
  for (const InstructionSet set : instruction_sets()) {
    SCOPED_TRACE(name_of(set));
    Lcg lcg(samples);
    const std::vector<float> x = numbers(lcg, kTiles * samples * kTile),
                             d = numbers(lcg, samples * kPanel);
    const std::vector<float> start = numbers(lcg, kWeights);
    struct State {
      std::vector<float> w, m = std::vector<float>(kWeights), v = m, largest = m;
      AdamState view() { return {w.data(), m.data(), v.data(), largest.data()}; }
    } fused{start}, apart{start};
    const AdamStep step{.keep = 0.999F, .rate = 1e-2F, .inverse_correction = 30.0F};
    batch_kernels(set).gradient_step({.x = x.data(),
                                      .tile_stride = samples * kTile,
                                      .sample_stride = kTile,
                                      .samples = samples,
                                      .d = d.data(),
                                      .tiles = kTiles},
                                     fused.view(), step);
    std::vector<float> gradient(kWeights);
    for (std::size_t row = 0; row < kTiles * kTile; ++row) {
      for (std::size_t c = 0; c < kPanel; ++c) {
        double sum = 0;
        for (std::size_t i = 0; i < samples; ++i)
          sum += static_cast<double>(x[(row / kTile * samples + i) * kTile + row % kTile]) *
                 d[i * kPanel + c];
        gradient[row * kPanel + c] = static_cast<float>(sum);
      }
    }
    batch_kernels(set).adamw(apart.view(), gradient.data(), kWeights, step);
    for (std::size_t j = 0; j < kWeights; ++j) {
      EXPECT_NEAR(fused.m[j], apart.m[j], 1e-5);
      EXPECT_NEAR(fused.w[j], apart.w[j], 1e-5 + 1e-3 * std::abs(fused.w[j] - start[j]));
    }
  }
}

TEST_P(BatchKernelsOf, HeadsGiveCrossEntropyAndItsGradients) {
  const std::size_t samples = GetParam();
  constexpr std::size_t kWidth = 5;
  for (const InstructionSet set : instruction_sets()) {
    for (const std::size_t levels : {2U, 3U, 5U}) {
      SCOPED_TRACE(std::string(name_of(set)) + " " + std::to_string(levels));
      Lcg lcg(samples + levels);
      const std::vector<float> features = numbers(lcg, kWidth * samples, -3, 3);
      const std::vector<float> weight = numbers(lcg, levels * kWidth, -3, 3);
      const std::vector<float> bias = numbers(lcg, levels);
      std::vector<std::int32_t> codes(samples);
      for (auto& code : codes) code = static_cast<std::int32_t>(lcg.next() % levels);
      std::vector<float> residuals(levels * samples), feature_gradient(kWidth * samples, 0.5F),
          weight_gradient(levels * kWidth), bias_gradient(levels);
      const double loss = batch_kernels(set).head({.width = kWidth,
                                                   .levels = levels,
                                                   .samples = samples,
                                                   .weight = weight.data(),
                                                   .bias = bias.data(),
                                                   .features = features.data(),
                                                   .codes = codes.data(),
                                                   .factor = -2,
                                                   .residuals = residuals.data(),
                                                   .feature_gradient = feature_gradient.data(),
                                                   .weight_gradient = weight_gradient.data(),
                                                   .bias_gradient = bias_gradient.data()});
      double expected_loss = 0;
      std::vector<double> expected_weight(levels * kWidth), expected_bias(levels);
      for (std::size_t i = 0; i < samples; ++i) {
        std::vector<double> p(levels);
        double sum = 0;
        for (std::size_t k = 0; k < levels; ++k) {
          double logit = bias[k];
          for (std::size_t u = 0; u < kWidth; ++u)
            logit += static_cast<double>(weight[k * kWidth + u]) * features[u * samples + i];
          sum += p[k] = std::exp(logit);
        }
        for (double& value : p) value /= sum;
        const auto label = static_cast<std::size_t>(codes[i]);
        expected_loss -= std::log(p[label]);
        p[label] -= 1;
        for (std::size_t u = 0; u < kWidth; ++u) {
          double gradient = 0;
          for (std::size_t k = 0; k < levels; ++k) {
            gradient += p[k] * weight[k * kWidth + u];
            expected_weight[k * kWidth + u] +=
                p[k] * features[u * samples + i] / static_cast<double>(samples);
          }
          EXPECT_NEAR(feature_gradient[u * samples + i],
                      0.5 - 2 * gradient / static_cast<double>(samples), 3e-6);
        }
        for (std::size_t k = 0; k < levels; ++k)
          expected_bias[k] += p[k] / static_cast<double>(samples);
      }
      EXPECT_NEAR(loss, expected_loss, 1e-6 * expected_loss + 1e-6);
      for (std::size_t j = 0; j < expected_weight.size(); ++j)
        EXPECT_NEAR(weight_gradient[j], expected_weight[j], 3e-6);
      for (std::size_t k = 0; k < levels; ++k)
        EXPECT_NEAR(bias_gradient[k], expected_bias[k], 1e-6);
    }
  }
}

TEST_P(BatchKernelsOf, AdamWMovesAsTheFormulasSay) {
  const std::size_t count = GetParam();
  for (const InstructionSet set : instruction_sets()) {
    SCOPED_TRACE(name_of(set));
    Lcg lcg(count);
    std::vector<float> w = numbers(lcg, count), m(count), v(count), largest(count);
    std::vector<double> w64(w.begin(), w.end()), m64(count), v64(count), largest64(count);
    const double rate = 1e-2, decay = 0.1;
    for (int step = 1; step <= 5; ++step) {
      std::vector<float> gradient = numbers(lcg, count);
      if (step == 4)
        for (float& value : gradient) value *= 1e-3F;  // `second` falls below its largest
      gradient[0] = 0;
      batch_kernels(set).adamw(
          {.parameters = w.data(),
           .first = m.data(),
           .second = v.data(),
           .largest_second = largest.data()},
          gradient.data(), count,
          {.keep = static_cast<float>(1 - rate * decay),
           .rate = static_cast<float>(rate / (1 - std::pow(0.9, step))),
           .inverse_correction = static_cast<float>(1 / std::sqrt(1 - std::pow(0.999, step)))});
      for (std::size_t j = 0; j < count; ++j) {
        const double g = gradient[j];
        m64[j] = 0.9 * m64[j] + 0.1 * g;
        v64[j] = 0.999 * v64[j] + 0.001 * g * g;
        largest64[j] = std::max(largest64[j], v64[j]);
        w64[j] *= 1 - rate * decay;
        w64[j] -= rate / (1 - std::pow(0.9, step)) * m64[j] /
                  (std::sqrt(largest64[j]) / std::sqrt(1 - std::pow(0.999, step)) + 1e-8);
        EXPECT_NEAR(w[j], w64[j], 1e-6) << j << " after step " << step;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, BatchKernelsOf, ::testing::Values(2, 7, 16, 33, 64, 100, 256));

TEST(BatchKernels, ALossThatIsNoNumberStaysNone) {
  for (const InstructionSet set : instruction_sets()) {
    std::vector<float> features(2 * 8, std::nanf("")), weight(6, 1.0F), bias(3), residuals(3 * 8),
        gradient(2 * 8), weight_gradient(6), bias_gradient(3);
    const std::vector<std::int32_t> codes(8, 1);
    EXPECT_TRUE(std::isnan(batch_kernels(set).head({.width = 2,
                                                    .levels = 3,
                                                    .samples = 8,
                                                    .weight = weight.data(),
                                                    .bias = bias.data(),
                                                    .features = features.data(),
                                                    .codes = codes.data(),
                                                    .factor = 1,
                                                    .residuals = residuals.data(),
                                                    .feature_gradient = gradient.data(),
                                                    .weight_gradient = weight_gradient.data(),
                                                    .bias_gradient = bias_gradient.data()})))
        << name_of(set);
  }
}

}  // namespace
}  // namespace crossfold::train
