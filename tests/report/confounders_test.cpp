#include "confounders.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/report/render.h"

#include "confounder_layout.h"
#include "core/expect_error.h"
#include "report/golden_cases.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Confounders, ComeWithTheSamplesThatLackThem) {
  const ReportTable table = build_report(testing::probed_case().records).tables.at(0);
  std::vector<std::string> texts;
  for (const Confounder& of : table.confounders)
    texts.push_back(of.of + (of.within.empty() ? "" : " within " + of.within) + ": " +
                    std::to_string(of.missing) + " of " + std::to_string(of.samples));
  EXPECT_THAT(texts, ElementsAre("domain: 0 of 30", "sex: 6 of 30", "age: 8 of 30",
                                 "domain within normal: 0 of 12", "sex within normal: 3 of 12",
                                 "age within normal: 3 of 12", "domain within covid19: 0 of 18",
                                 "sex within covid19: 3 of 18", "age within covid19: 5 of 18"));
}

TEST(Confounders, AreMeansOverTheFitsOfARow) {
  testing::GoldenCase of = testing::probed_case();
  const double aucs[2][2] = {{0.80, 0.84}, {0.90, 0.70}};
  for (std::uint32_t seed = 0; seed < 2; ++seed)
    for (std::uint32_t fold = 0; fold < 2; ++fold) {
      std::vector<ProbeResult>& probes = testing::result_at(of.records, 0, 0, seed, fold).probes;
      probes[1].scores.auc = aucs[seed][fold];
      probes[1].r2 = aucs[seed][fold] - 1;
    }
  const Report report = build_report(of.records);
  const ReportRow& row = report.tables.at(0).rows.at(0);
  ASSERT_EQ(row.confounders.size(), 9u);
  EXPECT_NEAR(*row.confounders[2].auc.summary.mean, 0.81, 1e-15);
  EXPECT_NEAR(*row.confounders[2].auc.summary.sd, 0.08406346808612329, 1e-15);  // numpy, ddof=1
  EXPECT_NEAR(*row.confounders[2].r2->summary.mean, -0.19, 1e-15);
  EXPECT_FALSE(row.confounders[1].r2);
  EXPECT_EQ(row.confounders[1].auc.undefined_classes, 1u);
  EXPECT_EQ(row.confounders[5].auc.summary.n, 3);  // undefined in one fit
  EXPECT_EQ(*row.confounders[0].auc.summary.mean, *row.cells[2].summary.mean);  // the domain's
}

TEST(Confounders, HaveATableOfTheirOwnForThePoolAndForEachClass) {
  const std::string text =
      render_report(build_report(testing::probed_case().records), ReportFormat::text);
  EXPECT_THAT(text, HasSubstr("task: what can be read off the features\n"));
  EXPECT_THAT(text, HasSubstr("sex 6, age 8 of 30"));
  EXPECT_THAT(text, HasSubstr("task: what can be read off the features within class covid19\n"));
  EXPECT_THAT(text, HasSubstr("sex 3, age 5 of 18"));
  EXPECT_THAT(text, HasSubstr("age R2"));
}

/// The mean over a row's fits of the AUC of one class against the rest (of all classes: "").
double mean_task_auc(const RunRecords& records, const ReportRow& row, const std::string& of) {
  const std::vector<std::string>& levels = records.plan.basis.samples[0].class_label.levels;
  const auto k =
      static_cast<std::size_t>(std::find(levels.begin(), levels.end(), of) - levels.begin());
  double sum = 0;
  std::size_t n = 0;
  for (const Fit& fit : records.plan.fits) {
    if (records.job.embeddings[fit.embedding] != row.embedding ||
        records.job.experiments[0].candidates[fit.candidate].name != row.candidate)
      continue;
    const stats::ScoreSet& scores = records.find(fit.id)->held_out;
    sum += of.empty() ? scores.auc.value() : scores.classes.at(k).auc.value();
    ++n;
  }
  return sum / static_cast<double>(n);
}

/// The mean of a cell as it is printed.
double printed_mean(const PrintedTable& table, std::size_t row, std::size_t column) {
  return std::stod(table.rows.at(row).at(column));
}

/// Under "covid19 AUC" stands the AUC of covid19 on the held-out folds, in the table of each class
/// and the row of each candidate.
TEST(Confounders, StandBesideTheTaskScoreThatTheirHeadingNames) {
  const testing::GoldenCase of = testing::probed_case();
  ReportTable table = build_report(of.records).tables.at(0);
  for (ReportRow& row : table.rows)
    for (std::size_t k = 0; k < 2; ++k) {  // out of sample all is otherwise
      ClassRow oos = row.classes.at(2 * k);
      oos.role = Role::oos;
      for (ScoreCell& cell : oos.cells) cell.summary.mean = 0.125;
      row.classes.insert(row.classes.begin() + static_cast<std::ptrdiff_t>(k), oos);
    }
  const std::vector<std::pair<std::string, std::string>> scores = {
      {"", "task AUC"}, {"normal", "normal AUC"}, {"covid19", "covid19 AUC"}};
  const std::vector<PrintedTable> tables = confounder_tables(table, {.digits = 6});
  ASSERT_EQ(tables.size(), scores.size());
  for (std::size_t t = 0; t < tables.size(); ++t) {
    EXPECT_EQ(tables[t].columns.at(2).header, scores[t].second);
    ASSERT_EQ(tables[t].rows.size(), 4U);
    for (std::size_t row = 0; row < 4; ++row)
      EXPECT_NEAR(printed_mean(tables[t], row, 2),
                  mean_task_auc(of.records, table.rows[row], scores[t].first), 5.1e-7)
          << scores[t].second << ", row " << row;
  }
}

/// Each score below its heading: of what is read off, and of the pool or the class.
TEST(Confounders, HaveEachScoreBelowItsHeading) {
  const testing::GoldenCase of = testing::probed_case();
  const ReportTable table = build_report(of.records).tables.at(0);
  const std::vector<PrintedTable> tables = confounder_tables(table, {.digits = 6});
  const std::vector<std::string> within = {"", "normal", "covid19"};
  ASSERT_EQ(tables.size(), within.size());
  for (std::size_t t = 0; t < tables.size(); ++t) {
    std::vector<std::string> headings;
    for (const PrintedColumn& column : tables[t].columns) headings.push_back(column.header);
    ASSERT_THAT(headings, ElementsAre("embedding", "candidate", ::testing::_, "domain AUC",
                                      "sex AUC", "age AUC", "age R2"));
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      std::size_t column = 3;
      for (const std::string label : {"domain", "sex", "age"}) {
        double auc = 0, r2 = 0;
        std::size_t aucs = 0, r2s = 0;
        for (const Fit& fit : of.records.plan.fits) {
          if (of.records.job.embeddings[fit.embedding] != table.rows[row].embedding ||
              of.records.job.experiments[0].candidates[fit.candidate].name !=
                  table.rows[row].candidate)
            continue;
          const FitResult& result = *of.records.find(fit.id);
          if (label == "domain" && within[t].empty()) {  // the experiment's own probe
            auc += result.probe->auc.value();
            ++aucs;
          }
          for (const ProbeResult& probe : result.probes) {
            if (probe.of != label || probe.within != within[t]) continue;
            if (probe.scores.auc) auc += *probe.scores.auc;
            if (probe.r2) r2 += *probe.r2;
            aucs += probe.scores.auc ? 1 : 0;
            r2s += probe.r2 ? 1 : 0;
          }
        }
        EXPECT_NEAR(printed_mean(tables[t], row, column), auc / static_cast<double>(aucs), 5.1e-7)
            << headings[column] << " of table " << t << ", row " << row;
        ++column;
        if (label != "age") continue;
        EXPECT_NEAR(printed_mean(tables[t], row, column), r2 / static_cast<double>(r2s), 5.1e-7)
            << headings[column] << " of table " << t << ", row " << row;
      }
    }
  }
}

/// What is predicted then is no class, and has no score of one.
TEST(Confounders, WithinAClassStandBesideTheWholeTaskWhereAnotherLabelIsPredicted) {
  const testing::GoldenCase of = testing::probed_case();
  ReportTable table = build_report(of.records).tables.at(0);
  table.target = Label::domain;
  for (const PrintedTable& printed : confounder_tables(table, {.digits = 6})) {
    EXPECT_EQ(printed.columns.at(2).header, "task AUC");
    for (std::size_t row = 0; row < table.rows.size(); ++row)
      EXPECT_NEAR(printed_mean(printed, row, 2), mean_task_auc(of.records, table.rows[row], ""),
                  5.1e-7);
  }
}

TEST(Confounders, AreNoneWhereALabelAloneIsProbed) {
  RunRecords records = testing::small_study();
  testing::record_all(records,
                      [&](const Fit& fit) { return testing::even_result(records, fit, 0.5); });
  const ReportTable table = build_report(records).tables.at(0);
  EXPECT_THAT(table.confounders, IsEmpty());
  EXPECT_THAT(table.rows.at(0).confounders, IsEmpty());
}

TEST(Confounders, RefuseAFitOfOtherProbes) {
  testing::GoldenCase of = testing::probed_case();
  FitResult& result = testing::result_at(of.records, 0, 0, 0, 0);
  std::swap(result.probes[0], result.probes[1]);
  const std::string message = "fit " + result.id.hex() +
                              " holds other probes than the plan has, so it is no fit of this job. "
                              "remove the run directory and run the job again";
  expect_error(ErrorCode::bad_input, message, [&] { (void)build_report(of.records); });
  std::swap(result.probes[0], result.probes[1]);
  result.probes.pop_back();
  expect_error(ErrorCode::bad_input, message, [&] { (void)build_report(of.records); });
}

}  // namespace
}  // namespace crossfold
