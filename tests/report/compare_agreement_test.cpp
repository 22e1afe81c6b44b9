// What two runs must share to agree: the same splits, the same means by name, the same predictions
// on each set.

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/report/compare.h"

#include "compare/compare_values.h"
#include "report/compared_runs.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using testing::compare;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Kept;
using testing::score_called;
using testing::whole_study;
using testing::with_other_ids;

/// Whichever of them is named first.
void expect_agreement(const RunRecords& a, const RunRecords& b, double tolerance,
                      Agreement expected) {
  EXPECT_EQ(compare(a, b, tolerance).agreement, expected);
  EXPECT_EQ(compare(b, a, tolerance).agreement, expected) << "the other way round";
}

TEST(CompareRuns, ARunOfMoreSplitsIsAnotherOne) {
  const RunRecords long_one = whole_study();
  RunRecords short_one = long_one;
  std::erase_if(short_one.plan.fits, [](const Fit& fit) { return fit.seed == SeedIndex(1); });
  for (const double tolerance : {0.0, 10.0}) {
    expect_agreement(long_one, short_one, tolerance, Agreement::different);
    expect_agreement(long_one, with_other_ids(short_one), tolerance, Agreement::different);
  }
  const RunComparison found = compare(long_one, short_one);
  EXPECT_EQ(found.fits.common, 4U);
  EXPECT_EQ(found.fits.only_left, 4U);
  EXPECT_EQ(found.fits.only_right, 0U);
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[0].common_fits, 2U);
  EXPECT_EQ(found.rows[0].left.expected, 4U);
  EXPECT_EQ(found.rows[0].right.expected, 2U);
}

/// Of fits that are not the same ones the means decide, also where there is none.
TEST(CompareRuns, AMeanThatOneRunAloneHasIsWithinNoTolerance) {
  const RunRecords defined = whole_study();
  RunRecords undefined = defined;
  for (auto& [id, result] : undefined.results) result.oos->acc.reset();
  expect_agreement(defined, with_other_ids(defined), 10, Agreement::within_tolerance);
  expect_agreement(undefined, with_other_ids(undefined), 10, Agreement::within_tolerance);
  expect_agreement(defined, with_other_ids(undefined), 10, Agreement::different);
}

/// One run scores out of sample and the other does not, so that their columns are not the same.
TEST(CompareRuns, ScoresAreFoundByTheirNames) {
  RunRecords without = whole_study();
  without.job.experiments[0].evaluate_oos = false;
  for (auto& [id, result] : without.results) result.oos.reset();
  RunRecords with = whole_study();
  for (auto& [id, result] : with.results) {
    result.held_out.auc = 0.625;
    result.held_out.acc = 0.75;
    result.held_out.accuracy = 0.875;
    result.oos = testing::even_scores(3, 0.25);
    result.probe->auc = 0.375;
    result.probe->acc = 0.4375;
    result.probe->accuracy = 0.9375;
  }
  const std::map<std::string, double> expected{
      {"task_auc", 0.625},   {"task_acc", 0.75},     {"task_accuracy", 0.875},
      {"domain_auc", 0.375}, {"domain_acc", 0.4375}, {"domain_accuracy", 0.9375}};
  for (const bool turned : {false, true}) {
    const RunComparison found = turned ? compare(with, without) : compare(without, with);
    ASSERT_EQ(found.rows.size(), 2U);
    for (const RowComparison& row : found.rows) {
      EXPECT_EQ(row.scores.size(), expected.size()) << "those of both";
      for (const auto& [name, value] : expected) {
        const ScoreDifference& score = score_called(row, name);
        EXPECT_EQ(turned ? score.left.mean : score.right.mean, value) << name;
        EXPECT_EQ(turned ? score.right.mean : score.left.mean, 0.5) << name;
        EXPECT_EQ(score.difference, turned ? 0.5 - value : value - 0.5) << name;
        EXPECT_EQ(score.paired_mean, score.difference) << name;
        EXPECT_EQ(score.pairs, 4U) << name;
      }
    }
  }
}

/// The sets of one run stand in another order in the other, which lacks one.
TEST(CompareRuns, FitsArePairedByTheNamesOfTheirSets) {
  const auto study = [](const std::vector<std::pair<std::string, double>>& sets) {
    RunRecords records = whole_study();
    for (const auto& [name, auc] : sets) {
      records.job.experiments[0].evaluate_sets.push_back(name);
      records.plan.basis.samples[0].sets.push_back({0});
      for (auto& [id, result] : records.results)
        result.sets.push_back(testing::even_scores(3, auc));
    }
    return records;
  };
  const RunRecords left = study({{"A", 0.25}, {"B", 0.5}, {"C", 0.75}});
  const RunRecords right = study({{"C", 0.75}, {"A", 0.375}});
  const RunComparison found = compare(left, with_other_ids(right));
  ASSERT_EQ(found.rows.size(), 2U);
  for (const RowComparison& row : found.rows) {
    EXPECT_THAT([&] { static_cast<void>(score_called(row, "B_auc")); },
                ::testing::Throws<std::out_of_range>());
    const std::map<std::string, double> expected{{"A_auc", 0.125}, {"C_auc", 0}};
    for (const auto& [name, difference] : expected) {
      const ScoreDifference& score = score_called(row, name);
      EXPECT_EQ(score.pairs, 4U) << name;
      EXPECT_EQ(score.difference, difference) << name;
      EXPECT_EQ(score.paired_mean, difference) << name;
      EXPECT_EQ(score.largest, difference) << name;
    }
  }
}

/// What matters most first; several sets, and several probes, are one field.
TEST(CompareRuns, FieldsStandInTheOrderOfTheirWeight) {
  const RunRecords run = whole_study();
  FitResult left = run.results.at(run.plan.fits.front().id);
  left.sets = {testing::even_scores(3, 0.5), testing::even_scores(3, 0.5)};
  for (const char* of : {"sex", "age"}) {
    ProbeResult& probe = left.probes.emplace_back();
    probe.of = of;
    probe.scores = testing::even_scores(3, 0.5);
    probe.r2 = 0.5;
  }
  FitResult right = left;
  right.oos->accuracy = 0.75;
  right.probes[1].r2 = 0.625;
  right.sets[1].auc = 0.875;
  right.training.learning_rate_drops = 9;
  right.n_train = 9;
  right.solver.solves = 9;
  right.probes[1].scores.classes[2].auc = 0.75;
  right.sets[1].classes[2].precision = 0.75;
  const std::vector<std::pair<std::string, std::optional<double>>> expected{
      {"oos.accuracy", 0.25},
      {"probes.r2", 0.125},
      {"sets.auc", 0.375},
      {"training.learning_rate_drops", 6},
      {"n.train", left.n_train - 9.0},
      {"solver.solves", 8},
      {"probes.scores.classes.auc", 0.25},
      {"sets.classes.precision", 0.25}};
  ValueComparer comparer(0.25);
  comparer.add({}, left, left);
  comparer.add({}, left, right);
  comparer.add({}, right, right);
  EXPECT_EQ(comparer.unlike_fits(), 1U);
  std::vector<std::pair<std::string, std::optional<double>>> found;
  for (const ValueDifference& value : comparer.differences()) {
    found.emplace_back(value.field, value.largest);
    EXPECT_EQ(value.fits, 1U) << value.field;
    const bool is_count = value.field == "training.learning_rate_drops" ||
                          value.field == "n.train" || value.field == "solver.solves";
    EXPECT_EQ(value.beyond, is_count || value.field == "sets.auc" ? 1U : 0U) << value.field;
  }
  EXPECT_EQ(found, expected);
}

/// A place among what a fit left behind, and how it is called.
struct Place {
  const char* name;
  std::function<Predictions&(Artefacts&)> of;
};
const std::vector<Place>& places() {
  static const std::vector<Place> all{
      {"held out", [](Artefacts& kept) -> Predictions& { return *kept.held_out; }},
      {"out of sample", [](Artefacts& kept) -> Predictions& { return *kept.oos; }},
      {"first set", [](Artefacts& kept) -> Predictions& { return kept.sets.at(0); }},
      {"second set", [](Artefacts& kept) -> Predictions& { return kept.sets.at(1); }}};
  return all;
}

/// Two runs of which every fit kept predictions of four sets, under other hashes.
class ComparePredictions : public ::testing::Test {
 protected:
  ComparePredictions() : left_(whole_study()), right_(left_) {
    Artefacts kept;
    kept.held_out = predictions(1);
    kept.oos = predictions(10);
    kept.sets = {predictions(20), predictions(30)};
    for (const Fit& fit : left_.plan.fits) {
      kept_left_[fit.id] = kept_right_[fit.id] = kept;
      left_.artefacts[fit.id].sha256 = "a";
      right_.artefacts[fit.id].sha256 = "b";
    }
  }
  static Predictions predictions(std::uint32_t row) {
    return {.rows = {row, row + 1}, .classes = 2, .probabilities = {0.5, 0.5, 0.25, 0.75}};
  }
  [[nodiscard]] const FitId& id_of(std::size_t index) const { return left_.plan.fits[index].id; }
  [[nodiscard]] RunComparison compared(double tolerance = 0) const {
    return compare(left_, right_, tolerance, kept_left_, kept_right_);
  }

  RunRecords left_, right_;
  Kept kept_left_, kept_right_;
};

TEST_F(ComparePredictions, OfEachSetCount) {
  EXPECT_EQ(compared().agreement, Agreement::identical);
  EXPECT_EQ(compared().artefacts.identical, 8U);
  const Kept before = kept_right_;
  for (const Place& place : places()) {
    SCOPED_TRACE(place.name);
    kept_right_ = before;
    place.of(kept_right_.at(id_of(5))).probabilities[2] = 0.375;  // by an eighth
    RunComparison found = compared();
    EXPECT_EQ(found.agreement, Agreement::different);
    EXPECT_EQ(found.artefacts.different, 1U);
    EXPECT_EQ(found.artefacts.identical, 7U);
    EXPECT_EQ(found.artefacts.beyond, 1U);
    EXPECT_EQ(found.artefacts.largest_probability, 0.125);
    ASSERT_TRUE(found.artefacts.place);
    EXPECT_EQ(found.artefacts.place->id, id_of(5));
    EXPECT_EQ(compared(0.125).agreement, Agreement::within_tolerance);
    EXPECT_EQ(compared(0.125).artefacts.beyond, 0U);
    EXPECT_EQ(compared(0.0625).agreement, Agreement::different);
    place.of(kept_right_.at(id_of(5))).rows[1] = 99;  // another sample
    found = compared(1);
    EXPECT_EQ(found.agreement, Agreement::different);
    EXPECT_EQ(found.artefacts.beyond, 1U);
    EXPECT_FALSE(found.artefacts.largest_probability);
    EXPECT_EQ(found.artefacts.place->id, id_of(5));
  }
}

/// Of all fits and sets the largest, with its fit; the counts are of fits.
TEST_F(ComparePredictions, AreToldByTheirLargestDifference) {
  for (const std::size_t largest : {2U, 5U, 7U}) {
    Kept changed = kept_left_;
    for (const std::size_t one : {2U, 5U, 7U})
      for (const Place& place : places()) {
        const bool is_largest = one == largest && place.name == std::string("first set");
        place.of(changed.at(id_of(one))).probabilities[0] = is_largest ? 0.25 : 0.375;
      }
    kept_right_ = changed;
    const RunComparison found = compared(0.125);
    EXPECT_EQ(found.artefacts.different, 3U);
    EXPECT_EQ(found.artefacts.beyond, 1U);
    EXPECT_EQ(found.artefacts.largest_probability, 0.25);
    ASSERT_TRUE(found.artefacts.place);
    EXPECT_EQ(found.artefacts.place->id, id_of(largest));
  }
}

/// What one run alone kept of a fit is not compared, whichever run that is.
TEST_F(ComparePredictions, AreComparedWhereBothRunsHaveThem) {
  const auto expect_identical = [&] {
    EXPECT_EQ(compared().artefacts.identical, 8U);
    EXPECT_EQ(compared().agreement, Agreement::identical);
  };
  for (Kept* side : {&kept_left_, &kept_right_}) {
    Artefacts& kept = side->at(id_of(3));
    const Artefacts before = kept;
    kept.held_out.reset();
    expect_identical();
    kept = before;
    kept.oos.reset();
    expect_identical();
    kept = before;
    kept.sets.resize(1);
    expect_identical();
    kept.sets.at(0).probabilities[0] = 0.25;
    EXPECT_EQ(compared().artefacts.different, 1U);
    kept = before;
  }
}

/// The small study with five seeds: 20 fits.
RunRecords study_of_five_seeds() {
  RunRecords records = testing::small_study();
  records.job.splits.seeds = 5;
  records = testing::empty_run(records.job, records.samples);
  testing::record_all(records,
                      [&](const Fit& fit) { return testing::even_result(records, fit, 0.5); });
  return records;
}

/// Fits by what became of them in the left and in the right run.
TEST(CompareRuns, StatesAreCountedByPairs) {
  constexpr std::array states{FitState::done, FitState::failed, FitState::missing};
  const std::size_t expected[3][3] = {{5, 2, 1}, {3, 1, 2}, {4, 0, 2}};
  RunRecords left = study_of_five_seeds();
  RunRecords right = left;
  const auto become = [](RunRecords& run, const FitId& id, FitState state) {
    if (state == FitState::failed) run.results.at(id).error = "out of memory";
    if (state == FitState::missing) run.results.erase(id);
  };
  std::vector<FitId> unlike;
  std::size_t next = 0;
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      for (std::size_t n = 0; n < expected[a][b]; ++n) {
        const FitId id = left.plan.fits.at(next++).id;
        become(left, id, states.at(a));
        become(right, id, states.at(b));
        if (a != b) unlike.push_back(id);
      }
  ASSERT_EQ(next, 20U);
  const RunComparison found = compare(left, right);
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      EXPECT_EQ(found.fits.in_states(states.at(a), states.at(b)), expected[a][b]) << a << b;
  std::vector<FitId> told;
  for (const FitPlace& place : found.fits.unlike_states) told.push_back(place.id);
  EXPECT_EQ(told, unlike);
  const std::string text = render_comparison(found, {.lines = 100});
  EXPECT_THAT(text,
              ::testing::StartsWith("different: 5 common fits are done in one run and missing "
                                    "in the other; 7 common fits"));
  for (const char* line :
       {"\n  2 fits: done left, failed right\n", "\n  1 fit: done left, missing right\n",
        "\n  3 fits: failed left, done right\n", "\n  2 fits: failed left, missing right\n",
        "\n  4 fits: missing left, done right\n",
        "\n  15 common fits are missing or failed in a run (2 missing in both, 1 failed in "
        "both)\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

/// Notes and equivalence classes with the run that they are of.
TEST(CompareRuns, WhatIsOfOneRunIsNotSaidOfTheOther) {
  RunRecords left = whole_study();
  RunRecords right = left;
  left.notes = {"torn"};
  right.notes = {"late", "later"};
  left.classes = {"a", "b", "c"};
  right.classes = {"b", "d"};
  const RunComparison found = compare(left, right);
  EXPECT_THAT(found.notes, ElementsAre("left.run: torn", "right.run: late", "right.run: later"));
  EXPECT_THAT(found.classes_left, ElementsAre("a", "c"));
  EXPECT_THAT(found.classes_right, ElementsAre("d"));
  EXPECT_EQ(found.agreement, Agreement::identical);
}

}  // namespace
}  // namespace crossfold
