// Sweeps for other programs: each number under its key, of each embedding set and experiment.

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/report/render.h"

#include "report/sweep_reports.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::first_sweep;
using testing::second_sweep;
using testing::stepped;
using testing::table_of;
using Row = std::vector<std::string>;

json summary_json(double mean) { return {{"mean", mean}, {"sd", 0.0625}, {"n", 4}}; }

/// What JSON has of a choice() but for what is left out of some.
json choice_json(const json& rule, const json& candidate, double base, int fits) {
  return {{"rule", rule},
          {"candidate", candidate},
          {"peeks", false},
          {"criterion", stepped(base, 0)},
          {"in_pool", summary_json(stepped(base, 1))},
          {"honest",
           {{"kind", "held-out-fold"},
            {"mean", stepped(base, 2)},
            {"low", stepped(base, 3)},
            {"high", stepped(base, 4)}}},
          {"fits", fits},
          {"source_out_auc", summary_json(stepped(base, 5))},
          {"oos_auc", summary_json(stepped(base, 6))},
          {"oos_acc", summary_json(stepped(base, 7))},
          {"domain_auc", summary_json(stepped(base, 8))}};
}

json honest_json(const char* kind) {
  return {{"kind", kind}, {"mean", "nan"}, {"low", "nan"}, {"high", "nan"}};
}

json drawn_json(const char* name, const json& parameters, double base) {
  return {{"candidate", name},
          {"parameters", parameters},
          {"state", "complete"},
          {"splits", 4},
          {"task_auc", stepped(base, 1)},
          {"task_acc", stepped(base, 2)},
          {"validation_auc", stepped(base, 3)},
          {"oos_auc", stepped(base, 4)},
          {"oos_acc", stepped(base, 5)},
          {"domain_auc", stepped(base, 6)}};
}

/// The sweeps of a report of one experiment as JSON.
json sweeps_in_json(std::vector<SweepReport> sweeps) {
  Report report;
  report.tables = {table_of("task", std::move(sweeps))};
  return json::parse(render_json(report)).at("tables").at(0).at("sweeps");
}

TEST(SweepJson, HasEveryNumberUnderItsKey) {
  const json found = sweeps_in_json({first_sweep(), second_sweep()});
  json validation = choice_json("validation", nullptr, 0.25, 13);
  validation["per_split"] = {{{"candidate", "d2"}, {"splits", 3}},
                             {{"candidate", "d1"}, {"splits", 1}}};
  json source_out = choice_json("source-out", "d2", 0.375, 20);
  source_out["honest"]["kind"] = "bias-corrected-over-sources";
  json oracle = choice_json("oracle", "d3", 0.5, 14);
  oracle["peeks"] = true;
  oracle["honest"] = honest_json("none");
  EXPECT_EQ(found.at(0).at("selection"),
            json({choice_json("held-out", "d1", 0.125, 12), validation, source_out, oracle,
                  choice_json(nullptr, "baseline", 0.625, 5)}));
  json nested = choice_json(nullptr, nullptr, 0.75, 36);
  nested["per_split"] = {{{"candidate", "d3"}, {"splits", 2}},
                         {{"candidate", "d2"}, {"splits", 1}},
                         {{"candidate", "d1"}, {"splits", 1}}};
  EXPECT_EQ(found.at(0).at("nested"), (json{{"folds", 3}, {"choice", nested}}));
  json constrained = choice_json("constrained", "d1", 0.875, 7);
  constrained["honest"] = honest_json("bias-corrected");
  constrained["honest"]["why_not"] = "predictions were not read";
  const json undefined{{"mean", "nan"}, {"sd", "nan"}, {"n", 0}};
  const json nothing{{"rule", "held-out"},
                     {"candidate", nullptr},
                     {"peeks", false},
                     {"no_choice", "no candidate is complete"},
                     {"criterion", "nan"},
                     {"in_pool", undefined},
                     {"honest", honest_json("none")},
                     {"fits", 0},
                     {"oos_auc", undefined},
                     {"oos_acc", undefined},
                     {"domain_auc", undefined}};
  EXPECT_EQ(found.at(1).at("selection"),
            json({nothing, constrained, choice_json(nullptr, "baseline", 0.0625, 6)}));
  EXPECT_FALSE(found.at(1).contains("nested"));

  json gone = drawn_json("d3", {{"lambda.from", 0.5}}, 0.375);
  gone["state"] = "given-up";
  gone["source_out_auc"] = 0.75;
  json soon_gone = drawn_json("d4", {{"kind", "c"}}, 0.5);
  soon_gone["state"] = "given-up";
  soon_gone["splits"] = 2;
  EXPECT_EQ(found.at(0).at("swept"),
            json({drawn_json("d1", {{"lambda.from", 1}}, 0.125),
                  drawn_json("d2", {{"lambda.from", 3}, {"kind", "a,b"}}, 0.25), gone, soon_gone}));
  EXPECT_EQ(found.at(0).at("pareto"), json({{{"candidate", "d1"},
                                             {"task_auc", stepped(0.125, 1)},
                                             {"domain_auc", stepped(0.125, 6)},
                                             {"share", 0.5}},
                                            {{"candidate", "d2"},
                                             {"task_auc", stepped(0.25, 1)},
                                             {"domain_auc", stepped(0.25, 6)},
                                             {"share", 0.8125}}}));
  const auto importance = [](const char* key, int candidates, int top, const json& variance,
                             const json& share) {
    return json{{"parameter", key},
                {"candidates", candidates},
                {"top", top},
                {"variance", variance},
                {"share", share}};
  };
  EXPECT_EQ(found.at(0).at("importance"),
            json({importance("lambda.from", 4, 2, 0.25, 0.25), importance("kind", 3, 1, 0.5, 0.75),
                  importance("width", 1, 0, "nan", "nan")}));
  EXPECT_EQ(found.at(0).at("importance_splits"), 2);
  EXPECT_EQ(found.at(1).at("importance_splits"), 3);
  EXPECT_EQ(found.at(1).at("embedding"), "z/eq");
  EXPECT_EQ(found.at(0).at("candidates"), 4);
}

TEST(SweepJson, HasTheStagesOfRacesAndSearches) {
  SweepReport searched = second_sweep();
  searched.search = testing::search();
  const json found = sweeps_in_json({first_sweep(), searched});
  EXPECT_EQ(found.at(0).at("race"), json::parse(R"({
    "by": "task_auc", "risk": 0.0625, "candidates": 4, "all_splits": 10, "over": false,
    "fits_of_all": 120, "fits_trained": 30,
    "stages": [{"splits": 2, "living": 4, "leader": "", "fits": 8},
               {"splits": 5, "living": 3, "leader": "d1", "fits": 17},
               {"splits": 9, "living": 2, "leader": "d2", "fits": 27}],
    "given_up": [{"candidate": "d4", "reason": "worse", "rung": 2, "n": 2, "mean": 0.5},
                 {"candidate": "d3", "reason": "futile", "rung": 5, "n": 5, "mean": 0.625}]})"));
  EXPECT_EQ(found.at(1).at("race"), json::parse(R"({
    "by": "task_acc", "risk": "greedy", "candidates": 2, "all_splits": 12, "over": true,
    "fits_of_all": 80, "fits_trained": 60,
    "stages": [{"splits": 3, "living": 2, "leader": "", "fits": 6},
               {"splits": 12, "living": 1, "leader": "d1", "fits": 60}],
    "given_up": [{"candidate": "d5", "reason": "worse", "rung": 3, "n": 3, "mean": "nan"}]})"));
  EXPECT_FALSE(found.at(0).contains("search"));
  EXPECT_EQ(found.at(1).at("search"), json::parse(R"({
    "by": "task_acc", "candidates": 8, "of": 10, "over": false, "best": "",
    "generations": [{"drawn": 3, "candidates": 3, "leader": "", "fits": 24},
                    {"drawn": 5, "candidates": 8, "leader": "g2", "fits": 48}]})"));
}

/// A column for each parameter of any sweep, and a line for each candidate of each.
TEST(RenderCandidates, HasTheCandidatesOfAllSweepsBelowOneHeader) {
  Report report;
  report.tables = {table_of("task", {first_sweep(), second_sweep()}),
                   table_of("other", {second_sweep()})};
  const CsvTable table = parse_csv(render_candidates(report), "candidates.csv");
  EXPECT_THAT(table.columns,
              ElementsAre("experiment", "embedding", "candidate", "state", "splits", "lambda.from",
                          "kind", "width", "task_auc", "task_acc", "validation_auc", "oos_auc",
                          "oos_acc", "domain_auc", "source_out_auc", "chosen_by", "front_share"));
  const auto line = [](Row head, double base, const Row& tail) {
    for (int step = 1; step <= 6; ++step) head.push_back(fmt::format("{}", stepped(base, step)));
    head.insert(head.end(), tail.begin(), tail.end());
    return head;
  };
  std::vector<Row> expected{
      line({"task", "z/raw", "d1", "complete", "4", "1", "", ""}, 0.125,
           {"nan", "held-out;validation:1;nested:1", "0.5"}),
      line({"task", "z/raw", "d2", "complete", "4", "3", "a,b", ""}, 0.25,
           {"nan", "validation:3;source-out;nested:1", "0.8125"}),
      line({"task", "z/raw", "d3", "given-up", "4", "0.5", "", ""}, 0.375,
           {"0.75", "oracle;nested:2", ""}),
      line({"task", "z/raw", "d4", "given-up", "2", "", "c", ""}, 0.5, {"nan", "", ""})};
  for (const char* experiment : {"task", "other"}) {
    expected.push_back(line({experiment, "z/eq", "d1", "complete", "4", "", "", "64"}, 0.625,
                            {"nan", "constrained", ""}));
    expected.back()[13] = "nan";  // its domain AUC
    expected.push_back(
        line({experiment, "z/eq", "d5", "incomplete", "4", "", "", "32"}, 0.75, {"nan", "", "1"}));
  }
  EXPECT_EQ(table.rows, expected);
}

}  // namespace
}  // namespace crossfold
