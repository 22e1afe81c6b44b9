
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/report/render.h"

#include "core/schema_errors.h"
#include "report/golden_cases.h"
#include "report/run_builder.h"
#include "report/swept_study.h"

namespace crossfold {
namespace {

using testing::even_result;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::record_all;
using testing::result_at;
using testing::small_study;
using Json = nlohmann::json;

constexpr ReportOptions kEverything{.corrected = CorrectedErrors::shown, .fits = FitRows::included};

RunRecords study_of(double value) {
  RunRecords records = small_study();
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, value); });
  return records;
}

Json json_of(const RunRecords& records, const ReportOptions& options = {}) {
  return Json::parse(render_json(build_report(records, options)));
}

TEST(RenderJson, KeepsToItsSchema) {
  if (!test::have_schema_validator()) GTEST_SKIP() << "needs valijson (libvalijson-dev)";
  std::vector<testing::GoldenCase> cases = testing::golden_cases();
  cases.push_back(testing::probed_case());
  cases.push_back({.name = "not started", .records = small_study(), .options = {}});
  cases.push_back({.name = "sweep", .records = testing::swept_study(), .options = {}});
  for (const testing::GoldenCase& of : cases) {
    const std::string document = render_json(build_report(of.records, kEverything));
    EXPECT_EQ(test::schema_errors("report", document), "") << of.name;
  }
}

TEST(RenderJson, HasTheFormatThatOtherProgramsRead) {
  const Json report = json_of(study_of(0.5));
  EXPECT_EQ(report["format"], "crossfold-report");
  EXPECT_EQ(report["format_version"], 1);
  EXPECT_EQ(report["complete"], true);
  EXPECT_EQ(report["tables"][0]["experiment"], "table3");
  const Json& row = report["tables"][0]["rows"][1];
  EXPECT_EQ(row["embedding"], "texture/raw");
  EXPECT_EQ(row["candidate"], "disentangled");
  for (const char* score : {"task_auc", "task_acc", "domain_auc", "oos_auc", "oos_acc"}) {
    EXPECT_EQ(row["scores"][score]["mean"], 0.5) << score;
    EXPECT_EQ(row["scores"][score]["sd"], 0) << score;
    EXPECT_EQ(row["scores"][score]["n"], 4) << score;
    EXPECT_EQ(row["scores"][score]["expected"], 4) << score;
    EXPECT_EQ(row["scores"][score]["undefined"], 0) << score;
  }
  EXPECT_EQ(row["scores"]["task_auc"]["se_corrected"], 0);
  EXPECT_FALSE(row["scores"]["oos_auc"].contains("se_corrected"));
}

TEST(RenderJson, KeepsEveryDigit) {
  RunRecords records = study_of(0.5);
  const double value = 0.1 + 0.2;
  for (const Fit& fit : records.plan.fits) records.results.at(fit.id).held_out.auc = value;
  EXPECT_EQ(json_of(records)["tables"][0]["rows"][0]["scores"]["task_auc"]["mean"].get<double>(),
            value);
}

TEST(RenderJson, NamesWhatIsUndefinedOrInfinite) {
  for (testing::GoldenCase& of : testing::golden_cases()) {
    if (of.name != "two-classes") continue;
    result_at(of.records, 0, 0, 0, 1).held_out.auc.reset();
    const Json rows = json_of(of.records, of.options)["tables"][0]["rows"];
    EXPECT_EQ(rows[0]["scores"]["task_dor"]["mean"], "inf");
    EXPECT_EQ(rows[0]["scores"]["task_dor"]["sd"], "nan");
    EXPECT_EQ(rows[1]["scores"]["oos_dor"]["median"], "inf");
    EXPECT_EQ(rows[0]["fits"][0]["scores"]["task_dor"], "inf");
    EXPECT_EQ(rows[0]["fits"][1]["scores"]["task_auc"], "nan");
    EXPECT_EQ(rows[0]["scores"]["task_auc"]["undefined"], 1);
  }
}

TEST(RenderJson, GivesEveryFitOnRequest) {
  RunRecords records = study_of(0.5);
  records.results.erase(testing::fit_at(records, 0, 0, 1, 1).id);
  result_at(records, 0, 0, 1, 0).error = "out of memory";
  EXPECT_FALSE(json_of(records)["tables"][0]["rows"][0].contains("fits"));
  const Json fits = json_of(records, kEverything)["tables"][0]["rows"][0]["fits"];
  ASSERT_EQ(fits.size(), 4);
  EXPECT_EQ(fits[1]["seed"], 0);
  EXPECT_EQ(fits[1]["fold"], 1);
  EXPECT_EQ(fits[1]["fit"], testing::fit_at(records, 0, 0, 0, 1).id.hex());
  EXPECT_EQ(fits[1]["state"], "done");
  EXPECT_EQ(fits[1]["scores"]["oos_acc"], 0.5);
  EXPECT_EQ(fits[1]["epochs"], 38);
  EXPECT_EQ(fits[1]["classes"].size(), 6);
  EXPECT_EQ(fits[1]["classes"][0]["f1"], 0.5);
  EXPECT_EQ(fits[2]["state"], "failed");
  EXPECT_EQ(fits[2]["error"], "out of memory");
  EXPECT_EQ(fits[3]["state"], "missing");
}

TEST(RenderJson, DependsOnTheFitsAlone) {
  RunRecords records = study_of(0.5);
  const std::string before = render_json(build_report(records, kEverything));
  for (auto& [id, result] : records.results) {
    result.seconds = 99;
    result.artefacts.curves = Curves{};
  }
  records.artefacts[records.plan.fits[0].id] = {
      .segment = "", .offset = 0, .bytes = 2, .sha256 = "ab"};
  records.job.store = "/elsewhere/store.h5";
  records.classes = {"another build"};
  records.notes = {"the last line of the journal was torn"};
  EXPECT_EQ(render_json(build_report(records, kEverything)), before);
  EXPECT_THAT(before, Not(HasSubstr("alpha")));
}

TEST(RenderJson, ReplacesBytesThatAreNoUtf8) {
  RunRecords records = study_of(0.5);
  result_at(records, 0, 0, 0, 0).error = "bad byte \xff here";
  EXPECT_THAT(json_of(records)["failed"][0]["error"].get<std::string>(), HasSubstr("bad byte"));
}

}  // namespace
}  // namespace crossfold
