// What a report says of fits and scores that are not there: which they are, and how many.

#include "gaps.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/report/report.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

FitPlace place(const std::string& candidate, SplitScheme scheme, std::uint32_t seed,
               std::uint32_t fold, const std::string& source = "") {
  return {.experiment = "task",
          .embedding = "z",
          .candidate = candidate,
          .seed = SeedIndex(seed),
          .fold = FoldIndex(fold),
          .id = {},
          .scheme = scheme,
          .inner = FoldIndex(7),
          .source = source};
}

/// Seeds that miss the same folds are drawn together, the first of them first.
TEST(GapNotes, NameTheSplitsThatARowMisses) {
  using Splits = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // seeds and folds
  const std::vector<std::pair<Splits, std::string>> cases{
      {{{4, 2}}, "1 fit (seed 4 fold 2)"},
      {{{0, 1}, {0, 2}}, "2 fits (seed 0 folds 1 to 2)"},
      {{{0, 1}, {1, 1}}, "2 fits (seeds 0 to 1 fold 1)"},
      {{{0, 0}, {0, 2}, {0, 3}, {0, 4}, {0, 9}}, "5 fits (seed 0 folds 0, 2 to 4, 9)"},
      {{{0, 3}, {1, 0}, {1, 1}, {2, 3}, {4, 0}, {4, 1}},
       "6 fits (seeds 0, 2 fold 3; seeds 1, 4 folds 0 to 1)"}};
  Report report;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string name = "c" + std::to_string(i);
    for (const auto& [seed, fold] : cases[i].first)
      report.missing.push_back(place(name, SplitScheme::k_fold, seed, fold));
    expected.push_back("missing: task, z, " + name + ": " + cases[i].second);
  }
  EXPECT_EQ(gap_notes(report), expected);
}

/// The schemes of one candidate are told apart, and failures come before what is missing.
TEST(GapNotes, TellTheSchemesApart) {
  Report report;
  report.missing = {place("c", SplitScheme::k_fold, 1, 2),
                    place("c", SplitScheme::source_out, 0, 1, "south"),
                    place("c", SplitScheme::source_out, 1, 0, "north"),
                    place("c", SplitScheme::source_out, 1, 1, "south"),
                    place("c", SplitScheme::nested, 1, 2),
                    place("c", SplitScheme::nested, 1, 2),
                    place("d", SplitScheme::leave_out, 0, 3, "north and south"),
                    place("e", SplitScheme::hold_out, 1, 0),
                    place("f", SplitScheme::hold_out, 0, 0),
                    place("f", SplitScheme::hold_out, 1, 0),
                    place("f", SplitScheme::hold_out, 3, 0)};
  report.failed = {
      {.place = place("c", SplitScheme::k_fold, 1, 3), .error = "e1"},
      {.place = place("c", SplitScheme::source_out, 1, 0, "north"), .error = "e2"},
      {.place = place("c", SplitScheme::nested, 1, 3), .error = "e3"},
      {.place = place("c", SplitScheme::hold_out, 2, 0), .error = "e4"},
      {.place = place("d", SplitScheme::leave_out, 0, 3, "north and south"), .error = "e5"}};
  EXPECT_THAT(gap_notes(report),
              ElementsAre("failed: task, z, c, seed 1 fold 3: e1",
                          "failed: task, z, c, seed 1 without source north: e2",
                          "failed: task, z, c, seed 1 fold 3 inner fold 7: e3",
                          "failed: task, z, c, seed 2: e4",
                          "failed: task, z, d, seed 0 without north and south: e5",
                          "missing: task, z, c: 1 fit (seed 1 fold 2)",
                          "missing: task, z, c: 3 fits with a source left out (north, south)",
                          "missing: task, z, c: 2 fits on inner folds (seed 1 fold 2)",
                          "missing: task, z, d: 1 fit with something left out (north and south)",
                          "missing: task, z, e: 1 fit (seed 1)",
                          "missing: task, z, f: 3 fits (seeds 0 to 1, 3)"));
}

/// Rows are those of one experiment, embedding set and candidate.
TEST(GapNotes, HaveALineForEachRow) {
  Report report;
  const FitPlace first = place("c", SplitScheme::k_fold, 0, 0);
  report.missing.assign(4, first);
  report.missing[1].candidate = "d";
  report.missing[2].embedding = "y";
  report.missing[3].experiment = "other";
  EXPECT_THAT(gap_notes(report), ElementsAre("missing: task, z, c: 1 fit (seed 0 fold 0)",
                                             "missing: task, z, d: 1 fit (seed 0 fold 0)",
                                             "missing: task, y, c: 1 fit (seed 0 fold 0)",
                                             "missing: other, z, c: 1 fit (seed 0 fold 0)"));
}

/// Two rows of scores of the pool, a probe, and one of two classes that stands in a second table.
ReportTable table_with_gaps() {
  ReportTable table;
  table.levels = {"a", "b", "c"};
  table.probe_levels = {"x", "y"};
  const auto add = [&](const std::string& label, ScoredOn scored_on, ColumnPlace column_place) {
    table.columns.push_back({.name = label,
                             .label = label,
                             .scored_on = scored_on,
                             .measure = Measure::auc,
                             .place = column_place,
                             .no_error_reason = {},
                             .set = 0});
  };
  add("task AUC", ScoredOn::held_out, ColumnPlace::main);
  add("domain AUC", ScoredOn::probe, ColumnPlace::main);
  add("task BA", ScoredOn::held_out, ColumnPlace::two_class);
  for (const char* candidate : {"c", "d"}) {
    ReportRow& row = table.rows.emplace_back();
    row.embedding = "z";
    row.candidate = candidate;
    row.fits = {.expected = 6, .done = 6, .failed = 0, .missing = 0};
    row.cells.resize(3);
  }
  return table;
}

/// Each table has the footnotes of its own columns; fits that are not there concern all of them.
TEST(TableFootnotes, CountWhatIsNotThereInTheRowsAndColumnsOfTheirTable) {
  ReportTable table = table_with_gaps();
  for (const ColumnPlace one : {ColumnPlace::main, ColumnPlace::two_class})
    EXPECT_THAT(table_footnotes(table, one), IsEmpty());
  table.rows[1].fits = {.expected = 6, .done = 3, .failed = 1, .missing = 2};
  table.rows[1].cells[1].summary.undefined = 2;
  table.rows[1].cells[2].summary.undefined = 1;
  table.rows[0].cells[0].summary.undefined = 4;
  EXPECT_THAT(table_footnotes(table, ColumnPlace::main),
              ElementsAre("z, c: task AUC undefined in 4 of 6 fits",
                          "z, d: 1 failed, 2 missing of 6 fits; domain AUC undefined in 2 of 3 "
                          "fits"));
  EXPECT_THAT(table_footnotes(table, ColumnPlace::two_class),
              ElementsAre("z, d: 1 failed, 2 missing of 6 fits; task BA undefined in 1 of 3 fits"));
  table.rows[1].fits = {.expected = 6, .done = 4, .failed = 0, .missing = 2};
  table.rows[0].fits = {.expected = 6, .done = 5, .failed = 1, .missing = 0};
  EXPECT_THAT(table_footnotes(table, ColumnPlace::main),
              ElementsAre("z, c: 1 failed of 6 fits; task AUC undefined in 4 of 5 fits",
                          "z, d: 2 missing of 6 fits; domain AUC undefined in 2 of 4 fits"));
}

/// Of so many fits times levels: those of the target, or of what is probed.
TEST(TableFootnotes, CountClassScoresOfAllRows) {
  ReportTable table = table_with_gaps();
  for (std::size_t row = 0; row < 2; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      table.rows[row].cells[column].summary.n = 3 + row;
  table.rows[0].cells[0].undefined_classes = 1;
  table.rows[1].cells[0].undefined_classes = 4;
  table.rows[1].cells[1].undefined_classes = 3;
  table.rows[0].cells[2].undefined_classes = 2;
  const std::string begin =
      "* a class without samples in the scored set is left out of that fit's mean: ";
  EXPECT_THAT(
      table_footnotes(table, ColumnPlace::main),
      ElementsAre(begin + "task AUC 5 of 21 class scores, domain AUC 3 of 14 class scores"));
  EXPECT_THAT(table_footnotes(table, ColumnPlace::two_class),
              ElementsAre(begin + "task BA 2 of 21 class scores"));
}

}  // namespace
}  // namespace crossfold
