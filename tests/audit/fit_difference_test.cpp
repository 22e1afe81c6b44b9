// What replays and engines are compared by, part by part.

#include "fit_difference.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

stats::ScoreSet with_auc(double auc) {
  stats::ScoreSet scores;
  scores.auc = auc;
  return scores;
}

Predictions predictions() {
  return {.rows = {3, 5}, .classes = 2, .probabilities = {0.25, 0.75, 0.5, 0.5}};
}

/// A fit with every part that can differ.
FitResult whole_fit() {
  FitResult fit;
  fit.held_out = with_auc(0.9);
  fit.oos = with_auc(0.8);
  fit.probe = with_auc(0.7);
  fit.sets = {with_auc(0.6), with_auc(0.5)};
  fit.probes = {{.of = "sex", .scores = with_auc(0.55)}};
  fit.seconds = 1;
  fit.artefacts = {.held_out = predictions(),
                   .oos = predictions(),
                   .curves = Curves{.train_class_loss = {1},
                                    .train_domain_loss = {2},
                                    .validation_loss = {3},
                                    .learning_rate = {0.1},
                                    .lambda = {4},
                                    .further_adversaries = {{.train_loss = {5}, .lambda = {6}},
                                                            {.train_loss = {7}, .lambda = {8}}}},
                   .features = Features{.rows = {3, 5}, .dim = 1, .values = {1.5F, 2.5F}},
                   .sets = {predictions(), predictions()}};
  return fit;
}

/// Something that a fit trained again may do otherwise, and how it is told.
struct Change {
  std::function<void(FitResult&)> make;
  const char* told;
};

TEST(DifferentBits, NamesEveryPartThatDiffers) {
  const auto nudge = [](auto& values) { values.back() += 1e-6F; };
  const std::vector<Change> changes{
      {[](FitResult& fit) { *fit.held_out.auc += 0.01; }, "in/auc"},
      {[](FitResult& fit) { *fit.oos->auc += 0.01; }, "oos/auc"},
      {[](FitResult& fit) { *fit.probe->auc += 0.01; }, "probe/auc"},
      {[](FitResult& fit) { *fit.sets[1].auc += 0.01; }, "sets/1"},
      {[](FitResult& fit) { *fit.probes[0].scores.auc += 0.01; }, "probes/0"},
      {[&](FitResult& fit) { nudge(fit.artefacts.held_out->probabilities); }, "the held-out fold"},
      {[](FitResult& fit) { ++fit.artefacts.held_out->rows[0]; }, "the held-out fold"},
      {[&](FitResult& fit) { nudge(fit.artefacts.oos->probabilities); }, "the out-of-sample set"},
      {[](FitResult& fit) { fit.artefacts.oos.reset(); }, "the out-of-sample set"},
      {[&](FitResult& fit) { nudge(fit.artefacts.sets[1].probabilities); }, "named set 1"},
      {[](FitResult& fit) { fit.artefacts.sets.pop_back(); }, "named set 1"},
      {[&](FitResult& fit) { nudge(fit.artefacts.curves->train_class_loss); }, "curves"},
      {[&](FitResult& fit) { nudge(fit.artefacts.curves->train_domain_loss); }, "curves"},
      {[&](FitResult& fit) { nudge(fit.artefacts.curves->validation_loss); }, "curves"},
      {[&](FitResult& fit) { nudge(fit.artefacts.curves->learning_rate); }, "curves"},
      {[&](FitResult& fit) { nudge(fit.artefacts.curves->lambda); }, "curves"},
      {[&](FitResult& fit) { nudge(fit.artefacts.curves->further_adversaries[0].train_loss); },
       "curves"},
      {[&](FitResult& fit) { nudge(fit.artefacts.curves->further_adversaries[1].lambda); },
       "curves"},
      {[](FitResult& fit) { fit.artefacts.curves->further_adversaries.pop_back(); }, "curves"},
      {[](FitResult& fit) { fit.artefacts.curves.reset(); }, "curves"},
      {[](FitResult& fit) { fit.artefacts.held_out->classes = 1; }, "the held-out fold"},
      {[](FitResult& fit) { fit.artefacts.features->dim = 2; }, "features"},
      {[&](FitResult& fit) { nudge(fit.artefacts.features->values); }, "features"},
      {[](FitResult& fit) { ++fit.artefacts.features->rows[0]; }, "features"}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    FitResult again = whole_fit();
    changes[i].make(again);
    EXPECT_THAT(different_bits(whole_fit(), again), ElementsAre(HasSubstr(changes[i].told))) << i;
  }
}

TEST(DifferentBits, OfTheSameFitAreNoneWhateverTimeItTook) {
  FitResult again = whole_fit();
  again.seconds = 2;
  EXPECT_THAT(different_bits(whole_fit(), again), IsEmpty());
}

/// The run kept no artefacts, so there is nothing to hold those of the replay against.
TEST(DifferentBits, LookAtWhatIsRecorded) {
  FitResult recorded = whole_fit();
  recorded.artefacts = {};
  EXPECT_THAT(different_bits(recorded, whole_fit()), IsEmpty());
}

TEST(DistanceOf, IsTheLargestOfAllAucs) {
  const std::vector<std::function<std::optional<double>&(FitResult&)>> aucs{
      [](FitResult& fit) -> std::optional<double>& { return fit.held_out.auc; },
      [](FitResult& fit) -> std::optional<double>& { return fit.oos->auc; },
      [](FitResult& fit) -> std::optional<double>& { return fit.probe->auc; },
      [](FitResult& fit) -> std::optional<double>& { return fit.sets[1].auc; },
      [](FitResult& fit) -> std::optional<double>& { return fit.probes[0].scores.auc; }};
  EXPECT_EQ(distance_of(whole_fit(), whole_fit()).auc, 0);
  for (std::size_t i = 0; i < aucs.size(); ++i) {
    FitResult again = whole_fit();
    *aucs[i](again) -= 0.125;
    EXPECT_DOUBLE_EQ(distance_of(whole_fit(), again).auc, 0.125) << i;
    aucs[i](again).reset();
    EXPECT_EQ(distance_of(whole_fit(), again).auc, 1) << i;
    EXPECT_EQ(distance_of(again, whole_fit()).auc, 1) << i;
  }
}

TEST(DistanceOf, IsOneWhereOneFitHasMoreScores) {
  const std::vector<std::function<void(FitResult&)>> losses{
      [](FitResult& fit) { fit.sets.pop_back(); }, [](FitResult& fit) { fit.probes.pop_back(); },
      [](FitResult& fit) { fit.oos.reset(); }, [](FitResult& fit) { fit.probe.reset(); }};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    FitResult less = whole_fit();
    losses[i](less);
    EXPECT_EQ(distance_of(whole_fit(), less).auc, 1) << i;
    EXPECT_EQ(distance_of(less, whole_fit()).auc, 1) << i;
  }
}

TEST(DistanceOf, IsTheMeanOverTheProbabilitiesOfAllPredictions) {
  EXPECT_EQ(*distance_of(whole_fit(), whole_fit()).probability, 0);
  const std::vector<std::function<Predictions&(Artefacts&)>> kept{
      [](Artefacts& artefacts) -> Predictions& { return *artefacts.held_out; },
      [](Artefacts& artefacts) -> Predictions& { return *artefacts.oos; },
      [](Artefacts& artefacts) -> Predictions& { return artefacts.sets[1]; }};
  for (std::size_t i = 0; i < kept.size(); ++i) {
    FitResult again = whole_fit();
    kept[i](again.artefacts).probabilities = {0.5, 0.5, 0.75, 0.25};
    EXPECT_DOUBLE_EQ(*distance_of(whole_fit(), again).probability, 4 * 0.25 / 16) << i;
    ++kept[i](again.artefacts).rows[0];
    EXPECT_EQ(*distance_of(whole_fit(), again).probability, 1) << i;
  }
  FitResult without = whole_fit();
  without.artefacts = {};
  EXPECT_FALSE(distance_of(whole_fit(), without).probability.has_value());
}

}  // namespace
}  // namespace crossfold::audit
