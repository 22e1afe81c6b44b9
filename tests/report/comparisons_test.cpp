#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/report/report.h"

#include "report/run_builder.h"

namespace crossfold {
namespace {

using testing::candidate;
using testing::even_result;
using ::testing::IsEmpty;
using testing::record_all;
using testing::small_study;

constexpr ReportOptions kCorrected{.corrected = CorrectedErrors::shown, .fits = FitRows::left_out};

/// The scores of comparison_cases.json (made with scipy) as task AUC of one run.
class CorrectedScores : public ::testing::Test {
 protected:
  CorrectedScores() {
    std::ifstream(std::string(CROSSFOLD_TEST_DATA) + "/comparison_cases.json") >> cases_;
    Job job = small_study().job;
    job.splits.folds = 5;
    job.experiments[0].candidates.clear();
    for (const char* name : {"baseline", "near", "far", "same"})
      job.experiments[0].candidates.push_back(candidate(name, CandidateKind::baseline));
    records_ = testing::empty_run(job, small_study().samples);
    record_all(records_, [&](const Fit& fit) {
      FitResult result = even_result(records_, fit, 0.5);
      result.held_out.auc = score(fit);
      result.n_train = cases_["n_train"];
      result.n_test = cases_["n_test"];
      return result;
    });
  }
  [[nodiscard]] double score(const Fit& fit) const {
    const std::string& name = records_.job.experiments[0].candidates[fit.candidate].name;
    return cases_["scores"][name][fit.seed.value * 5 + fit.fold.value];
  }

  nlohmann::json cases_;
  RunRecords records_;
};

std::vector<Comparison> of_column(const Report& report, const std::string& name) {
  std::vector<Comparison> found;
  for (const Comparison& comparison : report.tables.at(0).comparisons)
    if (report.tables[0].columns[comparison.column].name == name) found.push_back(comparison);
  return found;
}

TEST_F(CorrectedScores, HaveTheErrorAndIntervalThatScipyGives) {
  const Report report = build_report(records_);
  for (const ReportRow& row : report.tables[0].rows) {
    const ScoreCell& auc = row.cells[0];
    const nlohmann::json& expected = cases_["rows"][row.candidate];
    EXPECT_NEAR(*auc.summary.mean, expected["mean"], 1e-14) << row.candidate;
    EXPECT_NEAR(*auc.summary.sd, expected["sd"], 1e-14) << row.candidate;
    EXPECT_NEAR(*auc.standard_error, expected["se"], 1e-14) << row.candidate;
    EXPECT_NEAR(auc.interval->low, expected["low"], 1e-10) << row.candidate;
    EXPECT_NEAR(auc.interval->high, expected["high"], 1e-10) << row.candidate;
  }
}

TEST_F(CorrectedScores, GiveThePairedTestsThatScipyGives) {
  const std::vector<Comparison> found = of_column(build_report(records_, kCorrected), "task_auc");
  ASSERT_EQ(found.size(), 3);
  for (const Comparison& of : found) {
    const nlohmann::json& expected = cases_["tests"][of.candidate];
    EXPECT_EQ(of.reference, "baseline");
    EXPECT_EQ(of.test->n, 10);
    EXPECT_NEAR(of.test->mean_difference, expected["difference"], 1e-14) << of.candidate;
    EXPECT_NEAR(of.test->standard_error, expected["se"], 1e-14) << of.candidate;
    EXPECT_NEAR(of.test->t, expected["t"], 1e-10) << of.candidate;
    EXPECT_NEAR(of.test->p, expected["p"], 1e-12) << of.candidate;
    EXPECT_NEAR(*of.p_holm, expected["p_holm"], 1e-12) << of.candidate;
  }
}

/// The second set's scores are the first one's, higher by a tenth: the differences are the same.
TEST_F(CorrectedScores, CompareWithinAnEmbeddingSet) {
  RunRecords two = testing::empty_run(
      [&] {
        Job job = records_.job;
        job.embeddings = {"texture/raw", "texture/equalized"};
        return job;
      }(),
      small_study().samples);
  record_all(two, [&](const Fit& fit) {
    FitResult result = even_result(two, fit, 0.5);
    result.held_out.auc = score(fit) - (fit.embedding == 0 ? 0.1 : 0);
    result.n_train = cases_["n_train"];
    result.n_test = cases_["n_test"];
    return result;
  });
  const std::vector<Comparison> found = of_column(build_report(two, kCorrected), "task_auc");
  ASSERT_EQ(found.size(), 6);
  for (const Comparison& of : found) {
    const nlohmann::json& expected = cases_["tests"][of.candidate];
    EXPECT_NEAR(of.test->mean_difference, expected["difference"], 1e-14) << of.candidate;
    EXPECT_NEAR(of.test->t, expected["t"], 1e-9) << of.candidate;
  }
}

TEST_F(CorrectedScores, AreNotComparedOutOfSample) {
  EXPECT_THAT(of_column(build_report(records_, kCorrected), "oos_auc"), IsEmpty());
}

TEST_F(CorrectedScores, AreComparedOnRequestOnly) {
  EXPECT_THAT(build_report(records_).tables[0].comparisons, IsEmpty());
}

TEST_F(CorrectedScores, PairOnlySplitsThatBothCandidatesHaveDone) {
  records_.results.erase(testing::fit_at(records_, 0, 1, 0, 2).id);  // near
  testing::result_at(records_, 0, 0, 1, 1).error = "out of memory";  // baseline
  const std::vector<Comparison> found = of_column(build_report(records_, kCorrected), "task_auc");
  EXPECT_EQ(found[0].test->n, 8);
  EXPECT_EQ(found[1].test->n, 9);
}

TEST_F(CorrectedScores, WithoutPairsHaveNoTestAndLeaveTheOthersAdjustment) {
  for (std::uint32_t seed = 0; seed < 2; ++seed)
    for (std::uint32_t fold = 0; fold < 5; ++fold)
      records_.results.erase(testing::fit_at(records_, 0, 1, seed, fold).id);
  const std::vector<Comparison> found = of_column(build_report(records_, kCorrected), "task_auc");
  EXPECT_FALSE(found[0].test.has_value());
  EXPECT_FALSE(found[0].p_holm.has_value());
  EXPECT_DOUBLE_EQ(*found[1].p_holm, 2 * found[1].test->p);
}

}  // namespace
}  // namespace crossfold
