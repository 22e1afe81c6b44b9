#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"

#include "layout.h"
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

/// The scores of one embedding set, and on a second one the same less a constant, but for one
/// candidate's, which are the first one's there: the differences and their tests are the same, and
/// that candidate has none.
class CorrectedScoresOfTwoSets : public CorrectedScores {
 protected:
  CorrectedScoresOfTwoSets() {
    Job job = records_.job;
    job.embeddings = {"texture/raw", "texture/equalized"};
    two_ = testing::empty_run(job, small_study().samples);
    record_all(two_, [&](const Fit& fit) {
      Fit of = fit;
      if (fit.embedding == 1 && fit.candidate == 2) of.candidate = 0;  // far
      FitResult result = even_result(two_, fit, 0.5);
      result.held_out.auc = score(of) - (fit.embedding == 0 ? 0.1 : 0);
      result.n_train = cases_["n_train"];
      result.n_test = cases_["n_test"];
      return result;
    });
  }
  RunRecords two_;
};

TEST_F(CorrectedScoresOfTwoSets, CompareWithinAnEmbeddingSet) {
  const std::vector<Comparison> found = of_column(build_report(two_, kCorrected), "task_auc");
  ASSERT_EQ(found.size(), 6);
  for (std::size_t i = 0; i < 6; ++i) {
    const Comparison& of = found[i];
    EXPECT_EQ(of.embedding, i < 3 ? "texture/raw" : "texture/equalized");
    EXPECT_EQ(of.reference, "baseline");
    const bool is_same = i >= 3 && of.candidate == "far";
    const nlohmann::json& expected = cases_["tests"][of.candidate];
    EXPECT_NEAR(of.test->mean_difference, is_same ? 0 : expected["difference"].get<double>(), 1e-14)
        << of.candidate;
    EXPECT_NEAR(of.test->t, is_same ? 0 : expected["t"].get<double>(), 1e-9) << of.candidate;
    EXPECT_NEAR(of.test->p, is_same ? 1 : expected["p"].get<double>(), 1e-11) << of.candidate;
  }
}

/// A family is the candidates of one embedding set: the others' tests do not enter.
TEST_F(CorrectedScoresOfTwoSets, AreAdjustedWithinAnEmbeddingSet) {
  const std::vector<Comparison> found = of_column(build_report(two_, kCorrected), "task_auc");
  ASSERT_EQ(found.size(), 6);
  for (const std::size_t first : {0U, 3U}) {
    std::vector<double> p_values;
    for (std::size_t i = first; i < first + 3; ++i) p_values.push_back(found[i].test->p);
    const std::vector<double> adjusted = stats::holm_adjust(p_values);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_DOUBLE_EQ(found[first + i].p_holm.value(), adjusted[i]) << found[first + i].candidate;
  }
}

/// In CSV, JSON and the tables each test stands with its own embedding set, candidate and score.
TEST_F(CorrectedScoresOfTwoSets, StandInTheirPlacesInEveryFormat) {
  for (auto& [id, result] : two_.results) result.probe->auc = 1 - 0.5 * *result.held_out.auc;
  const Report report = build_report(two_, kCorrected);
  const ReportTable& table = report.tables.at(0);
  std::map<std::vector<std::string>, const Comparison*> expected;
  for (const Comparison& of : table.comparisons)
    EXPECT_TRUE(expected
                    .emplace(std::vector<std::string>{of.embedding, of.candidate,
                                                      table.columns[of.column].name},
                             &of)
                    .second);
  const CsvTable csv = parse_csv(render_csv(report), "report.csv");
  const auto at = [&](const std::vector<std::string>& line, const char* name) {
    return line[csv.find_column(name).value()];
  };
  std::size_t lines = 0;
  for (const std::vector<std::string>& line : csv.rows) {
    if (at(line, "against").empty()) continue;
    ++lines;
    const Comparison& of =
        *expected.at({at(line, "embedding"), at(line, "candidate"), at(line, "score")});
    EXPECT_EQ(at(line, "against"), "baseline");
    EXPECT_EQ(at(line, "pairs"), "10");
    EXPECT_EQ(std::stod(at(line, "difference")), of.test->mean_difference);
    EXPECT_EQ(std::stod(at(line, "t")), of.test->t);
    EXPECT_EQ(std::stod(at(line, "p")), of.test->p);
    EXPECT_EQ(std::stod(at(line, "p_holm")), of.p_holm.value());
  }
  EXPECT_EQ(lines, expected.size());
  const nlohmann::json json = nlohmann::json::parse(render_json(report))["tables"][0];
  EXPECT_EQ(json.at("comparisons").size(), expected.size());
  for (const nlohmann::json& one : json.at("comparisons")) {
    const Comparison& of =
        *expected.at({one.at("embedding").get<std::string>(),
                      one.at("candidate").get<std::string>(), one.at("score").get<std::string>()});
    EXPECT_EQ(one.at("against"), "baseline");
    EXPECT_EQ(one.at("n"), 10);
    EXPECT_EQ(one.at("difference"), of.test->mean_difference);
    EXPECT_EQ(one.at("se_corrected"), of.test->standard_error);
    EXPECT_EQ(one.at("t"), of.test->t);
    EXPECT_EQ(one.at("p"), of.test->p);
    EXPECT_EQ(one.at("p_holm"), of.p_holm.value());
  }
}

/// A table of the report for people, by its key.
PrintedTable printed(const Report& report, const std::string& key) {
  for (const PrintedTable& one : lay_out(report, {}, {}).tables)
    if (one.key == key) return one;
  ADD_FAILURE() << "no table " << key;
  return {};
}

/// Without the sign of a zero, as tables have numbers.
std::string digits_of(double value) {
  const std::string text = fmt::format("{:.3f}", value);
  return text == "-0.000" ? "0.000" : text;
}

/// The tests of all embedding sets and candidates, and the errors of all rows, also of one that
/// lacks a fit.
TEST_F(CorrectedScoresOfTwoSets, HaveARowEachInTheTables) {
  for (const Fit& fit : two_.plan.fits)
    if (fit.embedding == 1 && fit.candidate == 1 && fit.seed.value == 1 && fit.fold.value == 3)
      two_.results.erase(fit.id);
  const Report report = build_report(two_, kCorrected);
  const ReportTable& table = report.tables.at(0);
  const auto p_text = [](double p) { return p < 0.001 ? "<0.001" : fmt::format("{:.3f}", p); };
  std::vector<std::vector<std::string>> tests;
  for (const Comparison& of : table.comparisons) {
    const ReportColumn& column = table.columns[of.column];
    if (column.place != ColumnPlace::main) continue;
    const bool lacks_one = of.embedding == "texture/equalized" && of.candidate == "near";
    EXPECT_EQ(of.test->n, lacks_one ? 9U : 10U);
    tests.push_back({of.embedding, of.candidate, "baseline", column.label,
                     lacks_one ? "9/10" : "10", digits_of(of.test->mean_difference),
                     fmt::format("{:.2f}", of.test->t), p_text(of.test->p), p_text(*of.p_holm)});
  }
  EXPECT_EQ(tests.size(), 2U * 3 * 3) << "of the pool's three main scores";
  EXPECT_EQ(printed(report, "table3-comparisons").rows, tests);

  std::vector<std::vector<std::string>> errors;
  for (const ReportRow& row : table.rows)
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const ReportColumn& column = table.columns[c];
      if (column.place != ColumnPlace::main || column.scored_on == ScoredOn::oos) continue;
      const ScoreCell& cell = row.cells[c];
      const bool lacks_one = row.embedding == "texture/equalized" && row.candidate == "near";
      errors.push_back({row.embedding, row.candidate, column.label, lacks_one ? "9/10" : "10",
                        digits_of(*cell.summary.mean), digits_of(*cell.summary.sd),
                        digits_of(*cell.standard_error),
                        digits_of(cell.interval->low) + " to " + digits_of(cell.interval->high)});
    }
  const PrintedTable found = printed(report, "table3-errors");
  EXPECT_EQ(found.rows, errors);
  EXPECT_THAT(found.footnotes,
              ::testing::ElementsAre("no corrected error for oos AUC, oos ACC: every fit is scored "
                                     "on the same out-of-sample set, so the correction does not "
                                     "hold"));
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

/// sqrt((1/n + share) s^2) of the differences, where the share of test to training samples is the
/// mean over the splits that both have done (Nadeau and Bengio 2003).
TEST_F(CorrectedScores, HaveErrorsByTheTestShareOfTheSplitsThatArePaired) {
  for (const Fit& fit : records_.plan.fits) {
    FitResult& result = records_.results.at(fit.id);
    result.n_test = 30 + 5 * fit.seed.value + 3 * fit.fold.value;
    result.n_train = 200 - result.n_test;
  }
  records_.results.erase(testing::fit_at(records_, 0, 2, 1, 4).id);  // far
  testing::result_at(records_, 0, 0, 0, 3).error = "out of memory";  // baseline
  const std::vector<Comparison> found = of_column(build_report(records_, kCorrected), "task_auc");
  ASSERT_EQ(found.size(), 3);
  for (std::uint32_t candidate = 1; candidate < 4; ++candidate) {
    double n = 0, sum = 0, squares = 0, share = 0;
    for (std::uint32_t seed = 0; seed < 2; ++seed)
      for (std::uint32_t fold = 0; fold < 5; ++fold) {
        if (seed == 0 && fold == 3) continue;
        if (candidate == 2 && seed == 1 && fold == 4) continue;
        const Fit& fit = testing::fit_at(records_, 0, candidate, seed, fold);
        const double difference = score(fit) - score(testing::fit_at(records_, 0, 0, seed, fold));
        const double tested = 30.0 + 5.0 * seed + 3.0 * fold;
        n += 1;
        sum += difference;
        squares += difference * difference;
        share += tested / (200 - tested);
      }
    const double variance = (squares - sum * sum / n) / (n - 1);
    const stats::PairedTest& test = found[candidate - 1].test.value();
    EXPECT_EQ(static_cast<double>(test.n), n);
    EXPECT_NEAR(test.standard_error, std::sqrt((1 / n + share / n) * variance), 1e-12)
        << found[candidate - 1].candidate;
  }
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
