#include "sample_block.h"

#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "aligned_floats.h"
#include "solve/lcg.h"

namespace crossfold::train {
namespace {

using test::Lcg;

constexpr std::size_t kPanels = 2;
constexpr std::size_t kUnits = kPanels * kPanel;

/// Numbers on (-1, 1), each times a power of two within 2^-octaves .. 2^octaves.
AlignedFloats numbers(Lcg& lcg, std::size_t count, int octaves = 0) {
  AlignedFloats values(count);
  for (float& value : values) {
    const int power = octaves == 0 ? 0 : static_cast<int>(lcg.uniform() * 2 * octaves) - octaves;
    value = std::ldexp(static_cast<float>(2 * lcg.uniform() - 1), power);
  }
  return values;
}

/// A batch of some shape, for the kernels of one set.
struct Batch {
  Batch(InstructionSet kernels, std::size_t all_samples, std::size_t features)
      : set(kernels),
        samples(all_samples),
        dim(features),
        inputs(SampleBlock::round_up(dim)),
        rows(SampleBlock::round_up(samples)),
        lcg(samples * 1000 + dim) {}

  std::unique_ptr<SampleBlock> block_of(const AlignedFloats& x) const {
    auto block = make_sample_block(set, samples, dim, SampleBlock::Use::training);
    block->take({.values = x, .dim = dim, .rows = {}, .scaling = nullptr});
    return block;
  }
  /// Panels [inputs, 32] with zeros beyond the features.
  AlignedFloats weights(int octaves = 0) {
    AlignedFloats w = numbers(lcg, kUnits * inputs, octaves);
    for (std::size_t i = 0; i < w.size(); ++i)
      if (i / kPanel % inputs >= dim) w[i] = 0;
    return w;
  }
  static std::size_t place(std::size_t unit, std::size_t row, std::size_t panel_rows) {
    return (unit / kPanel * panel_rows + row) * kPanel + unit % kPanel;
  }

  InstructionSet set;
  std::size_t samples, dim, inputs, rows;
  Lcg lcg;
};

class SampleBlockOf : public ::testing::TestWithParam<InstructionSet> {
 protected:
  /// check(batch) for shapes around whole tiles, blocks and slices of features.
  template <class Check>
  static void each_shape(const Check& check) {
    for (const std::size_t samples : {1, 31, 33, 100}) {
      for (const std::size_t dim : {1, 32, 33, 300, 520}) {
        SCOPED_TRACE(fmt::format("{} samples of {} features", samples, dim));
        Batch batch(GetParam(), samples, dim);
        check(batch);
        if (HasFatalFailure()) return;
      }
    }
  }
};

/// The error of each sum beside the sum of its terms' sizes, at most: sixteen times the 2^-24 of
/// one rounding. A product of bfloat16 parts that is left out costs some 2^-18.
constexpr double kRounding = 1e-6;

TEST_P(SampleBlockOf, MultipliesAsExactlyAsFloat32) {
  each_shape([](Batch& of) {
    for (const int octaves : {0, 20}) {
      const AlignedFloats x = numbers(of.lcg, of.samples * of.dim, octaves),
                          w = of.weights(octaves);
      AlignedFloats h(kUnits * of.rows, std::numeric_limits<float>::quiet_NaN());
      of.block_of(x)->forward(w.data(), kPanels, h.data());
      for (std::size_t unit = 0; unit < kUnits; ++unit) {
        for (std::size_t i = 0; i < of.samples; ++i) {
          double expected = 0, size = 0;
          for (std::size_t k = 0; k < of.dim; ++k) {
            const double term =
                static_cast<double>(x[i * of.dim + k]) * w[Batch::place(unit, k, of.inputs)];
            expected += term;
            size += std::abs(term);
          }
          ASSERT_NEAR(h[Batch::place(unit, i, of.rows)], expected, kRounding * size)
              << "sample " << i << ", unit " << unit << ", octaves " << octaves;
        }
      }
    }
  });
}

TEST_P(SampleBlockOf, StepsAsTheExactGradientSays) {
  each_shape([](Batch& of) {
    const AlignedFloats x = numbers(of.lcg, of.samples * of.dim);
    const AlignedFloats d = numbers(of.lcg, kUnits * of.rows);  // rows beyond the samples: nothing
    const AlignedFloats before = of.weights();
    AlignedFloats w = before, m(w.size()), v(w.size()), largest(w.size());
    const AdamStep step{.keep = 0.9F, .rate = 0.01F, .inverse_correction = 30.0F};
    of.block_of(x)->gradient_step(d.data(), kPanels, {w.data(), m.data(), v.data(), largest.data()},
                                  step);
    constexpr double kFirst = 1 - static_cast<double>(kBeta1);
    constexpr double kSecond = 1 - static_cast<double>(kBeta2);
    for (std::size_t unit = 0; unit < kUnits; ++unit) {
      for (std::size_t k = 0; k < of.inputs; ++k) {
        const std::size_t at = Batch::place(unit, k, of.inputs);
        double gradient = 0, size = 0;
        for (std::size_t i = 0; k < of.dim && i < of.samples; ++i) {
          const double term =
              static_cast<double>(x[i * of.dim + k]) * d[Batch::place(unit, i, of.rows)];
          gradient += term;
          size += std::abs(term);
        }
        ASSERT_NEAR(m[at], kFirst * gradient, kFirst * kRounding * size)
            << "unit " << unit << ", feature " << k;
        ASSERT_EQ(v[at], largest[at]);
        const double g = static_cast<double>(m[at]) / kFirst;
        ASSERT_NEAR(v[at], kSecond * g * g, 1e-6 * kSecond * g * g);
        const double expected =
            before[at] * 0.9 - 0.01 * m[at] / (std::sqrt(static_cast<double>(v[at])) * 30 + 1e-8);
        ASSERT_NEAR(w[at], expected, 1e-6) << "unit " << unit << ", feature " << k;
      }
    }
  });
}

TEST_P(SampleBlockOf, ANumberThatIsNoneStaysInItsSample) {
  each_shape([](Batch& of) {
    for (const float strange :
         {std::numeric_limits<float>::quiet_NaN(), std::bit_cast<float>(0x7fffffffU),
          std::numeric_limits<float>::infinity()}) {
      AlignedFloats x = numbers(of.lcg, of.samples * of.dim);
      x[of.dim - 1] = strange;  // of the first sample
      const AlignedFloats w(kUnits * of.inputs, 0.5F);
      AlignedFloats h(kUnits * of.rows);
      of.block_of(x)->forward(w.data(), kPanels, h.data());
      for (std::size_t unit = 0; unit < kUnits; ++unit) {
        ASSERT_FALSE(std::isfinite(h[Batch::place(unit, 0, of.rows)]));
        for (std::size_t i = 1; i < of.samples; ++i)
          ASSERT_TRUE(std::isfinite(h[Batch::place(unit, i, of.rows)])) << i;
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(EverySet, SampleBlockOf,
                         ::testing::ValuesIn(instruction_sets().begin(), instruction_sets().end()),
                         [](const ::testing::TestParamInfo<InstructionSet>& one) {
                           return std::string(name_of(one.param));
                         });

}  // namespace
}  // namespace crossfold::train
