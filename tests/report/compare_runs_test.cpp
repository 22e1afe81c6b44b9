#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/report/compare.h"

#include "core/expect_error.h"
#include "report/compared_runs.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using testing::compare;
using ::testing::ElementsAre;
using testing::even_result;
using testing::fit_at;
using ::testing::IsEmpty;
using testing::Kept;
using testing::result_at;
using testing::score_called;
using testing::whole_study;
using testing::with_other_ids;

/// The small study with one split for each of its seeds, which holds a share of the store out.
RunRecords hold_out_study(double share) {
  RunRecords records = whole_study();
  records.job.splits.scheme = SplitScheme::hold_out;
  records.job.splits.test = share;
  records.plan.basis.division = division_of(records.samples, share);
  std::erase_if(records.plan.fits, [](const Fit& fit) { return fit.fold != FoldIndex{}; });
  for (Fit& fit : records.plan.fits) fit.scheme = SplitScheme::hold_out;
  return records;
}

/// The small study, whose fits leave these sources out in turns.
RunRecords leave_out_study(const std::vector<std::vector<std::uint32_t>>& turns) {
  RunRecords records = whole_study();
  records.job.splits.scheme = SplitScheme::leave_out;
  records.job.splits.leave_out.by = "site";
  records.plan.basis.left_out_turns = {turns};
  ExperimentSamples& samples = records.plan.basis.samples[0];
  samples.left_out_by.levels = {"a", "b"};  // every class occurs in both
  samples.left_out_by.codes.clear();
  for (const std::uint32_t patient : samples.group)
    samples.left_out_by.codes.push_back(static_cast<std::int32_t>(patient % 2));
  for (Fit& fit : records.plan.fits) fit.scheme = SplitScheme::leave_out;
  return records;
}

TEST(CompareRuns, TheSameNumbersAreIdenticalWhoeverMadeThem) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  for (auto& [id, result] : right.results) result.seconds *= 2;
  right.classes = {"build 2 on host beta"};
  const RunComparison found = compare(left, right);
  EXPECT_EQ(found.agreement, Agreement::identical);
  EXPECT_THAT(found.job, IsEmpty());
  EXPECT_TRUE(found.samples.identical);
  EXPECT_EQ(found.fits.common, 8U);
  EXPECT_EQ(found.fits.in_states(FitState::done, FitState::done), 8U);
  EXPECT_THAT(found.values, IsEmpty());
  EXPECT_THAT(found.classes_left, ElementsAre("build 1 on host alpha"));
  EXPECT_THAT(found.classes_right, ElementsAre("build 2 on host beta"));
}

TEST(CompareRuns, ALastBitIsADifference) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  FitResult& result = result_at(right, 0, 1, 1, 0);
  result.oos->auc = std::nextafter(0.5, 1);
  const RunComparison found = compare(left, right);
  EXPECT_EQ(found.agreement, Agreement::different);
  EXPECT_EQ(found.unlike_values, 1U);
  ASSERT_EQ(found.values.size(), 1U);
  const ValueDifference& value = found.values.front();
  EXPECT_EQ(value.field, "oos.auc");
  EXPECT_EQ(value.fits, 1U);
  EXPECT_EQ(value.largest, std::nextafter(0.5, 1) - 0.5);
  EXPECT_EQ(value.place.candidate, "disentangled");
  EXPECT_EQ(value.place.seed, SeedIndex(1));
  EXPECT_EQ(value.place.fold, FoldIndex(0));
  EXPECT_EQ(value.left, "0.5");
  EXPECT_EQ(value.right, "0.5000000000000001");
  EXPECT_EQ(compare(left, right, 1e-9).agreement, Agreement::within_tolerance);
}

TEST(CompareRuns, EveryFieldOfAFitIsCompared) {
  const RunRecords left = whole_study();
  const auto fields = [&](const std::function<void(FitResult&)>& change) {
    RunRecords right = left;
    change(result_at(right, 0, 0, 0, 0));
    std::vector<std::string> names;
    for (const ValueDifference& value : compare(left, right).values) names.push_back(value.field);
    return names;
  };
  EXPECT_THAT(fields([](FitResult& r) { r.n_test = 1; }), ElementsAre("n.test"));
  EXPECT_THAT(fields([](FitResult& r) { r.training.epochs = 1; }), ElementsAre("training.epochs"));
  EXPECT_THAT(fields([](FitResult& r) { r.training.stop = StopReason::epochs; }),
              ElementsAre("training.stop"));
  EXPECT_THAT(fields([](FitResult& r) { r.training.validation_loss = 0.25; }),
              ElementsAre("training.validation_loss"));
  EXPECT_THAT(fields([](FitResult& r) { r.training.validation_auc = 0.25; }),
              ElementsAre("training.validation_auc"));
  EXPECT_THAT(fields([](FitResult& r) { r.probe->acc.reset(); }), ElementsAre("probe.acc"));
  EXPECT_THAT(fields([](FitResult& r) { r.solver.unconverged = 1; }),
              ElementsAre("solver.unconverged"));
  EXPECT_THAT(fields([](FitResult& r) {
                r.held_out.classes[0].f1 = r.held_out.classes[2].f1 = 0.25;
                r.held_out.acc = 0.75;
              }),
              ElementsAre("in.acc", "in.classes.f1"));
}

TEST(CompareRuns, TheLargestDifferenceNamesItsFit) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  result_at(right, 0, 0, 0, 0).held_out.auc = 0.75;
  result_at(right, 0, 0, 0, 1).held_out.auc = 0.125;
  result_at(right, 0, 0, 1, 0).held_out.auc.reset();
  const RunComparison found = compare(left, right, 0.3);
  ASSERT_EQ(found.values.size(), 1U);
  EXPECT_EQ(found.values.front().fits, 3U);
  EXPECT_EQ(found.values.front().beyond, 2U) << "one too large, one undefined";
  EXPECT_EQ(found.values.front().largest, 0.375);
  EXPECT_EQ(found.values.front().place.fold, FoldIndex(1));
  EXPECT_EQ(found.agreement, Agreement::different);
}

TEST(CompareRuns, CountsAndWordsAreWithinNoTolerance) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  result_at(right, 0, 0, 0, 0).training.epochs = 39;
  EXPECT_EQ(compare(left, right, 10).agreement, Agreement::different);
  right = left;
  result_at(right, 0, 0, 0, 0).training.stop = StopReason::epochs;
  EXPECT_EQ(compare(left, right, 10).agreement, Agreement::different);
}

TEST(CompareRuns, AValidationAucOfOneRunAloneIsNotCompared) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  for (auto& [id, result] : right.results) result.training.validation_auc.reset();
  const RunComparison found = compare(left, right);
  EXPECT_EQ(found.agreement, Agreement::identical);
  EXPECT_EQ(found.validation_auc_once, 8U);
}

TEST(CompareRuns, FitsOfWhichOneRunAloneHasNumbersMakeADifference) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  right.results.erase(fit_at(right, 0, 0, 1, 1).id);
  RunComparison found = compare(left, right);
  EXPECT_EQ(found.agreement, Agreement::different);
  EXPECT_EQ(found.fits.in_states(FitState::done, FitState::missing), 1U);
  ASSERT_EQ(found.fits.unlike_states.size(), 1U);
  EXPECT_EQ(found.fits.unlike_states.front().fold, FoldIndex(1));
  EXPECT_EQ(compare(left, right, 1).agreement, Agreement::different);
  found = compare(right, right);
  EXPECT_EQ(found.agreement, Agreement::identical) << "as far as they go";
  EXPECT_EQ(found.fits.in_states(FitState::missing, FitState::missing), 1U);
}

TEST(CompareRuns, FailedFitsAreAlikeWhateverTheirReason) {
  RunRecords left = whole_study();
  RunRecords right = left;
  result_at(left, 0, 0, 0, 0).error = "the loss became NaN in epoch 3";
  EXPECT_EQ(compare(left, right).agreement, Agreement::different);
  result_at(right, 0, 0, 0, 0).error = "out of memory";
  EXPECT_EQ(compare(left, right).agreement, Agreement::identical);
}

TEST(CompareRuns, OtherFitsOfTheSameSplitsArePaired) {
  const RunRecords left = whole_study();
  RunRecords right = with_other_ids(left);
  right.job.engine = EngineKind::reference;
  result_at(right, 0, 0, 0, 1).held_out.auc = 0.75;  // baseline: 0.5 0.75 0.25 0.5
  result_at(right, 0, 0, 1, 0).held_out.auc = 0.25;
  result_at(right, 0, 1, 0, 0).oos->auc.reset();
  const RunComparison found = compare(left, right);
  EXPECT_EQ(found.agreement, Agreement::different);
  EXPECT_THAT(found.job, ElementsAre("/engine: \"lockstep\" -> \"reference\""));
  EXPECT_EQ(found.fits.common, 0U);
  EXPECT_EQ(found.fits.only_left, 8U);
  EXPECT_EQ(found.fits.only_right, 8U);
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[0].other_fits, 4U);
  EXPECT_EQ(found.rows[0].shared_splits, 4U);
  const ScoreDifference& task = score_called(found.rows[0], "task_auc");
  EXPECT_EQ(task.difference, 0);
  EXPECT_EQ(task.pairs, 4U);
  EXPECT_EQ(task.paired_mean, 0);
  EXPECT_EQ(task.largest, 0.25);
  EXPECT_EQ(task.seed, SeedIndex(0));
  EXPECT_EQ(task.fold, FoldIndex(1)) << "the first of equals";
  const ScoreDifference& oos = score_called(found.rows[1], "oos_auc");
  EXPECT_EQ(oos.pairs, 3U) << "undefined in one";
  EXPECT_EQ(oos.right.n, 3U);
  EXPECT_EQ(compare(left, right, 1e-3).agreement, Agreement::within_tolerance)
      << "the means are what counts where the fits differ";
}

TEST(CompareRuns, MeansDecideWhereFitsDiffer) {
  const RunRecords left = whole_study();
  RunRecords right = with_other_ids(left);
  result_at(right, 0, 0, 0, 1).held_out.auc = 0.75;
  const RunComparison found = compare(left, right, 0.05);
  EXPECT_EQ(found.agreement, Agreement::different);
  EXPECT_EQ(score_called(found.rows[0], "task_auc").difference, 0.0625);
  EXPECT_EQ(compare(left, right, 0.0625).agreement, Agreement::within_tolerance);
  right.results.erase(fit_at(right, 0, 1, 0, 0).id);
  EXPECT_EQ(compare(left, right, 0.0625).agreement, Agreement::different) << "a fit less";
}

TEST(CompareRuns, SplitsOfAnotherSeedAreNotPaired) {
  const RunRecords left = whole_study();
  RunRecords right = with_other_ids(left);
  right.job.seed = 77;
  const RunComparison found = compare(left, right);
  EXPECT_EQ(found.rows[0].other_fits, 4U);
  EXPECT_LT(found.rows[0].shared_splits, 4U);
  const ScoreDifference& task = score_called(found.rows[0], "task_auc");
  EXPECT_EQ(task.pairs, found.rows[0].shared_splits);
  EXPECT_EQ(task.difference, 0);
}

TEST(CompareRuns, SplitsAreThoseOfTheJobsScheme) {
  const auto shared = [](const RunRecords& left, const RunRecords& right) {
    return compare(left, with_other_ids(right)).rows.at(0).shared_splits;
  };
  EXPECT_EQ(shared(hold_out_study(0.25), hold_out_study(0.25)), 2U);
  EXPECT_EQ(shared(hold_out_study(0.25), hold_out_study(0.5)), 0U) << "more is held out";
  EXPECT_EQ(shared(leave_out_study({{0}, {1}}), leave_out_study({{0}, {1}})), 4U);
  EXPECT_EQ(shared(leave_out_study({{0}, {1}}), leave_out_study({{1}, {0}})), 0U)
      << "other sources are left out";
}

/// The places (experiment, seed, fold) at which a run holds other samples out than its pair.
using Places = std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>>;

/// Two experiments of three folds and two seeds, whose splits are given: by the digits to base 3 of
/// the patients' numbers, and no two alike. At places of `odd` a sample more is held out.
RunRecords study_with_given_splits(const Places& odd) {
  const RunRecords small = testing::small_study();
  Job job = small.job;
  job.splits.folds = 3;
  job.splits.file = "folds.csv";
  job.experiments.push_back(job.experiments.front());
  job.experiments.back().name = "second";
  RunRecords records = testing::empty_run(job, small.samples);
  const auto fold_of = [](std::uint32_t experiment, std::uint32_t seed, std::uint32_t patient) {
    const std::uint32_t last = patient % 3, next = patient / 3 % 3;
    return experiment == 0 ? (seed == 0 ? last : next) : (last + (1 + seed) * next) % 3;
  };
  std::string csv = kSplitTableHeader;
  for (std::uint32_t e = 0; e < 2; ++e)
    for (std::uint32_t seed = 0; seed < 2; ++seed)
      for (std::uint32_t fold = 0; fold < 3; ++fold) {
        const ExperimentSamples& samples = records.plan.basis.samples[e];
        Split split;
        bool one_more = odd.contains({e, seed, fold});
        for (const std::uint32_t row : samples.pool) {
          const bool is_held_out = fold_of(e, seed, samples.group[row]) == fold;
          if (!is_held_out && !one_more) continue;
          one_more = one_more && is_held_out;
          split.test.push_back(row);
        }
        csv += split_lines(job.experiments[e].name, SeedIndex(seed), FoldIndex(fold), split,
                           records.samples.id);
      }
  records.plan.basis.given_splits = SplitTable::parse(csv, "folds.csv", records.samples.id);
  return records;
}

/// A split is shared where the same samples are held out: of every experiment, seed and fold alone.
TEST(CompareRuns, SplitsAreSharedWhereTheSameSamplesAreHeldOut) {
  const auto score = [](const Fit& fit) {
    return 0.5 + 0.2 * fit.experiment + 0.05 * fit.seed.value + 0.01 * fit.fold.value +
           0.001 * fit.candidate;
  };
  const std::vector<Places> cases{
      {},
      {{0, 0, 0}},
      {{0, 1, 1}},
      {{1, 0, 0}},
      {{1, 1, 2}},
      {{0, 0, 0}, {0, 0, 1}, {0, 0, 2}},
      {{1, 0, 0}, {1, 0, 1}, {1, 0, 2}, {1, 1, 0}, {1, 1, 1}, {1, 1, 2}},
      {{0, 0, 0}, {0, 0, 1}, {0, 0, 2}, {0, 1, 0}, {0, 1, 1}, {0, 1, 2}}};
  for (const Places& odd : cases) {
    RunRecords left = study_with_given_splits({});
    testing::record_all(left, [&](const Fit& fit) { return even_result(left, fit, 0.5); });
    RunRecords right = study_with_given_splits(odd);
    testing::record_all(right, [&](const Fit& fit) { return even_result(right, fit, score(fit)); });
    right = with_other_ids(right);
    for (const bool turned : {false, true}) {
      const RunComparison found = turned ? compare(right, left) : compare(left, right);
      ASSERT_EQ(found.rows.size(), 4U);
      for (std::uint32_t row = 0; row < 4; ++row) {
        const std::uint32_t e = row / 2;
        SCOPED_TRACE(::testing::Message() << "row " << row << ", odd " << odd.size());
        std::size_t shared = 0;
        double sum = 0;
        for (std::uint32_t seed = 0; seed < 2; ++seed)
          for (std::uint32_t fold = 0; fold < 3; ++fold) {
            if (odd.contains({e, seed, fold})) continue;
            ++shared;
            sum += score({.id = {},
                          .experiment = e,
                          .candidate = row % 2,
                          .seed = SeedIndex(seed),
                          .fold = FoldIndex(fold)}) -
                   0.5;
          }
        EXPECT_EQ(found.rows[row].experiment, e == 0 ? "table3" : "second");
        EXPECT_EQ(found.rows[row].other_fits, 6U);
        EXPECT_EQ(found.rows[row].shared_splits, shared);
        const ScoreDifference& task = score_called(found.rows[row], "task_auc");
        EXPECT_EQ(task.pairs, shared);
        ASSERT_EQ(task.paired_mean.has_value(), shared > 0);
        const double expected =
            (turned ? -1 : 1) * sum / std::max(1.0, static_cast<double>(shared));
        EXPECT_NEAR(task.paired_mean.value_or(0), expected, 1e-12);
      }
    }
  }
}

TEST(CompareRuns, RowsOfOneRunAloneAreNamed) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  right.job.experiments[0].candidates[1].name = "other";
  const RunComparison found = compare(left, right);
  EXPECT_EQ(found.agreement, Agreement::different);
  ASSERT_EQ(found.rows_only_left.size(), 1U);
  EXPECT_EQ(found.rows_only_left[0].candidate, "disentangled");
  ASSERT_EQ(found.rows_only_right.size(), 1U);
  EXPECT_EQ(found.rows_only_right[0].candidate, "other");
  EXPECT_EQ(found.unlike_values, 0U) << "the fits are the same ones";
}

TEST(CompareRuns, SamplesAreFoundByTheirIds) {
  const RunRecords left = whole_study();
  RunRecords right = left;
  right.samples.group[3] = "patient of another name";
  right.samples.class_label.codes[5] = -1;
  right.samples.id[7] = "new";
  const SampleComparison found = compare(left, right).samples;
  EXPECT_FALSE(found.identical);
  EXPECT_EQ(found.left, 40U);
  EXPECT_EQ(found.only_left, 1U);
  EXPECT_EQ(found.only_right, 1U);
  EXPECT_EQ(found.relabelled, 2U);
}

TEST(CompareRuns, EmbeddingSetsAreComparedByTheirContent) {
  RunRecords left = whole_study();
  RunRecords right = left;
  left.plan.basis.embeddings.resize(2);
  left.plan.basis.embeddings[0].name = "a/raw";
  left.plan.basis.embeddings[1].name = "b/raw";
  right.plan.basis.embeddings.resize(2);
  right.plan.basis.embeddings[0].name = "c/raw";
  right.plan.basis.embeddings[1].name = "a/raw";
  right.plan.basis.embeddings[1].content.bytes[0] = 1;
  const auto found = compare(left, right).embeddings;
  ASSERT_EQ(found.size(), 3U);
  EXPECT_TRUE(found[0].left && found[0].right);
  EXPECT_FALSE(found[0].identical());
  EXPECT_FALSE(found[1].right);
  EXPECT_EQ(found[2].name, "c/raw");
  EXPECT_FALSE(found[2].left);
}

TEST(CompareRuns, RefusesToleranceThatIsNone) {
  for (const double tolerance : {-0.5, std::numeric_limits<double>::infinity()}) {
    const std::string written = tolerance < 0 ? "-0.5" : "inf";
    expect_error(ErrorCode::usage,
                 "--tolerance: is " + written +
                     " (a tolerance is finite and not negative). choose one, or 0 for equality "
                     "to the last bit",
                 [&] { static_cast<void>(compare(whole_study(), whole_study(), tolerance)); });
  }
}

class CompareArtefacts : public ::testing::Test {
 protected:
  CompareArtefacts() : left_(whole_study()), right_(left_), id_(fit_at(left_, 0, 0, 1, 0).id) {
    Artefacts kept;
    kept.held_out = Predictions{.rows = {1, 2}, .classes = 2, .probabilities = {0.5, 0.5, 1, 0}};
    kept.curves.emplace().train_class_loss = {1.5, 1.25};
    keep(kept, kept);
  }
  void keep(const Artefacts& left, const Artefacts& right) {
    kept_left_ = {{id_, left}};
    kept_right_ = {{id_, right}};
    left_.artefacts[id_].sha256 = "a";
    right_.artefacts[id_].sha256 = "b";
  }
  RunComparison compared(double tolerance = 0) {
    return compare(left_, right_, tolerance, kept_left_, kept_right_);
  }

  RunRecords left_, right_;
  FitId id_;
  Kept kept_left_, kept_right_;
};

TEST_F(CompareArtefacts, OfOneHashAreIdentical) {
  left_.artefacts[id_].sha256 = right_.artefacts[id_].sha256;
  const RunComparison found = compared();
  EXPECT_EQ(found.artefacts.identical, 1U);
  EXPECT_EQ(found.artefacts.neither, 7U);
  EXPECT_EQ(found.agreement, Agreement::identical);
}

TEST_F(CompareArtefacts, WrittenInTwoWaysAreIdentical) {
  EXPECT_EQ(compared().artefacts.identical, 1U);
  EXPECT_EQ(compared().agreement, Agreement::identical);
}

TEST_F(CompareArtefacts, KeptInPartByOneRunAreComparedWhereBothHaveThem) {
  kept_right_[id_].curves.reset();
  EXPECT_EQ(compared().artefacts.identical, 1U);
}

TEST_F(CompareArtefacts, SayTheLargestDifferenceOfAProbability) {
  kept_right_[id_].held_out->probabilities = {0.25, 0.75, 1, 0};
  const RunComparison found = compared();
  EXPECT_EQ(found.agreement, Agreement::different);
  EXPECT_EQ(found.artefacts.different, 1U);
  EXPECT_EQ(found.artefacts.largest_probability, 0.25);
  EXPECT_EQ(found.artefacts.place->seed, SeedIndex(1));
  EXPECT_EQ(compared(0.25).agreement, Agreement::within_tolerance);
  EXPECT_EQ(compared(0.2).agreement, Agreement::different);
}

TEST_F(CompareArtefacts, OfOtherSamplesAreWithinNoTolerance) {
  kept_right_[id_].held_out->rows = {1, 3};
  const RunComparison found = compared(1);
  EXPECT_EQ(found.artefacts.beyond, 1U);
  EXPECT_FALSE(found.artefacts.largest_probability);
  EXPECT_EQ(found.agreement, Agreement::different);
}

TEST_F(CompareArtefacts, OtherCurvesAreADifferenceButNotOfProbabilities) {
  kept_right_[id_].curves->train_class_loss[1] = 1;
  EXPECT_EQ(compared().agreement, Agreement::different);
  EXPECT_EQ(compared().artefacts.largest_probability, 0);
  EXPECT_EQ(compared(1e-6).agreement, Agreement::within_tolerance);
}

TEST_F(CompareArtefacts, OfOneHashButMissingInARunAreNotCompared) {
  left_.artefacts[id_].sha256 = right_.artefacts[id_].sha256;
  kept_left_.clear();
  const RunComparison found = compared();
  EXPECT_EQ(found.artefacts.identical, 0U);
  EXPECT_EQ(found.artefacts.unread, 1U);
  EXPECT_EQ(found.artefacts.different, 0U);
  EXPECT_EQ(found.agreement, Agreement::identical) << "of the numbers";
  EXPECT_THAT(
      render_comparison(found),
      ::testing::AllOf(::testing::Not(::testing::HasSubstr("left behind")),
                       ::testing::EndsWith("\nNot compared\n  the artefacts of 1 fit, which "
                                           "are missing in a run\n")));
}

TEST_F(CompareArtefacts, ThatAreLostAreNotPassedOver) {
  kept_right_.clear();
  EXPECT_EQ(compared(1).artefacts.unread_unlike, 1U);
  EXPECT_EQ(compared(1).agreement, Agreement::different);
  EXPECT_THAT(
      render_comparison(compared(1)),
      ::testing::HasSubstr("  the artefacts of 1 fit, which are missing in a run (1 of them "
                           "different by the journals' hashes)\n"));
}

TEST_F(CompareArtefacts, OfOneRunAloneAreCounted) {
  right_.artefacts.clear();
  EXPECT_EQ(compared().artefacts.unkept, 1U);
  EXPECT_EQ(compared().agreement, Agreement::identical);
}

}  // namespace
}  // namespace crossfold
