// What a report makes of named sets, of several training sets and of levels that are left out.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/plan.h"
#include "crossfold/report/render.h"

#include "columns.h"
#include "matrix_layout.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::even_result;
using testing::even_scores;
using ::testing::HasSubstr;
using testing::record_all;

/// Two classes, each number another one.
stats::ScoreSet unlike_scores(double first) {
  stats::ScoreSet scores = even_scores(2, first);
  double next = first;
  for (std::optional<double>* value : {&scores.auc, &scores.acc, &scores.accuracy,
                                       &scores.balanced_accuracy, &scores.diagnostic_odds_ratio})
    *value = next += 0.001;
  for (stats::ClassScores& of : scores.classes)
    for (std::optional<double>* value :
         {&of.auc, &of.sensitivity, &of.specificity, &of.precision, &of.f1})
      *value = next += 0.001;
  return scores;
}

Experiment with_everything() {
  Experiment experiment;
  experiment.evaluate_oos = true;
  experiment.probe = Label::domain;
  experiment.evaluate_sets = {"north", "south"};
  return experiment;
}

TEST(ReportColumns, HaveTheNumberThatTheirNameSays) {
  FitResult result;
  result.held_out = unlike_scores(0.1);
  result.oos = unlike_scores(0.2);
  result.probe = unlike_scores(0.3);
  result.sets = {unlike_scores(0.4), unlike_scores(0.5)};
  std::map<std::string, std::optional<double>> expected;
  for (const auto& [prefix, scores] :
       {std::pair{"task", &result.held_out}, std::pair{"oos", &*result.oos},
        std::pair{"domain", &*result.probe}, std::pair{"north", &result.sets[0]},
        std::pair{"south", &result.sets[1]}}) {
    const std::string of = std::string(prefix) + "_";
    expected[of + "auc"] = scores->auc;
    expected[of + "acc"] = scores->acc;
    expected[of + "accuracy"] = scores->accuracy;
    expected[of + "balanced_accuracy"] = scores->balanced_accuracy;
    expected[of + "dor"] = scores->diagnostic_odds_ratio;
    expected[of + "sensitivity"] = scores->classes[1].sensitivity;
    expected[of + "specificity"] = scores->classes[1].specificity;
    expected[of + "f1"] = scores->classes[1].f1;
  }
  std::set<std::string> names;
  for (const ReportColumn& column : columns_of(with_everything(), 2, SplitScheme::k_fold)) {
    EXPECT_EQ(value_of(result, column), expected.at(column.name)) << column.name;
    EXPECT_TRUE(names.insert(column.name).second) << column.name;
  }
  EXPECT_EQ(names.size(), 2U * 5 + 2 * 8 + 3);  // pool and oos, sets, probe
}

/// The correction is for means over random parts of one pool (Nadeau and Bengio 2003).
TEST(ReportColumns, HaveCorrectedErrorsWhereFoldsOfThePoolAreScored) {
  for (const SplitScheme scheme :
       {SplitScheme::k_fold, SplitScheme::hold_out, SplitScheme::leave_out})
    for (const ReportColumn& column : columns_of(with_everything(), 2, scheme)) {
      const bool on_pool =
          column.scored_on == ScoredOn::held_out || column.scored_on == ScoredOn::probe;
      EXPECT_EQ(column.no_error_reason.empty(),
                on_pool && scheme != SplitScheme::leave_out &&
                    column.measure != Measure::diagnostic_odds_ratio)
          << column.name;
    }
}

/// Three hospitals of two classes; every fit succeeded.
RunRecords records_of(json job) {
  job["name"] = "hospitals";
  job["store"] = "s.h5";
  job["embeddings"] = "made/z";
  job["sets"] = {{"A", {{"domain", "a"}}}, {"B", {{"domain", "b"}}}};
  job["experiments"][0]["name"] = "task";
  job["experiments"][0]["candidates"] = {{{"kind", "linear"}}};
  RunRecords records;
  records.job = parse_job(job.dump(), "job.json");
  std::vector<testing::SampleBlock> blocks;
  for (const char* domain : {"a", "b", "c"})
    for (const char* class_label : {"normal", "covid19"})
      blocks.push_back({class_label, domain, "in", 20, 1});
  records.samples = testing::make_samples(blocks);
  records.plan = make_plan(records.job, records.samples,
                           {{.name = "made/z",
                             .rows = records.samples.size(),
                             .dim = 4,
                             .extractor = "",
                             .extractor_hash = "",
                             .preprocessing = "",
                             .content = sha256("z")}});
  records.classes = {"build 1 on host alpha"};
  record_all(records, [&](const Fit& fit) {
    const double value = 0.6 + 0.1 * fit.fold.value + 0.01 * fit.seed.value;
    FitResult result = even_result(records, fit, value);
    for (std::size_t set = 0; set < records.job.experiments[fit.experiment].evaluate_sets.size();
         ++set)
      result.sets.push_back(even_scores(2, 0.05 + 0.1 * static_cast<double>(set)));
    return result;
  });
  return records;
}

TEST(SeveralHospitalsReport, HasARowForEachTurnOverAllSeeds) {
  const RunRecords records = records_of(
      {{"splits", {{"leave-one-out", "domain"}, {"seeds", 2}}}, {"experiments", {json::object()}}});
  const Report report = build_report(records, {.corrected = CorrectedErrors::shown});
  const ReportTable& table = report.tables.at(0);
  const ReportRow& row = table.rows.at(0);
  ASSERT_EQ(row.turns.size(), 3U);
  for (std::size_t turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(row.turns[turn].left_out, std::string(1, static_cast<char>('a' + turn)));
    EXPECT_EQ(row.turns[turn].cells.at(0).summary.n, 2U);
    EXPECT_NEAR(*row.turns[turn].cells.at(0).summary.mean, 0.605 + 0.1 * static_cast<double>(turn),
                1e-12);
  }
  for (const ScoreCell& cell : row.cells) EXPECT_FALSE(cell.standard_error.has_value());
  for (const ClassRow& of : row.classes)
    for (const ScoreCell& cell : of.cells)
      EXPECT_FALSE(cell.standard_error.has_value()) << of.level;
}

/// The lines of `score` that have bags, by what they are scored on.
std::vector<std::string> roles_with_bags(const Report& report, const std::string& score) {
  const CsvTable table = parse_csv(render_csv(report), "report.csv");
  std::vector<std::string> roles;
  for (const std::vector<std::string>& row : table.rows)
    if (row[*table.find_column("score")] == score && !row[*table.find_column("bags")].empty())
      roles.push_back(row[*table.find_column("role")]);
  return roles;
}

TEST(SeveralHospitalsReport, HasIntervalsInTheLinesOfTheirSets) {
  const auto with_interval = [](Report report, const std::string& set) {
    ReportTable& table = report.tables.at(0);
    table.bags = 100;
    const ReportRow& row = table.rows.at(0);
    table.intervals = {{.embedding = row.embedding,
                        .candidate = row.candidate,
                        .set = set,
                        .scored = {},
                        .fits = 2,
                        .auc = {.mean = 0.5, .interval = stats::BagInterval{}},
                        .acc = {}}};
    return report;
  };
  const Report turns = build_report(
      records_of({{"splits", {{"leave-one-out", "domain"}}}, {"experiments", {json::object()}}}));
  EXPECT_THAT(roles_with_bags(with_interval(turns, "b"), "task_auc"), ElementsAre("without b"));
  const Report sets =
      build_report(records_of({{"splits", {{"scheme", "hold-out"}}},
                               {"experiments", {{{"train", "A"}, {"evaluate", {"A", "B"}}}}}}));
  EXPECT_THAT(roles_with_bags(with_interval(sets, "B"), "B_auc"), ElementsAre("B"));
  EXPECT_THAT(roles_with_bags(with_interval(sets, "B"), "A_auc"), ElementsAre());
}

TEST(SeveralHospitalsReport, NamesWhatIsTrainedOnAndWhatIsScored) {
  const RunRecords records =
      records_of({{"splits", {{"scheme", "hold-out"}, {"seeds", 2}}},
                  {"experiments", {{{"train", {"A", "B"}}, {"evaluate", {"A", "B"}}}}}});
  const Report report = build_report(records);
  ASSERT_THAT(matrices_of(report), ElementsAre("task"));
  std::vector<std::pair<std::string, std::string>> places;
  for (const std::vector<std::string>& row : matrix_table(report, "task", {}).rows)
    places.emplace_back(row.at(2), row.at(3));
  EXPECT_THAT(places, ElementsAre(std::pair("A", "A"), std::pair("A", "B"), std::pair("B", "A"),
                                  std::pair("B", "B")));
  const std::string csv = render_csv(report);
  EXPECT_THAT(csv, HasSubstr(",linear,A,,,A_auc,"));
  EXPECT_THAT(csv, HasSubstr(",linear,B,,,B_auc,"));
}

}  // namespace
}  // namespace crossfold
