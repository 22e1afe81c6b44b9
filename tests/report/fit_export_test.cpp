#include "crossfold/report/fit_export.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/csv.h"

#include "core/expect_error.h"
#include "report/golden_cases.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using testing::even_result;
using testing::record_all;
using testing::result_at;
using testing::small_study;

CsvTable fits_of(const RunRecords& records) {
  std::string text;
  export_fits(records, [&](std::string_view part) { text += part; });
  return parse_csv(text, "fits");
}

std::string at(const CsvTable& table, std::size_t row, const std::string& column) {
  const auto place = table.find_column(column);
  EXPECT_TRUE(place) << column;
  return place ? table.rows.at(row).at(*place) : "";
}

RunRecords done_study() {
  RunRecords records = small_study();
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.75); });
  return records;
}

TEST(ExportFits, HasALineForEachFitWhateverBecameOfIt) {
  RunRecords records = done_study();
  records.results.erase(records.plan.fits.at(1).id);
  records.results.at(records.plan.fits.at(2).id).error = "out of memory, twice";
  const CsvTable table = fits_of(records);
  ASSERT_EQ(table.rows.size(), 8U);
  EXPECT_EQ(at(table, 0, "state"), "done");
  EXPECT_EQ(at(table, 0, "in.auc"), "0.75");
  EXPECT_EQ(at(table, 1, "state"), "missing");
  EXPECT_EQ(at(table, 2, "state"), "failed");
  EXPECT_EQ(at(table, 2, "error"), "out of memory, twice");
  for (const std::size_t row : {1U, 2U}) {
    EXPECT_EQ(at(table, row, "in.auc"), "");
    EXPECT_EQ(at(table, row, "epochs"), "");
    EXPECT_EQ(at(table, row, "training.batch"), "256") << "what was asked for";
  }
}

TEST(ExportFits, HasColumnsThatHangOnTheJobAlone) {
  EXPECT_EQ(fits_of(small_study()).columns, fits_of(done_study()).columns);
}

TEST(ExportFits, NamesWhatIsUndefined) {
  RunRecords records = done_study();
  result_at(records, 0, 0, 0, 0).held_out.auc.reset();
  result_at(records, 0, 0, 0, 0).held_out.classes.at(1).auc.reset();
  const CsvTable table = fits_of(records);
  EXPECT_EQ(at(table, 0, "in.auc"), "nan");
  EXPECT_EQ(at(table, 0, "in.class_auc.pneumonia"), "nan");
  EXPECT_EQ(at(table, 1, "in.auc"), "0.75");
}

TEST(ExportFits, LeavesSettingsOfOtherKindsEmpty) {
  const CsvTable table = fits_of(done_study());
  EXPECT_EQ(at(table, 0, "kind"), "baseline");
  EXPECT_EQ(at(table, 0, "lambda.from"), "");
  EXPECT_EQ(at(table, 4, "kind"), "disentangled");
  EXPECT_EQ(at(table, 4, "lambda.from"), "10");
}

TEST(ExportFits, NamesTheClassThatIsProbedWithin) {
  const CsvTable table = fits_of(testing::probed_case().records);
  const std::set<std::string> names(table.columns.begin(), table.columns.end());
  EXPECT_EQ(names.size(), table.columns.size()) << "each column has a name of its own";
  for (const char* name : {"probes.sex.auc", "probes.sex.within.normal.auc",
                           "probes.sex.within.covid19.auc", "probes.age.within.covid19.r2"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(ExportFits, NamesTheSourceOrTheInnerFoldOfOtherSchemes) {
  RunRecords records = small_study();
  records.job.experiments[0].candidates[0].parameters = {{.key = "lambda.from", .value = 1.0}};
  testing::add_schemes(records, 2, 2);
  const CsvTable table = fits_of(records);
  std::size_t sources = 0;
  std::size_t inner = 0;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string scheme = at(table, row, "scheme");
    sources += scheme == "source-out" && at(table, row, "fold").empty() &&
               !at(table, row, "left_out").empty();
    inner += scheme == "nested" && !at(table, row, "fold").empty() &&
             !at(table, row, "inner_fold").empty();
  }
  EXPECT_EQ(sources, 8U) << "2 sources, 2 seeds, 2 candidates";
  EXPECT_EQ(inner, 8U) << "2 inner folds of 4 splits, 1 drawn candidate";
}

TEST(ExportCurves, RefusesARunThatKeepsNone) {
  RunRecords records = done_study();
  records.job.output.curves = false;
  expect_error(
      ErrorCode::bad_input,
      "output: holds no learning curves (the job says \"curves\": false). run the job with "
      "them in another folder",
      [&] { export_curves(records, {}, [](std::string_view) {}); });
}

TEST(ExportCurves, CountsEpochsFromZero) {
  const RunRecords records = done_study();
  const Curves curves{.train_class_loss = {0.5, 0.25},
                      .train_domain_loss = {},
                      .validation_loss = {0.75, 0.5},
                      .learning_rate = {0.001, 0.001},
                      .lambda = {}};
  Artefacts artefacts;
  artefacts.curves = curves;
  std::string text;
  export_curves(
      records, [&](const FitId&) { return artefacts; },
      [&](std::string_view part) { text += part; });
  const CsvTable table = parse_csv(text, "curves");
  ASSERT_EQ(table.rows.size(), 16U);
  EXPECT_EQ(at(table, 0, "epoch"), "0");
  EXPECT_EQ(at(table, 1, "epoch"), "1");
  EXPECT_EQ(at(table, 1, "train_class_loss"), "0.25");
  EXPECT_EQ(at(table, 1, "lambda"), "");
}

/// The study with candidates that are to forget: the domain, sex and view; view alone.
RunRecords forgetting_study() {
  RunRecords records = small_study();
  const auto forget = [&](std::size_t candidate, std::vector<Adversary> adversaries) {
    CandidateModel& model = records.job.experiments[0].candidates.at(candidate).model;
    model = default_model(CandidateKind::disentangled);
    std::get<DisentangledModel>(model).adversaries = std::move(adversaries);
  };
  forget(0, {{}, {.of = "sex"}, {.of = "view/side"}});
  forget(1, {{.of = "view/side"}});
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.75); });
  return records;
}

/// Their losses and lambdas, each a number of its own.
std::optional<Artefacts> forgetting_curves(const RunRecords& records, const FitId& id) {
  const auto fit = std::find_if(records.plan.fits.begin(), records.plan.fits.end(),
                                [&](const Fit& one) { return one.id == id; });
  const bool is_of_view_alone = fit->candidate != 0;
  Artefacts artefacts;
  Curves& curves = artefacts.curves.emplace();
  curves.train_class_loss = {is_of_view_alone ? 0.25 : 0.5};
  curves.train_domain_loss = {is_of_view_alone ? 4.0 : 1.0};
  curves.lambda = {is_of_view_alone ? 40.0 : 10.0};
  if (!is_of_view_alone)
    curves.further_adversaries = {{.train_loss = {2}, .lambda = {20}},
                                  {.train_loss = {3}, .lambda = {30}}};
  return artefacts;
}

TEST(ExportCurves, GivesEachAdversaryColumnsByItsName) {
  const RunRecords records = forgetting_study();
  std::string text;
  export_curves(
      records, [&](const FitId& id) { return forgetting_curves(records, id); },
      [&](std::string_view part) { text += part; });
  const CsvTable table = parse_csv(text, "curves");
  ASSERT_EQ(table.rows.size(), 8U);
  const auto row_of = [&](const char* class_loss) {
    std::vector<std::string> values;
    for (std::size_t row = 0; row < table.rows.size() && values.empty(); ++row)
      if (at(table, row, "train_class_loss") == class_loss)
        for (const char* name : {"train_domain_loss", "lambda", "train_sex_loss", "lambda_of_sex",
                                 "train_view/side_loss", "lambda_of_view/side"})
          values.push_back(at(table, row, name));
    return values;
  };
  EXPECT_THAT(row_of("0.5"), ::testing::ElementsAre("1", "10", "2", "20", "3", "30"));
  EXPECT_THAT(row_of("0.25"), ::testing::ElementsAre("", "", "", "", "4", "40"));
}

/// What stands in a file.
std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

class ExportMlflow : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_); }
  void TearDown() override { fs::remove_all(root_); }

  /// The folder of the only run whose fit this is.
  [[nodiscard]] fs::path run_of(const FitId& fit) const {
    for (const auto& entry : fs::recursive_directory_iterator(root_))
      if (entry.path().filename() == "crossfold.fit" && content(entry.path()) == fit.hex())
        return entry.path().parent_path().parent_path();
    ADD_FAILURE() << "no run of fit " << fit.hex();
    return {};
  }

  fs::path root_ = fs::temp_directory_path() / ("crossfold-mlflow-" + std::to_string(::getpid()));
};

TEST_F(ExportMlflow, GivesFailedFitsARunAndMissingOnesNone) {
  RunRecords records = done_study();
  records.results.erase(records.plan.fits.at(1).id);
  records.results.at(records.plan.fits.at(2).id).error = "out of memory";
  const MlflowCounts counts = export_mlflow(records, {}, 1e9, root_ / "mlruns");
  EXPECT_EQ(counts.experiments, 1U);
  EXPECT_EQ(counts.runs, 7U);
  const fs::path failed = run_of(records.plan.fits.at(2).id);
  EXPECT_THAT(content(failed / "meta.yaml"), ::testing::HasSubstr("\nstatus: 4\n"));
  EXPECT_EQ(content(failed / "tags/crossfold.error"), "out of memory");
  EXPECT_TRUE(fs::is_empty(failed / "metrics"));
  const fs::path done = run_of(records.plan.fits.at(0).id);
  EXPECT_THAT(content(done / "meta.yaml"),
              ::testing::HasSubstr("\nstart_time: 1000000000000\nstatus: 3\n"));
  EXPECT_THAT(content(done / "meta.yaml"), ::testing::HasSubstr("\nend_time: 1000000001250\n"));
  EXPECT_EQ(content(done / "metrics/in.auc"), "1000000001250 0.75 0\n");
}

TEST_F(ExportMlflow, GivesCandidatesThatDifferInNameOnlyRunsOfTheirOwn) {
  RunRecords records = done_study();
  std::vector<Fit>& fits = records.plan.fits;
  const std::size_t half = fits.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    ASSERT_EQ(fits[half + i].candidate, 1U);
    fits[half + i].id = fits[i].id;
  }
  const MlflowCounts counts = export_mlflow(records, {}, 0, root_ / "mlruns");
  EXPECT_EQ(counts.runs, fits.size());
  std::size_t folders = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root_))
    folders += entry.path().filename() == "crossfold.fit" ? 1 : 0;
  EXPECT_EQ(folders, fits.size());
}

TEST_F(ExportMlflow, WritesNamesThatMlflowAllows) {
  RunRecords records = small_study();
  records.plan.basis.samples[0].class_label.levels = {"a/b", "c: d", std::string(300, 'x')};
  record_all(records, [&](const Fit& fit) { return even_result(records, fit, 0.5); });
  (void)export_mlflow(records, {}, 0, root_ / "mlruns");
  const fs::path metrics = run_of(records.plan.fits.at(0).id) / "metrics";
  EXPECT_TRUE(fs::exists(metrics / "in.class_auc.a_2Fb"));
  EXPECT_TRUE(fs::exists(metrics / "in.class_auc.c_3A d"));
  for (const auto& entry : fs::directory_iterator(metrics))
    EXPECT_LE(entry.path().filename().string().size(), 250U);
}

TEST_F(ExportMlflow, NamesTheCurvesOfEachAdversary) {
  const RunRecords records = forgetting_study();
  (void)export_mlflow(
      records, [&](const FitId& id) { return forgetting_curves(records, id); }, 0,
      root_ / "mlruns");
  const fs::path metrics = run_of(records.plan.fits.at(0).id) / "metrics";
  EXPECT_EQ(content(metrics / "curves.train_view_2Fside_loss"), "0 3 0\n");
  EXPECT_EQ(content(metrics / "curves.lambda_of_sex"), "0 20 0\n");
  EXPECT_EQ(content(metrics / "curves.lambda"), "0 10 0\n");
}

}  // namespace
}  // namespace crossfold
