#include "table_differences.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/report/render.h"

#include "core/expect_error.h"
#include "report/run_builder.h"

namespace crossfold::audit {
namespace {

using ::testing::ElementsAre;
using testing::even_result;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::record_all;
using testing::small_study;

Report full_report() {
  RunRecords records = small_study();
  record_all(records, [&](const Fit& fit) {
    return even_result(records, fit, 0.8 + 0.01237 * fit.fold.value);
  });
  return build_report(records, {.corrected = CorrectedErrors::shown, .fits = FitRows::included});
}

std::string json_text_of(const Report& report) { return render_report(report, ReportFormat::json); }

TEST(PublishedTable, IsWhatTheRunGives) {
  const Report report = full_report();
  EXPECT_THAT(differences_of_table(json_text_of(report), "p.json", report), IsEmpty());
  EXPECT_THAT(differences_of_table(render_report(report, ReportFormat::csv), "p.csv", report),
              IsEmpty());
}

TEST(PublishedTable, MayBeRoundedAndHaveFewerRows) {
  const Report report = full_report();
  auto published = nlohmann::json::parse(json_text_of(report));
  auto& rows = published["tables"][0]["rows"];
  auto& mean = rows[1]["scores"]["task_auc"]["mean"];
  ASSERT_TRUE(mean.is_number());
  mean = std::round(mean.get<double>() * 1000) / 1000;
  rows.erase(0);
  EXPECT_THAT(differences_of_table(published.dump(), "p.json", report), IsEmpty());
}

/// Fold 0 has 0.8 and fold 1 has 0.81237: a mean is right at the digits that it is written with.
TEST(PublishedTable, IsComparedAtTheDigitsOfEachNumber) {
  const Report report = full_report();
  const auto computed = nlohmann::json::parse(json_text_of(report));
  const std::string scores = "/tables/0/rows/1/scores/task_auc/";
  const auto differences = [&](const std::string& number, const nlohmann::json& value) {
    nlohmann::json published = computed;
    published.at(nlohmann::json::json_pointer(scores + number)) = value;
    return differences_of_table(published.dump(), "p.json", report).size();
  };
  for (const double right : {0.8, 0.81, 0.806, 0.8062, 0.806185})
    EXPECT_EQ(differences("mean", right), 0U) << right;
  for (const double wrong : {0.7, 0.9, 0.79, 0.82, 0.805, 0.807, 0.8061, 0.8063})
    EXPECT_EQ(differences("mean", wrong), 1U) << wrong;
  EXPECT_EQ(differences("mean", 1), 1U) << "a whole number is no rounding";
  EXPECT_EQ(differences("mean", "0.8"), 1U) << "nor is a text";
  EXPECT_EQ(differences("mean", nullptr), 1U);
  EXPECT_EQ(differences("n", 4), 0U);
  EXPECT_EQ(differences("n", 5), 1U);
  EXPECT_EQ(differences("median", 0.5), 1U);
}

/// Whichever line it is; a field that is empty was left out.
TEST(PublishedTable, ByCsvIsComparedInEveryLineAndColumn) {
  const Report report = full_report();
  const CsvTable computed = parse_csv(render_report(report, ReportFormat::csv), "p.csv");
  const auto differences = [&](std::size_t row, const std::string& column,
                               const std::string& field) {
    std::vector<std::string> fields = computed.rows.at(row);
    fields.at(computed.find_column(column).value()) = field;
    return differences_of_table(csv_line(computed.columns) + csv_line(fields), "p.csv", report)
        .size();
  };
  std::size_t compared = 0;
  for (std::size_t row = 0; row < computed.rows.size(); ++row)
    for (const std::string column : {"mean", "sd", "n"}) {
      if (computed.rows[row][computed.find_column(column).value()].empty()) continue;
      ++compared;
      EXPECT_EQ(differences(row, column, "7.25"), 1U) << column << " of line " << row + 2;
      EXPECT_EQ(differences(row, column, ""), 0U) << column << " of line " << row + 2;
    }
  EXPECT_GT(compared, 10U);
}

TEST(PublishedTable, IsToldOfByPlaceWhereItIsAnother) {
  const Report report = full_report();
  auto published = nlohmann::json::parse(json_text_of(report));
  published["tables"][0]["rows"][1]["scores"]["task_auc"]["mean"] = 0.99;
  published["tables"][0]["rows"][0]["candidate"] = "made up";
  const std::vector<std::string> lines = differences_of_table(published.dump(), "p.json", report);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr("candidate=made up] is nothing that the run gives"));
  EXPECT_THAT(lines[1], HasSubstr("/scores/task_auc/mean is 0.99 and should be 0.8"));
}

TEST(PublishedTable, ByCsvToo) {
  const Report report = full_report();
  std::string csv = render_report(report, ReportFormat::csv);
  const std::size_t at = csv.find("task_auc,,0.8");
  ASSERT_NE(at, std::string::npos);
  csv.replace(at, 13, "task_auc,,0.9");
  EXPECT_THAT(differences_of_table(csv, "p.csv", report),
              ElementsAre(HasSubstr("task_auc: mean is '0.9")));
}

TEST(PublishedTable, MustBeAReport) {
  const Report report = full_report();
  expect_error(
      ErrorCode::bad_input,
      "p.json: is no report of crossfold (its format is another). give what `crossfold report "
      "--format json` or csv wrote",
      [&] { static_cast<void>(differences_of_table("{}", "p.json", report)); });
  expect_error(
      ErrorCode::bad_input,
      "p.csv: is no report of crossfold (it has no columns 'table' and 'score'). give what "
      "`crossfold report --format csv` or json wrote",
      [&] { static_cast<void>(differences_of_table("a,b\n1,2\n", "p.csv", report)); });
}

}  // namespace
}  // namespace crossfold::audit
