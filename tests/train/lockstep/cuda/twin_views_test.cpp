#include "twin_views.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "gather.h"
#include "heads.h"
#include "norms.h"
#include "products.h"
#include "softmax.h"
#include "train/lockstep/cuda/planted_cohort.h"
#include "train/lockstep/outcomes.h"

// The twins of this program are compiled with checked spans, in every build.

#ifndef _GLIBCXX_ASSERTIONS
#error "the twins are not checked"
#endif

namespace crossfold::train::cuda {
namespace {

class TwinViews : public test::PlantedCohort {};

/// Splits of three sizes, fits with and without domains, early ends, best models: no twin touches
/// what is not of its fit.
TEST_F(TwinViews, ACohortStaysWithinThem) {
  study_.experiment.standardize = Standardize::train;
  training_of(add(CandidateKind::baseline)).epochs = 1;
  training_of(add(CandidateKind::disentangled)).epochs = 2;
  Candidate& best = add(CandidateKind::disentangled, 2);
  training_of(best).epochs = 2;
  training_of(best).model = ScoredModel::best;
  splits_[1].train.resize(splits_[1].train.size() - 64);
  splits_[2].train.resize(40);
  for (const FitOutcome& outcome : on_twins(tasks()))
    EXPECT_EQ(test::message_of(outcome.failure), "");
}

/// Two fits of two samples each, in arrays with room for many: what leaves the first fit's numbers
/// stays within the arrays, where nothing else would notice.
class Launch : public ::testing::Test {
 protected:
  static constexpr std::size_t kCapacity = 2, kUnits = 3, kStride = 400;

  Launch() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  [[nodiscard]] Places places() const {
    return {.at = fits_.data(), .count = fits_.size(), .capacity = kCapacity};
  }
  [[nodiscard]] NetworkBank bank() {
    return {.parameters = floats_.data(),
            .first = floats_.data(),
            .second = floats_.data(),
            .largest_second = floats_.data(),
            .statistics = floats_.data(),
            .stride = kStride,
            .statistics_stride = kStride};
  }
  /// The first fit has one sample more than there is room for.
  void ask_too_much() {
    fits_[0].samples = kCapacity + 1;
    range_.count = kCapacity + 1;
  }

  std::vector<FitPlace> fits_ = {{.slot = 0, .block = 0, .samples = 2, .output = 0},
                                 {.slot = 1, .block = 0, .samples = 2, .output = 1}};
  RowRange range_{.first = 0, .count = 2, .scaling = -1};
  std::vector<float> floats_ = std::vector<float>(16 * kStride, 0.5F);
  std::vector<float> out_ = std::vector<float>(16 * kStride);
  std::vector<double> doubles_ = std::vector<double>(1U << 17U);
  std::vector<std::uint32_t> rows_ = {0, 1, 2, 3};
  std::vector<std::int32_t> labels_ = {0, 1, 0, 1, 0, 1};
  std::vector<AdamNumbers> steps_ = std::vector<AdamNumbers>(2);
  std::vector<std::uint32_t> moved_ = {4, 4};
};

using LaunchDeathTest = Launch;

TEST_F(LaunchDeathTest, OfRowsEndsWhereABlockIsLeft) {
  const auto gather = [&] {
    twin::gather({.embedding = floats_.data(),
                  .dim = kUnits,
                  .rows = rows_.data(),
                  .ranges = &range_,
                  .blocks = 1,
                  .scalings = nullptr,
                  .out = out_.data(),
                  .capacity = kCapacity});
  };
  gather();
  ask_too_much();
  EXPECT_DEATH(gather(), "");
}

TEST_F(LaunchDeathTest, OfProductsEndsWhereAFitsNumbersAreLeft) {
  const LayerShape layer{.weight = 0, .bias = 2 * kUnits, .inputs = 2, .units = kUnits};
  const LayerInput input{.values = floats_.data(), .of_block = false};
  const auto forward = [&] {
    twin::forward_product({places(), bank(), layer, input, out_.data()});
  };
  const auto backward = [&] {
    twin::backward_product({places(), bank(), layer, floats_.data(), out_.data()});
  };
  const auto step = [&] {
    twin::gradient_step({places(), bank(), layer, input, floats_.data(), steps_.data()});
  };
  const auto move = [&] {
    twin::adam_range({.places = places(),
                      .bank = bank(),
                      .offset = 1,
                      .most = 4,
                      .moved = moved_.data(),
                      .gradients = floats_.data(),
                      .gradient_stride = 4,
                      .steps = steps_.data()});
  };
  forward();
  backward();
  step();
  move();
  ask_too_much();
  moved_[0] = 5;
  EXPECT_DEATH(forward(), "");
  EXPECT_DEATH(backward(), "");
  EXPECT_DEATH(step(), "");
  EXPECT_DEATH(move(), "");
}

TEST_F(LaunchDeathTest, OfNormsEndsWhereAFitsNumbersAreLeft) {
  const NormShape norm{
      .scale = 0, .shift = kUnits, .running_mean = 0, .running_variance = kUnits, .units = kUnits};
  const auto pass = [&] {
    return NormPass{.places = places(),
                    .bank = bank(),
                    .norm = norm,
                    .rectified = floats_.data(),
                    .out = out_.data(),
                    .out_stride = kCapacity * kUnits,
                    .mean = out_.data() + kStride,
                    .inverse_sd = out_.data() + 2 * kStride};
  };
  const auto backward = [&] {
    twin::norm_backward({.places = places(),
                         .bank = bank(),
                         .norm = norm,
                         .rectified = floats_.data(),
                         .gradient = out_.data(),
                         .mean = floats_.data(),
                         .inverse_sd = floats_.data(),
                         .gradients = out_.data() + kStride,
                         .gradient_stride = 3 * kUnits,
                         .bias = 0,
                         .scale = kUnits,
                         .shift = 2 * kUnits});
  };
  twin::norm_forward(pass());
  twin::norm_evaluate(pass());
  backward();
  ask_too_much();
  EXPECT_DEATH(twin::norm_forward(pass()), "");
  EXPECT_DEATH(twin::norm_evaluate(pass()), "");
  EXPECT_DEATH(backward(), "");
}

TEST_F(LaunchDeathTest, OfHeadsEndsWhereAFitsNumbersAreLeft) {
  const std::vector<HeadsOfFit> heads(2, {.lambda = 1, .domains = 2});
  const auto pass = [&] {
    twin::heads({.places = places(),
                 .bank = bank(),
                 .heads = heads.data(),
                 .ranges = &range_,
                 .classes = labels_.data(),
                 .domains = labels_.data(),
                 .class_levels = 2,
                 .class_weight = 0,
                 .class_bias = 2 * kFeatures,
                 .domain_weight = 2 * kFeatures + 2,
                 .domain_bias = 4 * kFeatures + 2,
                 .most_levels = 2,
                 .features = floats_.data(),
                 .residuals = out_.data(),
                 .feature_gradient = out_.data() + kStride,
                 .gradients = out_.data() + 4 * kStride,
                 .gradient_stride = kStride,
                 .gradient_offset = 0,
                 .losses = doubles_.data()});
  };
  pass();
  ask_too_much();
  EXPECT_DEATH(pass(), "");
}

TEST_F(LaunchDeathTest, OfLogisticRegressionsEndsWhereAFitsNumbersAreLeft) {
  constexpr std::size_t kSize = 2 * kLevelParameters;
  SoftmaxFit fit{.place = 0, .levels = 2, .samples = 2, .penalty = 1};
  const auto data = [&] {
    return SoftmaxData{.fits = &fit,
                       .count = 1,
                       .stride = kSize,
                       .features = floats_.data(),
                       .labels = labels_.data(),
                       .probabilities = doubles_.data()};
  };
  double* const vectors = doubles_.data() + 1024;
  double* const factors = doubles_.data() + 8192;
  const auto pass = [&] {
    twin::softmax_pass({.data = data(),
                        .theta = vectors,
                        .step = vectors,
                        .value = vectors + kSize,
                        .largest_move = vectors + kSize + 1,
                        .gradient = vectors + 2 * kSize,
                        .partials = nullptr,
                        .parts = 0});
  };
  const auto factor = [&] { twin::newton_factor({.data = data(), .factors = factors}); };
  const auto step = [&] {
    twin::newton_step({.data = data(),
                       .factors = factors,
                       .gradient = vectors + 2 * kSize,
                       .direction = vectors + 3 * kSize});
  };
  pass();
  factor();
  step();
  fit.levels = 3;  // more than the vectors have room for
  EXPECT_DEATH(pass(), "");
  EXPECT_DEATH(factor(), "");
  EXPECT_DEATH(step(), "");
}

}  // namespace
}  // namespace crossfold::train::cuda
