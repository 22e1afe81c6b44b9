#include "confounders.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/report/render.h"

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
