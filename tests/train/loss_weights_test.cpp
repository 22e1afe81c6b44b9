#include "loss_weights.h"

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network_scores.h"
#include "recorded_training.h"
#include "shared_split.h"

namespace crossfold::train {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::IsEmpty;
using ::testing::Pointwise;

/// An experiment on samples of the given codes, all of them in the pool.
struct Weighed {
  Weighed(std::vector<Label> by, std::vector<std::int32_t> classes,
          std::vector<std::int32_t> domains) {
    experiment.weights = std::move(by);
    for (std::uint32_t row = 0; row < classes.size(); ++row) samples.pool.push_back(row);
    samples.class_label = {.codes = std::move(classes), .levels = {"a", "b", "c"}};
    samples.domain = {.codes = std::move(domains), .levels = {"s", "t", "u", "v"}};
  }
  [[nodiscard]] FitTask task() const {
    return {.experiment = &experiment, .samples = &samples, .key = {}, .embedding = {}};
  }
  Experiment experiment;
  ExperimentSamples samples;
};

TEST(LossWeights, AreNoneUnlessAsked) {
  const Weighed study({}, {0, 1, 1}, {0, 0, 1});
  EXPECT_THAT(LossWeights(study.task(), study.samples.pool).of(study.samples.pool), IsEmpty());
}

TEST(LossWeights, OfALevelAreTheSamplesOverItsOwnTimesTheLevels) {
  const Weighed study({Label::class_label}, {0, 1, 1, 1}, {0, 0, 0, 1});
  const LossWeights weights(study.task(), study.samples.pool);
  EXPECT_THAT(weights.of(study.samples.pool), ElementsAre(2, 4.0F / 6, 4.0F / 6, 4.0F / 6));
  const Weighed by_domain({Label::domain}, {0, 1, 1, 1}, {0, 0, 0, 1});
  EXPECT_THAT(LossWeights(by_domain.task(), by_domain.samples.pool).of(by_domain.samples.pool),
              ElementsAre(4.0F / 6, 4.0F / 6, 4.0F / 6, 2));
}

TEST(LossWeights, OfALevelThatWasNotCountedAreOne) {
  const Weighed study({Label::class_label}, {0, 1, 1, 2}, {0, 0, 0, 0});
  const std::vector<std::uint32_t> counted{0, 1, 2};
  const LossWeights weights(study.task(), counted);
  EXPECT_THAT(weights.of(study.samples.pool), ElementsAre(1.5F, 0.75F, 0.75F, 1));
}

/// The validation loss has the weights of what is trained on, not those that its own samples give.
TEST(LossWeights, OfValidationSamplesAreCountedOverTheTrainingPart) {
  const Weighed study({Label::class_label}, {0, 1, 1, 1, 0, 0, 0, 1}, std::vector(8, 0));
  Split split;
  split.train = {0, 1, 2, 3};
  split.validation = {4, 5, 6, 7};
  Candidate candidate;
  candidate.model = BaselineModel{};
  FitTask task = study.task();
  task.split = &split;
  task.candidate = &candidate;
  const SharedSplit shared(task, InstructionSet::portable);
  EXPECT_THAT(shared.view().class_weights, ElementsAre(2, 4.0F / 6, 4.0F / 6, 4.0F / 6));
  EXPECT_THAT(shared.view().validation_weights, ElementsAre(2, 2, 2, 4.0F / 6));
}

/// Over the samples that were counted, whether or not all levels and pairs occur among them.
TEST(LossWeights, HaveAMeanOfOne) {
  using By = std::vector<Label>;
  for (const By& by :
       {By{Label::class_label}, By{Label::domain}, By{Label::class_label, Label::domain},
        By{Label::domain, Label::class_label}}) {
    const Weighed study(by, {0, 1, 1, 1, 0, 1, 0}, {0, 0, 3, 1, 0, 3, 1});
    const std::vector<float> weights =
        LossWeights(study.task(), study.samples.pool).of(study.samples.pool);
    ASSERT_EQ(weights.size(), 7U);
    EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 7, 1e-5);
  }
}

/// Recorded by record_network_training.py: compute_class_weight over pairs of class and domain.
TEST(LossWeights, OfPairsAreScikitLearns) {
  const test::RecordedTraining training("weighted");
  const Weighed study({Label::class_label, Label::domain}, training.classes, training.domains);
  EXPECT_THAT(LossWeights(study.task(), study.samples.pool).of(study.samples.pool),
              Pointwise(FloatEq(), training.class_weights()));
}

TEST(MeanCrossEntropy, WeighsItsSamples) {
  const std::vector<double> logits{0, 0, 2, 0};
  const std::vector<std::int32_t> labels{0, 1};
  const double first = std::log(2.0), second = std::log1p(std::exp(2.0));
  EXPECT_DOUBLE_EQ(mean_cross_entropy(logits, labels, 2), (first + second) / 2);
  EXPECT_DOUBLE_EQ(mean_cross_entropy(logits, labels, 2, std::vector<float>{3, 1}),
                   (3 * first + second) / 4);
}

}  // namespace
}  // namespace crossfold::train
