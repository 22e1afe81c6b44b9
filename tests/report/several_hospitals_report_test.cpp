// What a report makes of named sets, of several training sets and of levels that are left out.

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
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

/// A score of one fit.
ScoreCell cell_of(double mean, double median) {
  ScoreCell cell;
  cell.summary = {.n = 1, .undefined = 0, .mean = mean, .sd = {}, .median = median};
  cell.fits = {.expected = 1, .done = 1, .failed = 0, .missing = 0};
  return cell;
}

/// A number of its own for each place: exact in four digits.
double numbered(std::size_t place) { return 0.0001 * static_cast<double>(place); }
std::string numbered_text(std::size_t place) { return fmt::format("{:.4f}", numbered(place)); }

constexpr std::array kMeasures{Measure::sensitivity,
                               Measure::specificity,
                               Measure::f1,
                               Measure::accuracy,
                               Measure::acc,
                               Measure::auc,
                               Measure::balanced_accuracy,
                               Measure::diagnostic_odds_ratio};

/// Where a score of a matrix stands among all: 3 sets of 8 measures a row.
std::size_t place_of(std::size_t part, std::size_t row, std::size_t set, Measure measure) {
  const auto at = std::find(kMeasures.begin(), kMeasures.end(), measure) - kMeasures.begin();
  return 1 + ((part * 5 + row) * 3 + set) * kMeasures.size() + static_cast<std::size_t>(at);
}

/// The rows of two embedding sets and two candidates, and one that the second part alone has.
const std::vector<std::pair<std::string, std::string>> kRows{
    {"z", "one"}, {"z", "two"}, {"y", "one"}, {"y", "two"}, {"y", "three"}};

/// Trained on A, and on B; all three sets are scored. All numbers differ.
Report matrix_report(const std::vector<std::string>& levels) {
  Experiment experiment;
  experiment.evaluate_sets = {"A", "B", "C"};
  Report report;
  for (std::size_t part = 0; part < 2; ++part) {
    ReportTable& table = report.tables.emplace_back();
    table.matrix = "m";
    table.train = part == 0 ? "A" : "B";
    table.experiment = "m[train=" + table.train + "]";
    table.levels = levels;
    table.scheme = SplitScheme::hold_out;
    table.sets = {
        {.name = "A", .all = {10, 8}}, {.name = "B", .all = {1, 1}}, {.name = "C", .all = {3, 2}}};
    table.columns = columns_of(experiment, levels.size(), table.scheme);
    const std::size_t rows = part == 0 ? 4 : 5;
    for (std::size_t row = 0; row < rows; ++row) {
      ReportRow& made = table.rows.emplace_back();
      std::tie(made.embedding, made.candidate) = kRows[row];
      for (const ReportColumn& column : table.columns) {
        const double value = numbered(place_of(part, row, column.set, column.measure));
        const bool median = column.measure == Measure::diagnostic_odds_ratio;
        made.cells.push_back(column.scored_on == ScoredOn::set
                                 ? cell_of(median ? 9 : value, median ? value : 9)
                                 : cell_of(8, 8));
      }
    }
  }
  return report;
}

/// What the rows of a matrix begin with, in their order, and where their numbers stand.
template <class Add>
std::vector<std::vector<std::string>> matrix_rows(const Add& add) {
  std::vector<std::vector<std::string>> rows;
  for (std::size_t row = 0; row < kRows.size(); ++row)
    for (std::size_t part = row < 4 ? 0 : 1; part < 2; ++part)
      add(rows, part, row,
          std::vector<std::string>{kRows[row].first, kRows[row].second, part == 0 ? "A" : "B"});
  return rows;
}

/// Under each heading the score of that name, on the row's set by models of the row's training set.
TEST(MatrixTables, HaveEachNumberInItsPlace) {
  struct Case {
    std::vector<std::string> levels;
    std::vector<std::string> headings;
    std::vector<Measure> measures;
    const char* caption;
  };
  const std::string sets =
      "Every set is scored on its part that a seed holds out of training, the same patients for "
      "every training set. A 10 images of 8 patients, B 1 image of 1 patient, C 3 images of 2 "
      "patients";
  const std::vector<Case> cases{
      {{"normal", "covid19"},
       {"sensitivity", "specificity", "F1", "accuracy", "BA", "AUC", "DOR (median)"},
       {Measure::sensitivity, Measure::specificity, Measure::f1, Measure::accuracy,
        Measure::balanced_accuracy, Measure::auc, Measure::diagnostic_odds_ratio},
       "; positive: covid19, at threshold 0.5"},
      {{"normal", "pneumonia", "covid19"},
       {"AUC", "ACC", "accuracy"},
       {Measure::auc, Measure::acc, Measure::accuracy},
       ""}};
  for (const Case& of : cases) {
    const Report report = matrix_report(of.levels);
    const PrintedTable found = matrix_table(report, "m", {.digits = 4});
    EXPECT_EQ(found.caption, sets + of.caption);
    std::vector<std::string> headings;
    for (const PrintedColumn& column : found.columns) headings.push_back(column.header);
    std::vector<std::string> expected{"embedding", "candidate", "trained on", "scored on"};
    expected.insert(expected.end(), of.headings.begin(), of.headings.end());
    EXPECT_EQ(headings, expected);
    EXPECT_EQ(found.rows, matrix_rows([&](auto& rows, std::size_t part, std::size_t row,
                                          const std::vector<std::string>& head) {
                for (std::size_t set = 0; set < 3; ++set) {
                  rows.push_back(head);
                  rows.back().push_back(std::string(1, static_cast<char>('A' + set)));
                  for (const Measure measure : of.measures)
                    rows.back().push_back(numbered_text(place_of(part, row, set, measure)));
                }
              }));
  }
}

TEST(MatrixTables, HaveAColumnOfAucsForEachSet) {
  const PrintedTable found =
      matrix_auc_table(matrix_report({"normal", "covid19"}), "m", {.digits = 4});
  std::vector<std::string> headings;
  for (const PrintedColumn& column : found.columns) headings.push_back(column.header);
  EXPECT_THAT(headings, ElementsAre("embedding", "candidate", "trained on", "A", "B", "C"));
  EXPECT_EQ(found.rows, matrix_rows([](auto& rows, std::size_t part, std::size_t row,
                                       const std::vector<std::string>& head) {
              rows.push_back(head);
              for (std::size_t set = 0; set < 3; ++set)
                rows.back().push_back(numbered_text(place_of(part, row, set, Measure::auc)));
            }));
}

/// Of two experiments with several training sets each has its own parts, wherever they stand.
TEST(MatrixTables, OfEachMatrixAreThoseOfItAlone) {
  const Report of_m = matrix_report({"normal", "covid19"});
  const Report of_n = [] {
    Report made = matrix_report({"normal", "pneumonia", "covid19"});
    for (ReportTable& table : made.tables) {
      table.matrix = "n";
      for (ReportRow& row : table.rows)
        for (ScoreCell& cell : row.cells) *cell.summary.mean += 0.5;
    }
    return made;
  }();
  for (const bool m_is_first : {true, false}) {
    const Report& first = m_is_first ? of_m : of_n;
    const Report& second = m_is_first ? of_n : of_m;
    Report both;
    for (std::size_t part = 0; part < 2; ++part)
      for (const Report* of : {&first, &second}) both.tables.push_back(of->tables[part]);
    EXPECT_EQ(matrices_of(both), m_is_first ? (std::vector<std::string>{"m", "n"})
                                            : (std::vector<std::string>{"n", "m"}));
    for (const auto& [name, alone] : {std::pair{"m", &of_m}, std::pair{"n", &of_n}})
      for (const auto table : {&matrix_table, &matrix_auc_table}) {
        const PrintedTable found = table(both, name, {.digits = 4});
        const PrintedTable expected = table(*alone, name, {.digits = 4});
        EXPECT_EQ(found.key, expected.key);
        EXPECT_EQ(found.caption, expected.caption);
        EXPECT_EQ(found.columns.size(), expected.columns.size());
        EXPECT_EQ(found.rows, expected.rows);
      }
  }
}

/// Other programs find the parts of a matrix by its name, each with its training set.
TEST(MatrixTables, AreInJsonByTheirParts) {
  const Report report = matrix_report({"normal", "covid19"});
  const json tables = json::parse(render_json(report)).at("tables");
  ASSERT_EQ(tables.size(), 2U);
  for (std::size_t part = 0; part < 2; ++part) {
    const json& made = tables.at(part);
    EXPECT_EQ(made.at("matrix"), "m");
    EXPECT_EQ(made.at("train"), part == 0 ? "A" : "B");
    EXPECT_EQ(made.at("scheme"), "hold-out");
    EXPECT_FALSE(made.contains("left_out_by"));
    ASSERT_EQ(made.at("rows").size(), 4 + part);
    for (std::size_t row = 0; row < 4 + part; ++row)
      for (std::size_t set = 0; set < 3; ++set) {
        const std::string name = std::string(1, static_cast<char>('A' + set)) + "_f1";
        EXPECT_EQ(made.at("rows").at(row).at("scores").at(name).at("mean"),
                  numbered(place_of(part, row, set, Measure::f1)));
      }
  }
}

/// Four rows of three turns, scored on what is left out, out of sample, on a set, and probed.
ReportTable table_of_turns() {
  ReportTable table;
  table.experiment = "task";
  table.scheme = SplitScheme::leave_out;
  table.left_out_by = "site";
  table.seeds = 3;
  table.levels = {"normal", "covid19"};
  table.probe = Label::domain;
  table.probe_levels = {"x", "y", "z"};
  table.sets = {{.name = "north", .all = {10, 8}}, {.name = "south", .all = {1, 1}}};
  table.columns = columns_of(with_everything(), 2, table.scheme);
  const std::size_t columns = table.columns.size();
  for (std::size_t row = 0; row < 4; ++row) {
    ReportRow& made = table.rows.emplace_back();
    std::tie(made.embedding, made.candidate) = kRows[row];
    made.cells.assign(columns, cell_of(8, 8));
    for (std::size_t turn = 0; turn < 3; ++turn) {
      TurnRow& of = made.turns.emplace_back();
      of.left_out = std::string(1, static_cast<char>('a' + turn));
      for (std::size_t c = 0; c < columns; ++c)
        of.cells.push_back(cell_of(numbered((row * 3 + turn) * columns + c), 7));
    }
  }
  return table;
}

TEST(TurnTable, HasTheMainScoresOfEachTurnBelowTheirHeadings) {
  ReportTable table = table_of_turns();
  const PrintedTable found = turn_table(table, {.digits = 4});
  EXPECT_EQ(found.title, "task: by the site that is left out of training");
  EXPECT_EQ(found.caption, "3 fits per row; what is left out is scored");
  std::vector<std::string> headings{"embedding", "candidate", "left out"};
  std::vector<std::vector<std::string>> rows;
  for (std::size_t row = 0; row < 4; ++row)
    for (std::size_t turn = 0; turn < 3; ++turn)
      rows.push_back(
          {kRows[row].first, kRows[row].second, std::string(1, static_cast<char>('a' + turn))});
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].place != ColumnPlace::main) continue;
    headings.push_back(table.columns[c].label);
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i].push_back(numbered_text(i * table.columns.size() + c));
  }
  std::vector<std::string> found_headings;
  for (const PrintedColumn& column : found.columns) found_headings.push_back(column.header);
  EXPECT_EQ(found_headings, headings);
  EXPECT_EQ(found.rows, rows);
  table.seeds = 1;
  EXPECT_EQ(turn_table(table, {}).caption, "1 fit per row; what is left out is scored");
}

/// All scores, the minor ones too, with no error that does not hold.
TEST(TurnTable, IsInCsvAndJsonAsWell) {
  Report report;
  report.tables = {table_of_turns()};
  const ReportTable& table = report.tables[0];
  const CsvTable csv = parse_csv(render_csv(report), "report.csv");
  const auto column = [&](const char* name) { return csv.find_column(name).value(); };
  std::map<std::vector<std::string>, std::string> found;
  for (const std::vector<std::string>& line : csv.rows) {
    if (!line[column("role")].starts_with("without ")) continue;
    EXPECT_EQ(line[column("se_corrected")], "");
    EXPECT_TRUE(
        found
            .emplace(std::vector<std::string>{line[column("embedding")], line[column("candidate")],
                                              line[column("role")], line[column("score")]},
                     line[column("mean")])
            .second);
  }
  const json made = json::parse(render_json(report)).at("tables").at(0);
  EXPECT_EQ(made.at("scheme"), "leave-out");
  EXPECT_EQ(made.at("left_out_by"), "site");
  EXPECT_FALSE(made.contains("train") || made.contains("matrix"));
  EXPECT_EQ(made.at("seeds"), 3);
  EXPECT_EQ(made.at("probe_levels"), json({"x", "y", "z"}));
  EXPECT_EQ(made.at("sets"), json::parse(R"([{"name": "north", "images": 10, "patients": 8},
                                             {"name": "south", "images": 1, "patients": 1}])"));
  const std::size_t columns = table.columns.size();
  EXPECT_EQ(found.size(), 4 * 3 * columns);
  for (std::size_t i = 0; i < 4 * 3 * columns; ++i) {
    const std::size_t row = i / columns / 3, turn = i / columns % 3;
    const std::string& name = table.columns[i % columns].name;
    const std::string left_out = table.rows[row].turns[turn].left_out;
    const std::vector<std::string> place{kRows[row].first, kRows[row].second, "without " + left_out,
                                         name};
    EXPECT_EQ(std::stod(found.at(place)), numbered(i)) << name;
    const json& of = made.at("rows").at(row).at("turns").at(turn);
    EXPECT_EQ(of.at("left_out"), left_out);
    EXPECT_EQ(of.at("scores").at(name).at("mean"), numbered(i)) << name;
    EXPECT_FALSE(of.at("scores").at(name).contains("se_corrected")) << name;
  }
}

}  // namespace
}  // namespace crossfold
