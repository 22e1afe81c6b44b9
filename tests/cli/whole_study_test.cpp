// A small study from its files to its tables, fit by fit beside another program: two embedding
// sets, two seeds, three kinds of candidate, class and domain as targets. What PyTorch,
// scikit-learn and scipy make of the same folds stands in whole_study/expected.json; make_study.py
// there says how.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/results/run_records.h"

#include "cli/program.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

// float32 sums in another order, six epochs long.
constexpr double kTolerance = 2e-3;
// Two samples that are nearly tied may change places: one pair of some seventy, in one class of
// three.
constexpr double kScoreTolerance = 6e-3;

using FitKey = std::tuple<std::string, std::string, std::string, int, int>;

FitKey key_of(const json& fit) {
  return {fit.at("experiment"), fit.at("embedding"), fit.at("candidate"), fit.at("seed"),
          fit.at("fold")};
}

std::string data(const std::string& name) { return CROSSFOLD_TEST_DATA "/whole_study/" + name; }

/// The lines of a table without quotes, cut at the commas.
std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

class WholeStudy : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    expected_ = new json(json::parse(read_text(data("expected.json"))));
    const Ended made =
        run_crossfold({"store", "import", folder_->file("study.h5"), "--manifest",
                       data("manifest.csv"), "--embedding", "made/sharp=" + data("sharp.npy"),
                       "--embedding", "made/blurred=" + data("blurred.npy")});
    ASSERT_EQ(made.code, 0) << made.err;
    fs::copy_file(data("job.json"), folder_->file("job.json"));
    for (const char* engine : {"lockstep", "reference"}) {
      const Ended run = run_crossfold(
          {"run", folder_->file("job.json"), "--out", folder_->file(engine), "--engine", engine});
      ASSERT_EQ(run.code, 0) << run.err;
    }
  }
  static void TearDownTestSuite() {
    delete folder_;
    delete expected_;
  }

  static std::map<FitKey, json> expected_fits() {
    std::map<FitKey, json> fits;
    for (const json& fit : expected_->at("fits")) fits[key_of(fit)] = fit;
    return fits;
  }
  static json report(const std::string& run) {
    const Ended ended =
        run_crossfold({"report", folder_->file(run), "--format", "json", "--fits", "--corrected"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return json::parse(ended.out);
  }
  /// Every fit of a report, with its names put in.
  static std::map<FitKey, json> reported_fits(const std::string& run) {
    std::map<FitKey, json> fits;
    const json made = report(run);
    for (const json& table : made.at("tables"))
      for (const json& row : table.at("rows"))
        for (json fit : row.at("fits")) {
          fit["experiment"] = table.at("experiment");
          fit["embedding"] = row.at("embedding");
          fit["candidate"] = row.at("candidate");
          fits[key_of(fit)] = fit;
        }
    return fits;
  }

  static ScratchFolder* folder_;
  static json* expected_;
};

ScratchFolder* WholeStudy::folder_ = nullptr;
json* WholeStudy::expected_ = nullptr;

std::string text_of(const FitKey& key) {
  const auto& [experiment, embedding, candidate, seed, fold] = key;
  return experiment + ", " + embedding + ", " + candidate + ", seed " + std::to_string(seed) +
         ", fold " + std::to_string(fold);
}

TEST_F(WholeStudy, EveryFitScoresAsTheOtherProgramSays) {
  for (const char* engine : {"lockstep", "reference"}) {
    SCOPED_TRACE(engine);
    const std::map<FitKey, json> reported = reported_fits(engine);
    EXPECT_EQ(reported.size(), 48U);
    for (const auto& [key, expected] : expected_fits()) {
      SCOPED_TRACE(text_of(key));
      ASSERT_TRUE(reported.contains(key));
      const json& fit = reported.at(key);
      const bool site = std::get<0>(key) == "site";
      const auto expect = [&](const char* name, const json& value) {
        EXPECT_NEAR(fit.at("scores").at(name).get<double>(), value.get<double>(), kScoreTolerance)
            << name;
      };
      expect(site ? "auc" : "task_auc", expected.at("in").at("auc"));
      expect(site ? "acc" : "task_acc", expected.at("in").at("acc"));
      expect(site ? "accuracy" : "task_accuracy", expected.at("in").at("accuracy"));
      if (!site) {
        expect("domain_auc", expected.at("probe_auc"));
        expect("oos_auc", expected.at("oos").at("auc"));
        expect("oos_acc", expected.at("oos").at("acc"));
      }
      for (const char* count : {"n_train", "n_validation", "n_test"})
        EXPECT_EQ(fit.at(count), expected.at(count)) << count;
      if (std::get<2>(key) == "linear") continue;
      EXPECT_EQ(fit.at("epochs"), expected.at("epochs"));
      EXPECT_NEAR(fit.at("validation_loss").get<double>(),
                  expected.at("validation_losses").back().get<double>(), kTolerance);
    }
  }
}

/// What was exported: fit, set, sample, class.
using PredictionKey = std::tuple<FitKey, std::string, std::string, std::string>;

TEST_F(WholeStudy, ExportedPredictionsAreThoseOfTheOtherProgram) {
  const Ended ended = run_crossfold({"export", folder_->file("lockstep"), "predictions"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto rows = csv_rows(ended.out);
  EXPECT_EQ(rows.front(),
            (std::vector<std::string>{"experiment", "embedding", "candidate", "seed", "fold", "set",
                                      "id", "truth", "class", "probability"}));
  const auto samples = csv_rows(read_text(data("manifest.csv")));
  std::map<std::string, std::vector<std::string>> by_id;
  std::vector<std::string> oos;
  for (const auto& sample : samples) {
    by_id[sample.at(0)] = sample;
    if (sample.at(4) == "oos") oos.push_back(sample.at(0));
  }
  std::map<PredictionKey, double> exported;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const FitKey fit{row.at(0), row.at(1), row.at(2), std::stoi(row.at(3)), std::stoi(row.at(4))};
    exported[{fit, row.at(5), row.at(6), row.at(8)}] = std::stod(row.at(9));
    const bool site = row.at(0) == "site";
    ASSERT_EQ(row.at(7), by_id.at(row.at(6)).at(site ? 2 : 1)) << "the truth of " << row.at(6);
  }
  EXPECT_EQ(exported.size(), rows.size() - 1) << "each sample once";

  const auto folds = csv_rows(read_text(data("folds.csv")));
  std::size_t compared = 0;
  for (const auto& [key, expected] : expected_fits()) {
    SCOPED_TRACE(text_of(key));
    std::vector<std::string> held_out;
    for (const auto& line : folds)
      if (line.at(0) == std::get<0>(key) && line.at(3) == "test" &&
          line.at(1) == std::to_string(std::get<3>(key)) &&
          line.at(2) == std::to_string(std::get<4>(key)))
        held_out.push_back(line.at(4));
    const std::vector<std::string> levels =
        std::get<0>(key) == "site" ? std::vector<std::string>{"a", "b"}
                                   : std::vector<std::string>{"covid19", "normal", "pneumonia"};
    const auto compare = [&](const std::string& set, const std::vector<std::string>& ids,
                             const json& probabilities) {
      ASSERT_EQ(probabilities.size(), ids.size());
      for (std::size_t i = 0; i < ids.size(); ++i)
        for (std::size_t k = 0; k < levels.size(); ++k, ++compared) {
          const PredictionKey place{key, set, ids[i], levels[k]};
          ASSERT_TRUE(exported.contains(place)) << set << " " << ids[i] << " " << levels[k];
          EXPECT_NEAR(exported.at(place), probabilities[i][k].get<double>(), kTolerance)
              << set << " " << ids[i] << " " << levels[k];
        }
    };
    compare("in", held_out, expected.at("p_in"));
    if (expected.contains("p_oos")) compare("oos", oos, expected.at("p_oos"));
  }
  EXPECT_EQ(compared, exported.size()) << "and nothing else";
}

TEST_F(WholeStudy, CorrectedErrorsAndTestsAreThoseOfScipy) {
  const std::map<std::string, std::string> of_class{
      {"auc", "task_auc"}, {"acc", "task_acc"}, {"probe", "domain_auc"}};
  const json made = report("lockstep");
  int rows = 0;
  int tests = 0;
  for (const json& expected : expected_->at("tables")) {
    const auto table = std::find_if(
        made.at("tables").begin(), made.at("tables").end(),
        [&](const json& t) { return t.at("experiment") == expected.at("experiment"); });
    ASSERT_NE(table, made.at("tables").end());
    const auto column = [&](const std::string& score) {
      return expected.at("experiment") == "site" ? score : of_class.at(score);
    };
    for (const auto& [candidate, scores] : expected.at("rows").items())
      for (const json& row : table->at("rows")) {
        if (row.at("candidate") != candidate || row.at("embedding") != expected.at("embedding"))
          continue;
        for (const auto& [score, cell] : scores.items())
          for (const auto& [name, value] : cell.items()) {
            EXPECT_NEAR(row.at("scores").at(column(score)).at(name).get<double>(),
                        value.get<double>(), kScoreTolerance)
                << candidate << " " << score << " " << name;
            ++rows;
          }
      }
    for (const json& test : expected.at("tests"))
      for (const json& comparison : table->at("comparisons")) {
        if (comparison.at("candidate") != test.at("candidate") ||
            comparison.at("score") != column(test.at("score")) ||
            comparison.at("embedding") != expected.at("embedding"))
          continue;
        for (const auto& [name, tolerance] : std::map<std::string, double>{
                 {"difference", kScoreTolerance}, {"t", 0.15}, {"p", 0.06}, {"p_holm", 0.06}})
          EXPECT_NEAR(comparison.at(name).get<double>(), test.at(name).get<double>(), tolerance)
              << test << name;
        ++tests;
      }
  }
  EXPECT_EQ(rows, 2 * 2 * 5 + 2 * 3 * 3 * 5) << "experiments, sets, candidates, scores, numbers";
  EXPECT_EQ(tests, 2 * 2 * 3) << "sets, candidates beside the first, scores";
}

TEST_F(WholeStudy, FeaturesAreThoseOfTheOtherProgram) {
  const auto samples = csv_rows(read_text(data("manifest.csv")));
  std::vector<std::uint32_t> rows;  // the pool, then what is out of it
  for (const char* role : {"in", "oos"})
    for (std::size_t i = 1; i < samples.size(); ++i)
      if (samples[i].at(4) == role) rows.push_back(static_cast<std::uint32_t>(i - 1));
  const std::string run = folder_->file("lockstep");
  const RunRecords records = load_run(run);
  int compared = 0;
  const std::map<FitKey, json> reported = reported_fits("lockstep");
  for (const auto& [key, expected] : expected_fits()) {
    SCOPED_TRACE(text_of(key));
    const std::string id = reported.at(key).at("fit");
    const auto features = read_artefacts(run, records, *FitId::from_hex(id)).features;
    if (std::get<2>(key) == "linear") {
      EXPECT_FALSE(features.has_value()) << "a linear fit has no encoder";
      continue;
    }
    ASSERT_TRUE(features.has_value());
    EXPECT_EQ(features->rows, rows);
    const std::vector<float>& values = features->values;
    ASSERT_EQ(values.size(), rows.size() * 64);
    for (std::size_t i = 0; i < rows.size(); i += 9, ++compared) {
      double sum = 0;
      for (std::size_t k = 0; k < 64; ++k) {
        const double value = values[i * 64 + k];
        sum += value * value;
      }
      EXPECT_NEAR(std::sqrt(sum), expected.at("feature_norms").at(i / 9).get<double>(), 0.02);
    }
  }
  EXPECT_EQ(compared, 24 * static_cast<int>((rows.size() + 8) / 9));
}

TEST_F(WholeStudy, FeaturesAreKeptOfTheFitsThatTheJobNames) {
  for (const auto& [setting, kept] :
       std::map<std::string, std::size_t>{{"none", 0}, {"first-split", 4}}) {
    json job = json::parse(read_text(data("job.json")));
    job["output"]["features"] = setting;
    write_text(folder_->file(setting + ".json"), job.dump());
    const std::string out = folder_->file(setting);
    const Ended run = run_crossfold({"run", folder_->file(setting + ".json"), "--out", out});
    ASSERT_EQ(run.code, 0) << run.err;
    const RunRecords records = load_run(out);
    std::set<std::string> with_features;
    for (const auto& [id, place] : records.artefacts)
      if (read_artefacts(out, records, id).features) with_features.insert(id.hex());
    EXPECT_EQ(with_features.size(), kept) << setting;
    for (const auto& [key, fit] : reported_fits(setting)) {
      const bool first = std::get<3>(key) == 0 && std::get<4>(key) == 0;
      if (with_features.contains(fit.at("fit").get<std::string>())) {
        EXPECT_TRUE(first) << text_of(key);
      }
    }
  }
}

TEST_F(WholeStudy, PlannedSplitsAreTheRecordedOnes) {
  const std::string written = folder_->file("written.csv");
  const Ended plan = run_crossfold({"plan", folder_->file("job.json"), "--splits", written});
  ASSERT_EQ(plan.code, 0) << plan.err;
  EXPECT_EQ(read_text(written), read_text(data("folds.csv")));
}

TEST_F(WholeStudy, PlannedSplitsReadAgainGiveTheSameRun) {
  json job = json::parse(read_text(data("job.json")));
  job["splits"]["file"] = "folds.csv";
  write_text(folder_->file("given.json"), job.dump());
  fs::copy_file(data("folds.csv"), folder_->file("folds.csv"));
  const Ended run =
      run_crossfold({"run", folder_->file("given.json"), "--out", folder_->file("given")});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(report("given"), report("lockstep"));
}

TEST_F(WholeStudy, FitsThatAreMissingAreNeverSaidToBeDone) {
  const std::string out = folder_->file("shards");
  const std::string job = folder_->file("job.json");
  ASSERT_EQ(run_crossfold({"run", job, "--out", out, "--shard", "1/4"}).code, 0);
  const Ended merged = run_crossfold({"run", job, "--out", out, "--merge"});
  EXPECT_EQ(merged.code, 1);
  EXPECT_THAT(merged.err, HasSubstr("the run is not complete"));
  const Ended told = run_crossfold({"report", out, "--format", "json", "--fits"});
  EXPECT_EQ(told.code, 1);
  const json made = json::parse(told.out);
  EXPECT_EQ(made.at("complete"), false);
  const std::size_t done = made.at("fits").at("done");
  EXPECT_GT(done, 0U);
  EXPECT_LT(done, 48U);
  EXPECT_EQ(made.at("fits").at("missing"), 48 - done);
  const std::string count = std::to_string(done) + " of 48 fits";
  EXPECT_THAT(told.err, HasSubstr(count + " are done, 0 failed, " + std::to_string(48 - done) +
                                  " are missing"));
  for (const char* format : {"text", "md", "tex"}) {
    const Ended table = run_crossfold({"report", out, "--format", format});
    EXPECT_EQ(table.code, 1);
    EXPECT_THAT(table.out, ::testing::Not(HasSubstr("all 48 fits done"))) << format;
    EXPECT_THAT(table.out, HasSubstr(std::to_string(done) + " of 48")) << format;
  }
  const Ended status = run_crossfold({"status", out});
  EXPECT_THAT(status.out,
              HasSubstr(count + " done, 0 failed, " + std::to_string(48 - done) + " to do"));
  const Ended exported = run_crossfold({"export", out, "predictions"});
  EXPECT_EQ(exported.code, 1);
  std::set<std::vector<std::string>> fits;
  for (const auto& row : csv_rows(exported.out)) fits.insert({row.begin(), row.begin() + 5});
  EXPECT_EQ(fits.size(), done + 1) << "one for each fit that is done, and the header";
  // The same command without a shard trains the rest, and then all are done.
  EXPECT_EQ(run_crossfold({"run", job, "--out", out}).code, 0);
  EXPECT_EQ(report("shards"), report("lockstep"));
}

}  // namespace
}  // namespace crossfold
