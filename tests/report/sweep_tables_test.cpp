// The tables of sweeps for people: each number below its heading, of each embedding set.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sweep_reports.h"
#include "sweep/sweep_layout.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using testing::first_sweep;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::second_sweep;
using testing::stepped;
using testing::table_of;
using Row = std::vector<std::string>;

/// The table whose key ends so.
PrintedTable printed(const ReportTable& table, const std::string& key) {
  for (const PrintedTable& one : sweep_tables(table, {}))
    if (one.key == table.experiment + "-" + key) return one;
  ADD_FAILURE() << "no table " << key;
  return {};
}

Row headings_of(const PrintedTable& table) {
  Row headings;
  for (const PrintedColumn& column : table.columns) headings.push_back(column.header);
  return headings;
}

std::string three_digits(double value) { return fmt::format("{:.3f}", value); }

/// A row of choices as choice() makes them; `honest_behind`: what its honest score is followed by.
Row choice_row(const std::string& embedding, const std::string& rule, const std::string& chosen,
               double base, const std::string& fits, const std::string& honest_behind = "") {
  return {embedding,
          rule,
          chosen,
          three_digits(stepped(base, 1)),
          fmt::format("{:.3f} ({:.3f} to {:.3f}){}", stepped(base, 2), stepped(base, 3),
                      stepped(base, 4), honest_behind),
          fits,
          three_digits(stepped(base, 5)),
          three_digits(stepped(base, 6)),
          three_digits(stepped(base, 7)),
          three_digits(stepped(base, 8))};
}

TEST(SweepTables, HaveARowForEachChoiceOfEachEmbeddingSet) {
  const PrintedTable found = printed(table_of("task", {first_sweep(), second_sweep()}), "choices");
  EXPECT_THAT(headings_of(found),
              ElementsAre("embedding", "rule", "chosen", "in pool", "honest", "fits",
                          "AUC on left-out sources", "oos AUC", "oos ACC", "domain AUC"));
  Row oracle = choice_row("z/raw", "oracle (PEEKS)", "d3", 0.5, "14");
  oracle[4] = "-";
  Row constrained = choice_row("z/eq", "constrained", "d1", 0.875, "7");
  constrained[4] = "-";
  EXPECT_THAT(
      found.rows,
      ElementsAre(choice_row("z/raw", "held-out", "d1", 0.125, "12"),
                  choice_row("z/raw", "validation", "by split: d2 in 3 splits, 2 candidates in all",
                             0.25, "13"),
                  choice_row("z/raw", "source-out", "d2", 0.375, "20", " over left-out sources"),
                  oracle,
                  choice_row("z/raw", "nested (3 inner folds)",
                             "by split: d3 in 2 splits, 3 candidates in all", 0.75, "36"),
                  choice_row("z/raw", "(not chosen)", "baseline", 0.625, "5"),
                  Row{"z/eq", "held-out", "none: no candidate is complete", "-", "-", "0", "-", "-",
                      "-", "-"},
                  constrained, choice_row("z/eq", "(not chosen)", "baseline", 0.0625, "6")));
  EXPECT_THAT(
      found.footnotes,
      ElementsAre("no honest score for constrained on z/eq: predictions were not read",
                  "no rule, the oracle included, can choose a candidate that the race gave up"));
}

/// A score has its columns where any choice of any embedding set has it.
TEST(SweepTables, HaveTheColumnsOfScoresThatSomeChoiceHas) {
  const std::vector<std::pair<stats::Summary SweepChoice::*, Row>> scores{
      {&SweepChoice::source_out_auc, {"AUC on left-out sources"}},
      {&SweepChoice::oos_auc, {"oos AUC", "oos ACC"}},
      {&SweepChoice::domain_auc, {"domain AUC"}}};
  ReportTable table = table_of("task", {first_sweep(), second_sweep()});
  for (SweepReport& sweep : table.sweeps)
    for (SweepChoice& one : sweep.choices)
      one.source_out_auc = one.oos_auc = one.oos_acc = one.domain_auc = {};
  const Row always = headings_of(printed(table, "choices"));
  EXPECT_EQ(always.back(), "fits");
  for (const auto& [score, headings] : scores)
    for (SweepChoice* one : {&table.sweeps[0].choices[1], &table.sweeps[1].choices.back()}) {
      one->*score = testing::summary(0.5);
      Row expected = always;
      expected.insert(expected.end(), headings.begin(), headings.end());
      EXPECT_EQ(headings_of(printed(table, "choices")), expected);
      one->*score = {};
    }
}

TEST(SweepTables, HaveWhatNestedCrossValidationChoseHowOften) {
  ReportTable table = table_of("task", {first_sweep(), second_sweep()});
  table.sweeps[1].nested = NestedReport{.folds = 2, .choice = {}};
  table.sweeps[1].nested->choice.per_split = {{"d5", 4}};
  EXPECT_THAT(printed(table, "nested").rows,
              ElementsAre(Row{"z/raw", "d3", "2"}, Row{"z/raw", "d2", "1"}, Row{"z/raw", "d1", "1"},
                          Row{"z/eq", "d5", "4"}));
}

TEST(SweepTables, HaveARowForEachRungOfEachRace) {
  const ReportTable table = table_of("task", {first_sweep(), second_sweep()});
  const PrintedTable races = printed(table, "race");
  EXPECT_THAT(headings_of(races), ElementsAre("embedding", "splits", "candidates", "given up",
                                              "fits so far", "best before"));
  EXPECT_THAT(
      races.rows,
      ElementsAre(Row{"z/raw", "2", "4", "0", "8", ""}, Row{"z/raw", "5", "3", "1", "17", "d1"},
                  Row{"z/raw", "9", "2", "1", "27", "d2"}, Row{"z/eq", "3", "2", "0", "6", ""}));
  EXPECT_EQ(races.caption,
            "Candidates that can hardly be the best are trained no further; z/raw: by task_auc, "
            "risk 0.0625, 30 of 120 fits so far (25 %); z/eq: by task_acc, greedy, which "
            "guarantees nothing, 60 of 80 fits (75 %)");
  const PrintedTable gone = printed(table, "given-up");
  EXPECT_THAT(headings_of(gone),
              ElementsAre("embedding", "candidate", "after splits", "n", "mean so far"));
  EXPECT_THAT(gone.rows,
              ElementsAre(Row{"z/raw", "d3", "5", "5", "0.625"},
                          Row{"z/raw", "d4", "2", "2", "0.500"}, Row{"z/eq", "d5", "3", "3", "-"}));
  EXPECT_THAT(gone.footnotes, IsEmpty());
}

/// Of each embedding set twenty are shown: of those given up the last ones.
TEST(SweepTables, ShowTwentyOfEachEmbeddingSetAndCountTheOthers) {
  ReportTable table = table_of("task", {first_sweep(), second_sweep()});
  std::vector<StageRecord>& stages = table.sweeps[0].race->stages;
  for (int i = 0; i < 22; ++i) {
    stages[1].given_up.push_back(
        {.candidate = fmt::format("g{}", i), .reason = "worse", .n = 2, .mean = 0.5});
    table.sweeps[0].swept.push_back(testing::drawn(fmt::format("f{}", i), {}, 0.25));
    table.sweeps[0].swept.back().on_front = true;
    table.sweeps[0].nested->choice.per_split.emplace_back(fmt::format("f{}", i), std::size_t{1});
  }
  const auto rows_on = [](const PrintedTable& of, const std::string& embedding) {
    std::size_t n = 0;
    for (const Row& row : of.rows) n += row.at(0) == embedding ? 1 : 0;
    return n;
  };
  const PrintedTable gone = printed(table, "given-up");
  EXPECT_EQ(rows_on(gone, "z/raw"), 20U);
  EXPECT_EQ(rows_on(gone, "z/eq"), 1U);
  EXPECT_EQ(gone.rows.at(0).at(1), "d3");
  EXPECT_THAT(gone.footnotes,
              ElementsAre("4 more on z/raw (`crossfold export DIR candidates` lists all)"));
  const PrintedTable front = printed(table, "front");
  EXPECT_EQ(rows_on(front, "z/raw"), 20U);
  EXPECT_EQ(rows_on(front, "z/eq"), 1U);
  EXPECT_THAT(front.footnotes, ElementsAre("4 more on z/raw"));
  const PrintedTable nested = printed(table, "nested");
  EXPECT_EQ(rows_on(nested, "z/raw"), 20U);
  EXPECT_THAT(nested.footnotes, ElementsAre("5 more on z/raw"));
}

/// By the task's score, the best first; only those on the front.
TEST(SweepTables, HaveTheFrontOfEachEmbeddingSet) {
  const PrintedTable front = printed(table_of("task", {first_sweep(), second_sweep()}), "front");
  EXPECT_THAT(headings_of(front),
              ElementsAre("embedding", "candidate", "task AUC", "domain AUC", "certain"));
  const auto row = [](const char* embedding, const char* name, double base, const char* certain) {
    return Row{embedding, name, three_digits(stepped(base, 1)), three_digits(stepped(base, 6)),
               certain};
  };
  EXPECT_THAT(front.rows,
              ElementsAre(row("z/raw", "d2", 0.25, "81 %"), row("z/raw", "d1", 0.125, "50 %"),
                          row("z/eq", "d5", 0.75, "100 %")));
}

TEST(SweepTables, HaveWhatMattersMostFirst) {
  const PrintedTable found =
      printed(table_of("task", {first_sweep(), second_sweep()}), "importance");
  EXPECT_THAT(headings_of(found),
              ElementsAre("embedding", "parameter", "candidates", "of the best", "share"));
  EXPECT_THAT(found.rows, ElementsAre(Row{"z/raw", "kind", "3", "1", "75 %"},
                                      Row{"z/raw", "lambda.from", "4", "2", "25 %"},
                                      Row{"z/raw", "width", "1", "0", "-"},
                                      Row{"z/eq", "width", "2", "2", "100 %"}));
}

TEST(SweepTables, HaveARowForEachGeneration) {
  ReportTable table = table_of("task", {first_sweep()});
  table.sweeps[0].search = testing::search();
  PrintedTable found = printed(table, "search");
  EXPECT_THAT(headings_of(found),
              ElementsAre("generation", "drawn", "candidates", "fits so far", "best before"));
  EXPECT_THAT(found.rows,
              ElementsAre(Row{"1", "3", "3", "24", ""}, Row{"2", "5", "8", "48", "g2"}));
  EXPECT_THAT(found.caption,
              HasSubstr(" by the mean task_acc over all splits; 8 of 10 candidates so far"));
  table.sweeps.push_back(table.sweeps[0]);
  table.sweeps[0].search->over = true;
  table.sweeps[0].search->candidates = 10;
  table.sweeps[0].search->best = "g7";
  found = printed(table, "search");
  EXPECT_EQ(found.rows.size(), 2U) << "one search serves all embedding sets";
  EXPECT_THAT(found.caption,
              ::testing::EndsWith(" by the mean task_acc over all splits and embedding sets; 10 of "
                                  "10 candidates; the best is g7"));
}

/// A term is explained where any sweep of any experiment has it.
TEST(SweepLegend, ExplainsTheRulesOfAnySweep) {
  const std::vector<std::string> always{"validation", "held-out, one-se, constrained",
                                        "oracle (PEEKS)", "(not chosen)"};
  const auto terms_with = [&](std::size_t experiment, std::size_t sweep, bool sources,
                              bool nested) {
    Report report;
    for (const char* name : {"one", "two"})
      report.tables.push_back(table_of(name, {second_sweep(), second_sweep()}));
    SweepReport& of = report.tables[experiment].sweeps[sweep];
    if (sources) of.choices.back().rule = SelectionRule::source_out;
    if (nested) of.nested = NestedReport{.folds = 2, .choice = {}};
    std::vector<std::string> terms;
    for (const Explanation& entry : sweep_legend(report)) terms.push_back(entry.term);
    return terms;
  };
  for (const std::size_t experiment : {0U, 1U})
    for (const std::size_t sweep : {0U, 1U})
      for (const bool sources : {false, true})
        for (const bool nested : {false, true}) {
          std::vector<std::string> expected = always;
          if (nested) expected.insert(expected.begin() + 2, "nested");
          if (sources) expected.insert(expected.begin() + 2, "source-out");
          EXPECT_EQ(terms_with(experiment, sweep, sources, nested), expected)
              << "of experiment " << experiment << ", sweep " << sweep;
        }
}

}  // namespace
}  // namespace crossfold
