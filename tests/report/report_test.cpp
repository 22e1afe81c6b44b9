#include "crossfold/report/report.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"

#include "report/run_builder.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using testing::even_result;
using testing::fit_at;
using ::testing::IsEmpty;
using testing::record_all;
using testing::result_at;
using testing::small_study;

RunRecords study_of(double value) {
  RunRecords records = small_study();
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, value); });
  return records;
}

ScoreCell cell(const Report& report, std::size_t row, const std::string& name) {
  const ReportTable& table = report.tables.at(0);
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c].name == name) return table.rows.at(row).cells.at(c);
  throw std::out_of_range(name);
}

std::vector<std::string> column_names(const ReportTable& table, ColumnPlace place) {
  std::vector<std::string> names;
  for (const ReportColumn& column : table.columns)
    if (column.place == place) names.push_back(column.name);
  return names;
}

TEST(BuildReport, TakesMeanAndSampleSdOverTheFitsOfARow) {
  RunRecords records = study_of(0.5);
  const double values[2][2] = {{0.80, 0.84}, {0.90, 0.70}};
  for (std::uint32_t seed = 0; seed < 2; ++seed)
    for (std::uint32_t fold = 0; fold < 2; ++fold)
      result_at(records, 0, 0, seed, fold).held_out.auc = values[seed][fold];
  const ScoreCell auc = cell(build_report(records), 0, "task_auc");
  EXPECT_EQ(auc.summary.n, 4);
  EXPECT_EQ(auc.fits.expected, 4);
  EXPECT_NEAR(*auc.summary.mean, 0.81, 1e-15);
  EXPECT_NEAR(*auc.summary.sd, 0.08406346808612329, 1e-15);  // numpy.std(..., ddof=1)
}

TEST(BuildReport, NamesTheScoresOfATaskExperiment) {
  EXPECT_THAT(column_names(build_report(study_of(0.5)).tables[0], ColumnPlace::main),
              ElementsAre("task_auc", "task_acc", "domain_auc", "oos_auc", "oos_acc"));
}

TEST(BuildReport, NamesTheScoresOfADomainExperiment) {
  RunRecords records = small_study();
  Experiment& experiment = records.job.experiments[0];
  experiment.target = Label::domain;
  experiment.probe = std::nullopt;
  experiment.evaluate_oos = false;
  EXPECT_THAT(column_names(build_report(records).tables[0], ColumnPlace::main),
              ElementsAre("auc", "acc"));
}

TEST(BuildReport, ShowsOddsRatioAndBalancedAccuracyForTwoLevelsOnly) {
  RunRecords records = small_study();
  EXPECT_THAT(column_names(build_report(records).tables[0], ColumnPlace::two_class), IsEmpty());
  records.job.experiments[0].target = Label::domain;
  records.job.experiments[0].probe = Label::class_label;
  EXPECT_THAT(column_names(build_report(records).tables[0], ColumnPlace::two_class),
              ElementsAre("accuracy", "balanced_accuracy", "dor", "oos_accuracy",
                          "oos_balanced_accuracy", "oos_dor"));
}

TEST(BuildReport, LeavesFailedFitsOutOfEveryMeanAndCountsThem) {
  RunRecords records = study_of(0.5);
  FitResult& failed = result_at(records, 0, 0, 1, 0);
  failed.error = "the loss is not finite";
  failed.held_out.auc = 0.99;  // what a failed fit left behind does not count
  const Report report = build_report(records);
  const ScoreCell auc = cell(report, 0, "task_auc");
  EXPECT_EQ(auc.summary.n, 3);
  EXPECT_EQ(auc.fits.failed, 1);
  EXPECT_EQ(*auc.summary.mean, 0.5);
  EXPECT_FALSE(report.complete);
  ASSERT_EQ(report.failed.size(), 1);
  EXPECT_EQ(report.failed[0].error, "the loss is not finite");
  EXPECT_EQ(report.failed[0].place.seed.value, 1);
  EXPECT_EQ(report.failed[0].place.candidate, "baseline");
}

TEST(BuildReport, CountsMissingFitsAndIsThenIncomplete) {
  RunRecords records = study_of(0.5);
  records.results.erase(fit_at(records, 0, 1, 0, 1).id);
  const Report report = build_report(records);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.fits.missing, 1);
  EXPECT_TRUE(cell(report, 0, "task_auc").whole());
  EXPECT_FALSE(cell(report, 1, "task_auc").whole());
  EXPECT_EQ(cell(report, 1, "task_auc").fits.missing, 1);
  ASSERT_EQ(report.missing.size(), 1);
  EXPECT_EQ(report.missing[0].fold.value, 1);
}

TEST(BuildReport, IsCompleteWhenEveryFitSucceeded) {
  const Report report = build_report(study_of(0.5));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.fits.done, 8);
  EXPECT_THAT(report.notes, IsEmpty());
}

TEST(BuildReport, CountsAFitWithoutADefinedScoreAndStaysComplete) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 0, 0, 0).oos->auc.reset();
  const Report report = build_report(records);
  const ScoreCell auc = cell(report, 0, "oos_auc");
  EXPECT_EQ(auc.summary.n, 3);
  EXPECT_EQ(auc.summary.undefined, 1);
  EXPECT_EQ(auc.fits.done, 4);
  EXPECT_TRUE(report.complete);
}

TEST(BuildReport, CountsTheClassScoresThatMeansDoWithout) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 0, 0, 0).probe->undefined_aucs = 1;
  result_at(records, 0, 0, 1, 1).probe->undefined_aucs = 1;
  result_at(records, 0, 0, 1, 1).held_out.undefined_recalls = 1;
  const Report report = build_report(records);
  EXPECT_EQ(cell(report, 0, "domain_auc").undefined_classes, 2);
  EXPECT_EQ(cell(report, 0, "task_acc").undefined_classes, 1);
  EXPECT_EQ(cell(report, 0, "task_auc").undefined_classes, 0);
}

TEST(BuildReport, GivesOosScoresNoCorrectedErrorAndSaysWhy) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 0, 0, 0).held_out.auc = 0.6;
  result_at(records, 0, 0, 0, 0).oos->auc = 0.6;
  const Report report = build_report(records);
  EXPECT_TRUE(cell(report, 0, "task_auc").standard_error.has_value());
  EXPECT_FALSE(cell(report, 0, "oos_auc").standard_error.has_value());
  EXPECT_FALSE(cell(report, 0, "oos_auc").interval.has_value());
  EXPECT_EQ(report.tables[0].columns[3].no_error_reason,
            "every fit is scored on the same out-of-sample set, so the correction does not hold");
}

TEST(BuildReport, TakesTheTestShareFromTheFits) {
  RunRecords records = study_of(0.5);
  EXPECT_DOUBLE_EQ(*build_report(records).tables[0].rows[0].test_share, 1.0);  // 2 folds
  for (std::uint32_t seed = 0; seed < 2; ++seed) {
    for (std::uint32_t fold = 0; fold < 2; ++fold) {
      result_at(records, 0, 0, seed, fold).n_train = 27;
      result_at(records, 0, 0, seed, fold).n_test = 3;
    }
  }
  EXPECT_DOUBLE_EQ(*build_report(records).tables[0].rows[0].test_share, 3.0 / 27.0);
}

/// Folds are not all of one size: the mean over the row's own fits, of those that are done.
TEST(BuildReport, AveragesTheTestShareOverTheFitsOfARow) {
  RunRecords records = study_of(0.5);
  const std::uint32_t tested[2][2] = {{10, 12}, {14, 16}};
  for (std::uint32_t seed = 0; seed < 2; ++seed)
    for (std::uint32_t fold = 0; fold < 2; ++fold) {
      FitResult& result = result_at(records, 0, 0, seed, fold);
      result.n_test = tested[seed][fold];
      result.n_train = 30 - result.n_test;
    }
  const auto share = [&](std::size_t row) {
    return build_report(records).tables[0].rows.at(row).test_share.value();
  };
  EXPECT_DOUBLE_EQ(share(0), (10.0 / 20 + 12.0 / 18 + 14.0 / 16 + 16.0 / 14) / 4);
  EXPECT_DOUBLE_EQ(share(1), 1);
  result_at(records, 0, 0, 0, 1).error = "out of memory";
  EXPECT_DOUBLE_EQ(share(0), (10.0 / 20 + 14.0 / 16 + 16.0 / 14) / 3);
  records.results.erase(fit_at(records, 0, 0, 1, 0).id);
  EXPECT_DOUBLE_EQ(share(0), (10.0 / 20 + 16.0 / 14) / 2);
}

/// A candidate that a race gave up on one embedding set has its row on the other one, and what it
/// was not trained on is not missing.
TEST(BuildReport, LeavesOutWhoWasGivenUpWhereThatWas) {
  Job job = small_study().job;
  job.embeddings.emplace_back("texture/equalized");
  const auto rows_without = [&](std::uint32_t embedding, std::uint32_t candidate) {
    RunRecords records = testing::empty_run(job, small_study().samples);
    record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.5); });
    for (const Fit& fit : records.plan.fits) {
      const bool is_trained = fit.embedding != embedding || fit.candidate != candidate ||
                              fit.seed != SeedIndex(1) || fit.fold != FoldIndex(0);
      records.to_train.push_back(is_trained);
      if (!is_trained) records.results.erase(fit.id);
    }
    const Report report = build_report(records);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.fits.expected, 15U);
    EXPECT_EQ(report.fits.missing, 0U);
    EXPECT_THAT(report.missing, IsEmpty());
    std::vector<std::string> rows;
    for (const ReportRow& row : report.tables.at(0).rows)
      rows.push_back(row.embedding + " " + row.candidate);
    return rows;
  };
  const std::vector<std::string> all{"texture/raw baseline", "texture/raw disentangled",
                                     "texture/equalized baseline",
                                     "texture/equalized disentangled"};
  for (std::uint32_t embedding = 0; embedding < 2; ++embedding)
    for (std::uint32_t candidate = 0; candidate < 2; ++candidate) {
      std::vector<std::string> expected = all;
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(2 * embedding + candidate));
      EXPECT_EQ(rows_without(embedding, candidate), expected);
    }
}

TEST(BuildReport, KeepsTheMedianOfAnOddsRatioThatIsSometimesInfinite) {
  RunRecords records = small_study();
  records.job.experiments[0].target = Label::domain;
  records.job.experiments[0].probe = std::nullopt;
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.5); });
  constexpr double kInf = std::numeric_limits<double>::infinity();
  result_at(records, 0, 0, 0, 0).held_out.diagnostic_odds_ratio = 5;
  result_at(records, 0, 0, 0, 1).held_out.diagnostic_odds_ratio = kInf;
  const ScoreCell odds = cell(build_report(records), 0, "dor");
  EXPECT_EQ(odds.summary.n, 4);
  EXPECT_EQ(*odds.summary.median, 9);
  EXPECT_TRUE(std::isinf(*odds.summary.mean));
  EXPECT_FALSE(odds.standard_error.has_value());
}

TEST(BuildReport, GivesEachClassARowInAndOutOfSampleWithItsSupport) {
  const Report report = build_report(study_of(0.25));
  const std::vector<ClassRow>& rows = report.tables[0].rows[0].classes;
  ASSERT_EQ(rows.size(), 6);
  EXPECT_EQ(rows[1].level, "pneumonia");
  EXPECT_EQ(rows[1].role, Role::in);
  EXPECT_EQ(rows[1].support, 10);
  EXPECT_EQ(rows[3].level, "normal");
  EXPECT_EQ(rows[3].role, Role::oos);
  EXPECT_EQ(rows[3].support, 6);
  EXPECT_EQ(rows[4].support, 0);
  EXPECT_EQ(*rows[0].cells[4].summary.mean, 0.25);
}

TEST(BuildReport, LetsCandidatesWithEqualFitIdsShareTheirResults) {
  RunRecords records = small_study();
  for (Fit& fit : records.plan.fits) fit.id.bytes[11] &= 0xF0;  // the candidate's digit
  ASSERT_EQ(fit_at(records, 0, 0, 1, 1).id, fit_at(records, 0, 1, 1, 1).id);
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.75); });
  EXPECT_EQ(records.results.size(), 4);
  const Report report = build_report(records);
  EXPECT_EQ(report.fits.expected, 4);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(*cell(report, 0, "task_auc").summary.mean, 0.75);
  EXPECT_EQ(*cell(report, 1, "task_auc").summary.mean, 0.75);
}

TEST(BuildReport, NotesSolversThatDidNotConverge) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 1, 0, 0).solver.unconverged = 2;
  result_at(records, 0, 1, 1, 0).solver.unconverged = 1;
  const Report report = build_report(records);
  EXPECT_EQ(report.tables[0].rows[1].unconverged_fits, 2);
  EXPECT_THAT(report.notes,
              ElementsAre("table3, texture/raw, disentangled: in 2 of 4 fits a logistic "
                          "regression stopped before it had converged"));
}

TEST(BuildReport, NotesMixedEquivalenceClassesWithoutNamingHosts) {
  RunRecords records = study_of(0.5);
  records.classes.insert("build 1 on host beta");
  const Report report = build_report(records);
  EXPECT_EQ(report.equivalence_classes, 2);
  EXPECT_THAT(
      report.notes,
      ElementsAre(
          "the fits were made by 2 equivalence classes (build, libraries, instruction set, device) "
          "and are mixed in these tables: the same fit may differ in its last digits between "
          "them"));
}

TEST(BuildReport, PassesOnWhatPlanAndReaderNoted) {
  RunRecords records = study_of(0.5);
  records.plan.basis.notes = {"level 'cohen' has 1 patient"};
  records.notes = {"the journal's last line was torn"};
  const Report report = build_report(records);
  EXPECT_THAT(report.notes, ElementsAre("level 'cohen' has 1 patient"));
  EXPECT_THAT(report.reading_notes, ElementsAre("the journal's last line was torn"));
}

TEST(BuildReport, PassesOnThePlansWarnings) {
  RunRecords records = study_of(0.5);
  EXPECT_THAT(build_report(records).warnings, IsEmpty());
  records.plan.basis.warnings = {"no patient is known"};
  EXPECT_THAT(build_report(records).warnings, ElementsAre("no patient is known"));
}

TEST(BuildReport, RefusesAResultOfAnotherNumberOfClasses) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 0, 0, 0).held_out.classes.pop_back();
  try {
    (void)build_report(records);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_STREQ(error.what(),
                 "fit 00000000000000000000000000000000 holds scores of 2 classes (the plan has 3), "
                 "so it is no fit of this job. remove the run directory and run the job again");
  }
}

TEST(BuildReport, AveragesEpochsOfTrainedCandidatesOnly) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 0, 0, 0).training.epochs = 42;
  EXPECT_EQ(*build_report(records).tables[0].rows[0].epochs->mean, 39);
  records.job.experiments[0].candidates[0].model = default_model(CandidateKind::linear);
  EXPECT_FALSE(build_report(records).tables[0].rows[0].epochs.has_value());
}

TEST(BuildReport, HoldsAllFitsOnRequestOnly) {
  RunRecords records = study_of(0.5);
  records.results.erase(fit_at(records, 0, 0, 1, 1).id);
  EXPECT_THAT(build_report(records).tables[0].rows[0].fit_rows, IsEmpty());
  const Report report =
      build_report(records, {.corrected = CorrectedErrors::hidden, .fits = FitRows::included});
  const std::vector<FitRow>& rows = report.tables[0].rows[0].fit_rows;
  ASSERT_EQ(rows.size(), 4);
  EXPECT_TRUE(rows[0].result.has_value());
  EXPECT_FALSE(rows[3].result.has_value());
}

TEST(BuildReport, OfARaceWithStagesToComeIsIncompleteThoughAllItsFitsAreDone) {
  RunRecords records = study_of(0.5);
  EXPECT_TRUE(build_report(records).complete);
  records.more_stages = true;
  const Report report = build_report(records);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.fits.missing, 0);
}

TEST(BuildReport, OfARunThatHasNotStartedCountsEverythingAsMissing) {
  const Report report = build_report(small_study());
  EXPECT_EQ(report.fits.missing, 8);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(cell(report, 0, "task_auc").summary.n, 0);
  EXPECT_FALSE(report.tables[0].rows[0].test_share.has_value());
}

}  // namespace
}  // namespace crossfold
