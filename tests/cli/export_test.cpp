// What `crossfold export` writes of a run against results.h5 and artefacts, as h5py reads them.

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/csv.h"

#include "cli/program.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;

/// A run with named sets, probes of attributes within classes, two experiments and two kinds of
/// candidates, made once.
class Export : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    ASSERT_EQ(run_crossfold({"store", "synth", "sources", file("s.h5"), "--scale", "0.02", "--dim",
                             "16", "--seed", "1"})
                  .code,
              0);
    write_text(file("job.json"), R"({"name": "export", "store": "s.h5",
 "embeddings": "synth/sources", "sets": {"men": {"attributes": {"sex": "M"}}, "b": {"domain": "site_b"}},
 "experiments": [
   {"name": "task", "evaluate": ["in", "men", "b"], "probe": ["domain", "sex", "age"],
    "probe_within": "class",
    "candidates": [{"kind": "baseline"}, {"kind": "baseline", "name": "again"},
                   {"kind": "disentangled", "lambda": {"from": {"grid": [1, 10]}}}]},
   {"name": "source", "target": "domain", "candidates": [{"kind": "linear"}]}],
 "splits": {"folds": 2, "seeds": 1}, "training": {"epochs": 3, "batch": 32}})");
    ASSERT_EQ(run_crossfold({"run", file("job.json"), "--out", run()}).code, 0);
    write_text(file("fits.csv"), exported("fits"));
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string file(const std::string& name) { return folder_->file(name); }
  static std::string run() { return file("x.run"); }
  static std::string exported(const std::string& what) {
    const Ended ended = run_crossfold({"export", run(), what, "--format", "csv"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  /// Who is in the store, with what is known of each.
  static CsvTable store_samples() {
    return parse_csv(run_crossfold({"store", "export", file("s.h5"), "synth/sources"}).out,
                     "samples");
  }
  static int python(const std::string& arguments) {
    return std::system(("/usr/bin/python3 " + arguments).c_str());
  }
  static int compared(const std::string& arguments) {
    return python(CROSSFOLD_TEST_DATA "/check_exports.py " + arguments);
  }
  static bool has_python(const std::string& modules) {
    return python("-c 'import " + modules + "' 2>/dev/null") == 0;
  }

  static ScratchFolder* folder_;
};

ScratchFolder* Export::folder_ = nullptr;

TEST_F(Export, FitsAreThoseOfResultsH5) {
  if (!has_python("h5py")) GTEST_SKIP() << "/usr/bin/python3 has no h5py: install python3-h5py";
  EXPECT_EQ(compared("fits " + run() + " " + file("fits.csv")), 0);
}

TEST_F(Export, CurvesAreThoseThatWereKept) {
  if (!has_python("h5py")) GTEST_SKIP() << "/usr/bin/python3 has no h5py: install python3-h5py";
  write_text(file("curves.csv"), exported("curves"));
  EXPECT_EQ(compared("curves " + run() + " " + file("curves.csv")), 0);
}

/// Predictions without a source say so, as they are of other training samples than those of a fold.
TEST_F(Export, PredictionsSayWhatTheirRowsAre) {
  write_text(file("sources.json"), R"({"name": "sources", "store": "s.h5",
 "roles": {"oos": {"domain": "site_b"}}, "embeddings": "synth/sources",
 "experiments": [{"name": "task", "evaluate": ["in", "oos"],
   "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1]}}],
   "sweep": {"sampler": "grid", "select": ["held-out", "source-out"]}}],
 "splits": {"folds": 2, "seeds": 1}})");
  ASSERT_EQ(run_crossfold({"run", file("sources.json"), "--out", file("sources.run")}).code, 0);
  const CsvTable samples = store_samples();
  std::map<std::string, std::pair<std::string, std::string>> labels;  // class and source
  for (const auto& sample : samples.rows) labels[sample.at(0)] = {sample.at(2), sample.at(3)};
  const CsvTable predictions =
      parse_csv(run_crossfold({"export", file("sources.run"), "predictions"}).out, "predictions");
  std::map<std::string, std::set<std::string>> ids;  // of each set
  for (const auto& row : predictions.rows) {
    const std::string& held_out = row.at(4);
    const std::string& set = row.at(5);
    const auto& [class_label, source] = labels.at(row.at(6));
    ids[set].insert(row.at(6));
    ASSERT_EQ(row.at(7), class_label);
    ASSERT_EQ(set == "oos", source == "site_b");
    ASSERT_EQ(set == "source-out", held_out != "0" && held_out != "1");
    ASSERT_TRUE(set != "source-out" || held_out == source) << held_out;
  }
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(ids["in"].size() + ids["oos"].size(), samples.rows.size());
  EXPECT_EQ(ids["source-out"], ids["in"]) << "each of the four sources is left out once";
}

/// A turn that leaves a source out is called by the source.
TEST_F(Export, PredictionsOfATurnNameWhatItLeavesOut) {
  write_text(file("turns.json"), R"({"name": "turns", "store": "s.h5",
 "embeddings": "synth/sources",
 "experiments": [{"name": "task", "candidates": [{"kind": "linear"}]}],
 "splits": {"leave-one-out": "domain", "seeds": 1}})");
  ASSERT_EQ(run_crossfold({"run", file("turns.json"), "--out", file("turns.run")}).code, 0);
  const CsvTable samples = store_samples();
  std::map<std::string, std::string> sources;
  for (const auto& sample : samples.rows) sources[sample.at(0)] = sample.at(3);
  const CsvTable predictions =
      parse_csv(run_crossfold({"export", file("turns.run"), "predictions"}).out, "predictions");
  std::set<std::string> ids;
  for (const auto& row : predictions.rows) {
    ASSERT_EQ(row.at(4), sources.at(row.at(6))) << row.at(6);
    ids.insert(row.at(6));
  }
  EXPECT_EQ(ids.size(), samples.rows.size());
}

/// Experiments over unlike pools: truth and classes are named as each has them.
TEST_F(Export, PredictionsAreOfTheLevelsOfTheirExperiment) {
  write_text(file("pools.json"), R"({"name": "pools", "store": "s.h5",
 "embeddings": "synth/sources",
 "experiments": [{"name": "all", "target": "domain", "candidates": [{"kind": "linear"}]},
                 {"name": "two", "target": "domain", "samples": {"domain": ["site_e", "site_c"]},
                  "candidates": [{"kind": "linear"}]}],
 "splits": {"folds": 2, "seeds": 1}})");
  ASSERT_EQ(run_crossfold({"run", file("pools.json"), "--out", file("pools.run")}).code, 0);
  const CsvTable samples = store_samples();
  std::map<std::string, std::string> sources;
  for (const auto& sample : samples.rows) sources[sample.at(0)] = sample.at(3);
  const CsvTable predictions =
      parse_csv(run_crossfold({"export", file("pools.run"), "predictions"}).out, "predictions");
  std::map<std::string, std::set<std::string>> classes;  // by experiment
  for (const auto& row : predictions.rows) {
    ASSERT_EQ(row.at(7), sources.at(row.at(6))) << row.at(0);
    classes[row.at(0)].insert(row.at(8));
  }
  EXPECT_EQ(classes, (std::map<std::string, std::set<std::string>>{
                         {"all", {"site_a", "site_b", "site_c", "site_d", "site_e"}},
                         {"two", {"site_c", "site_e"}}}));
}

/// Which fits results.h5 has of each way to split, and how much each held out.
TEST_F(Export, PlacesInResultsH5AreThoseOfTheSplits) {
  if (!has_python("h5py")) GTEST_SKIP() << "/usr/bin/python3 has no h5py: install python3-h5py";
  write_text(file("samples.csv"),
             run_crossfold({"store", "export", file("s.h5"), "synth/sources"}).out);
  const std::string two = R"("candidates": [{"kind": "linear"}, {"kind": "linear", "name": "l2"}])";
  const std::string swept = R"("candidates": [{"kind": "linear", "c": {"grid": [0.1, 1]}}])";
  const std::vector<std::array<std::string, 4>> jobs{
      {"k-fold", R"("folds": 3, "seeds": 2)", swept,
       R"("sweep": {"sampler": "grid", "select": ["held-out", "source-out"]})"},
      {"k-fold", R"("folds": 2, "seeds": 2)", swept,
       R"("sweep": {"sampler": "grid", "nested": {"folds": 3}})"},
      {"hold-out", R"("scheme": "hold-out", "test": 0.25, "seeds": 3)", two, ""},
      {"left-out", R"("leave-one-out": "domain", "seeds": 2)", two, ""}};
  for (const auto& [scheme, splits, candidates, sweep] : jobs) {
    std::filesystem::remove_all(file("places.run"));
    std::string job = R"({"name": "places", "store": "s.h5", "embeddings": "synth/sources",
      "experiments": [{"name": "task", )";
    job.append(candidates).append(sweep.empty() ? "" : ", ").append(sweep);
    job.append(R"(}], "splits": {)").append(splits).append("}}");
    write_text(file("places.json"), job);
    const Ended ran = run_crossfold({"run", file("places.json"), "--out", file("places.run")});
    ASSERT_EQ(ran.code, 0) << splits << ran.err;
    EXPECT_EQ(compared("places " + file("places.run") + " " + file("samples.csv") + " " + scheme),
              0)
        << splits;
  }
}

TEST_F(Export, AStoreOfMlflowHasItsLayout) {
  const std::string store = file("my mlruns");
  const Ended ended = run_crossfold({"export", run(), "mlflow", store});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, store +
                           ": 2 experiments and 10 runs. look at them with: mlflow ui "
                           "--backend-store-uri " +
                           store + "\n");
  const Ended again = run_crossfold({"export", run(), "mlflow", store});
  EXPECT_EQ(again.code, 3);
  EXPECT_THAT(again.err, HasSubstr("is there already (an MLflow store is never written over "
                                   "anything). name another place, or move it away"));
  if (!has_python("h5py, yaml"))
    GTEST_SKIP() << "/usr/bin/python3 has no h5py or yaml: install python3-h5py, python3-yaml";
  EXPECT_EQ(compared("mlflow " + run() + " " + file("fits.csv") + " '" + store + "'"), 0);
}

/// Of the held-out folds together all samples, of a named set those that it selects.
TEST_F(Export, PredictionsAreOfEachSetThatIsScored) {
  const CsvTable samples = store_samples();
  const std::size_t sex = samples.find_column("sex").value();
  const std::size_t source = samples.find_column("domain").value();
  std::map<std::string, std::set<std::string>> expected;
  for (const auto& row : samples.rows) {
    expected["in"].insert(row.at(0));
    if (row.at(sex) == "M") expected["men"].insert(row.at(0));
    if (row.at(source) == "site_b") expected["b"].insert(row.at(0));
  }
  const CsvTable predictions = parse_csv(exported("predictions"), "predictions");
  std::map<std::string, std::set<std::string>> ids;  // of the first experiment, by set
  std::map<std::string, std::size_t> lines;          // by candidate of the second one
  for (const auto& row : predictions.rows) {
    if (row.at(0) == "task")
      ids[row.at(5)].insert(row.at(6));
    else
      ++lines[row.at(2)];
  }
  EXPECT_EQ(ids, expected);
  EXPECT_EQ(lines, (std::map<std::string, std::size_t>{{"linear", 5 * samples.rows.size()}}))
      << "a line for each of five sources";
}

/// What is there is written; the exit code says that it is not all.
TEST_F(Export, OfARunThatIsNotFinishedEndsWithOne) {
  std::filesystem::copy(run(), file("cut.run"), std::filesystem::copy_options::recursive);
  // A fit that two candidates share would be missing twice.
  const CsvTable table = parse_csv(exported("fits"), "fits");
  const auto at = [&](const char* title) { return table.find_column(title).value(); };
  std::string id;
  for (const auto& row : table.rows)
    if (row.at(at("candidate")) == "linear") id = row.at(at("fit"));
  std::string journal = read_text(file("cut.run/journal.jsonl"));
  const std::size_t line = journal.rfind('\n', journal.find("\"fit\":\"" + id + "\"")) + 1;
  ASSERT_NE(line, 0U);
  journal.erase(line, journal.find('\n', line) + 1 - line);
  write_text(file("cut.run/journal.jsonl"), journal);
  const auto predicted_fits = [](const std::string& directory, int code) {
    const Ended ended = run_crossfold({"export", directory, "predictions"});
    EXPECT_EQ(ended.code, code) << ended.err;
    std::set<std::vector<std::string>> fits;
    const CsvTable lines = parse_csv(ended.out, "predictions");
    for (const auto& row : lines.rows) {
      std::vector<std::string> fit;
      for (const char* title : {"experiment", "candidate", "seed", "fold"})
        fit.push_back(row.at(lines.find_column(title).value()));
      fits.insert(fit);
    }
    return fits.size();
  };
  EXPECT_EQ(predicted_fits(file("cut.run"), 1), predicted_fits(run(), 0) - 1);
  EXPECT_EQ(run_crossfold({"export", file("cut.run"), "curves"}).code, 1);
  EXPECT_EQ(run_crossfold({"export", file("cut.run"), "fits"}).code, 1);
  EXPECT_EQ(run_crossfold({"export", file("cut.run"), "mlflow", file("cut mlruns")}).code, 1);
  EXPECT_TRUE(std::filesystem::exists(file("cut mlruns")));
}

/// Fits of candidates that a race gave up are not missing.
TEST_F(Export, OfARaceThatIsOverEndsWithZero) {
  write_text(file("race.json"), R"({"name": "race", "store": "s.h5", "embeddings": "synth/sources",
 "experiments": [{"name": "task",
   "candidates": [{"kind": "linear", "c": {"grid": [1e-5, 0.01, 0.1, 1, 10, 100]}}],
   "sweep": {"sampler": "grid", "race": {"risk": "greedy", "rungs": [2]}}}],
 "splits": {"folds": 3, "seeds": 2}})");
  const Ended ran =
      run_crossfold({"run", file("race.json"), "--out", file("race.run"), "--workers", "1"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  for (const char* what : {"fits", "predictions", "curves", "candidates"}) {
    const Ended ended = run_crossfold({"export", file("race.run"), what});
    EXPECT_EQ(ended.code, 0) << what << ended.err;
    if (std::string(what) == "candidates") {
      EXPECT_THAT(ended.out, HasSubstr(",given-up,"));
    }
  }
  EXPECT_EQ(run_crossfold({"export", file("race.run"), "mlflow", file("race mlruns")}).code, 0);
}

TEST_F(Export, OfWhatTheRunDoesNotHaveIsRefused) {
  const Ended sweep = run_crossfold({"export", run(), "candidates"});
  EXPECT_EQ(sweep.code, 3);
  EXPECT_EQ(sweep.out, "");
  EXPECT_THAT(sweep.err, HasSubstr(run() + ": holds no sweep"));
  write_text(file("silent.json"), R"({"name": "silent", "store": "s.h5",
 "embeddings": "synth/sources", "output": {"predictions": false},
 "experiments": [{"name": "task", "candidates": [{"kind": "linear"}]}],
 "splits": {"folds": 2, "seeds": 1}})");
  ASSERT_EQ(run_crossfold({"run", file("silent.json"), "--out", file("silent.run")}).code, 0);
  const Ended silent = run_crossfold({"export", file("silent.run"), "predictions"});
  EXPECT_EQ(silent.code, 3);
  EXPECT_EQ(silent.out, "");
  EXPECT_THAT(silent.err, HasSubstr(file("silent.run") + ": holds no predictions"));
  EXPECT_EQ(run_crossfold({"export", file("silent.run"), "fits"}).code, 0);
}

TEST_F(Export, ArgumentsThatDoNotFitAreRefused) {
  const Ended nowhere = run_crossfold({"export", run(), "mlflow"});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err,
              HasSubstr("mlflow: needs a folder (it is many files). name a new one behind it"));
  const Ended formatted = run_crossfold({"export", run(), "mlflow", file("m"), "--format", "csv"});
  EXPECT_EQ(formatted.code, 2);
  EXPECT_THAT(formatted.err, HasSubstr("--format: is for tables (mlflow has a layout of its own). "
                                       "leave it out"));
  const Ended unused = run_crossfold({"export", run(), "fits", "fits.csv"});
  EXPECT_EQ(unused.code, 2);
  EXPECT_THAT(unused.err, HasSubstr("fits.csv: is not used (tables go to stdout). leave it out, or "
                                    "redirect stdout to it"));
}

}  // namespace
}  // namespace crossfold
