// The two engines on the same job: the means of all scores over 50 fits of the planted shortcut,
// and what the command line says of engines and of the bench.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr double kTolerance = 0.002;  // ten times what was seen

std::string shortcut_job() { return CROSSFOLD_SOURCE_DIR "/jobs/shortcut.json"; }

/// Means by candidate and score.
std::map<std::string, double> means_of(const std::string& directory) {
  const Ended reported = run_crossfold({"report", directory, "--format", "json"});
  EXPECT_EQ(reported.code, 0) << reported.err;
  std::map<std::string, double> means;
  const json report = json::parse(reported.out);
  for (const json& row : report.at("tables").at(0).at("rows")) {
    for (const char* score : {"task_auc", "task_acc", "domain_auc", "oos_auc", "oos_acc"}) {
      const json& cell = row.at("scores").at(score);
      EXPECT_EQ(cell.at("n"), 50);
      means[row.at("candidate").get<std::string>() + " " + score] = cell.at("mean").get<double>();
    }
  }
  return means;
}

TEST(Engines, AgreeOnTheMeansOfFiftyFits) {
  const ScratchFolder folder;
  // Fewer samples than the demo's: LibTorch takes minutes for 150 fits of those.
  const Ended made = run_crossfold(
      {"store", "synth", "shortcut", folder.file("s.h5"), "--seed", "1", "--scale", "0.4"});
  ASSERT_EQ(made.code, 0) << made.err;
  for (const char* engine : {"lockstep", "reference"}) {
    const Ended run = run_crossfold({"run", shortcut_job(), "--store", folder.file("s.h5"), "--out",
                                     folder.file(engine), "--engine", engine});
    ASSERT_EQ(run.code, 0) << run.err;
  }
  const auto lockstep = means_of(folder.file("lockstep"));
  const auto reference = means_of(folder.file("reference"));
  EXPECT_EQ(lockstep.size(), 15U);
  ASSERT_EQ(lockstep.size(), reference.size());
  double worst = 0;
  for (const auto& [name, mean] : lockstep) {
    EXPECT_NEAR(mean, reference.at(name), kTolerance) << name;
    worst = std::max(worst, std::abs(mean - reference.at(name)));
  }
  RecordProperty("worst", std::to_string(worst));
}

TEST(Engines, ARunOfOneCannotBeContinuedByTheOther) {
  const ScratchFolder folder;
  ASSERT_EQ(
      run_crossfold({"store", "synth", "shortcut", folder.file("s.h5"), "--scale", "0.1"}).code, 0);
  write_text(folder.file("job.json"), R"({
    "name": "two engines", "store": "s.h5", "embeddings": "synth/shortcut",
    "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}]}],
    "splits": {"folds": 2, "seeds": 1}, "training": {"epochs": 2, "batch": 32}})");
  const std::string out = folder.file("run");
  ASSERT_EQ(run_crossfold({"run", folder.file("job.json"), "--out", out}).code, 0);
  const Ended other =
      run_crossfold({"run", folder.file("job.json"), "--out", out, "--engine", "reference"});
  EXPECT_EQ(other.code, 3);
  EXPECT_NE(other.err.find("/engine: \"lockstep\" -> \"reference\""), std::string::npos)
      << other.err;
}

/// What is counted of a bench of 16 features and cohorts of two. Each step reads and writes, in
/// float32, the parameters and the three moments of AdamW with AMSGrad; a domain head is so many
/// columns more, and is fed by a pass over all training samples.
void expect_counts(const json& result) {
  const auto of = [&](const char* variant, const char* count) {
    return result.at(variant).at(count).get<double>();
  };
  const double rows = result.at("train_samples");
  const double steps = std::floor(rows / 256);
  const double encoder = (16 + 3) * 256 + (256 + 3) * 64;
  EXPECT_DOUBLE_EQ(of("baseline", "bytes"), steps * 2 * 4 * 4 * (encoder + (64 + 1) * 3));
  const double domains =
      (of("disentangled", "bytes") - of("baseline", "bytes")) / (steps * 2 * 4 * 4 * (64 + 1));
  EXPECT_EQ(domains, std::round(domains));
  EXPECT_GE(domains, 2);
  EXPECT_DOUBLE_EQ(of("disentangled", "operations") - of("baseline", "operations"),
                   2 * 256 * steps * 3 * 64 * domains + 2 * rows * (16 * 256 + 256 * 64));
  for (const char* kind : {"baseline", "disentangled"}) {
    const std::string alone = std::string(kind) + "_alone";
    EXPECT_EQ(of(kind, "cohort"), 2);
    EXPECT_EQ(of(alone.c_str(), "cohort"), 1);
    for (const char* count : {"operations", "bytes"})
      EXPECT_EQ(of(alone.c_str(), count), of(kind, count)) << "of one fit, whoever is beside it";
  }
  EXPECT_EQ(result.at("threads"), 1);
  EXPECT_EQ(result.at("memory_limit_bytes"), 124e6);
  EXPECT_GT(result.at("memory_bytes"), 0);
  const auto copy = result.at("copy_bytes").get<std::uint64_t>();
  EXPECT_EQ(copy % (16 * sizeof(float)), 0U) << "whole samples";
  EXPECT_GT(static_cast<double>(copy), rows * 16 * sizeof(float));
}

TEST(Engines, TheBenchSaysHowCloseToTheMachineItComes) {
  const Ended bench = run_crossfold({"bench", "--samples", "1000", "--dim", "16", "--cohort", "2",
                                     "--epochs", "1", "--repeats", "1", "--json"});
  ASSERT_EQ(bench.code, 0) << bench.err;
  const json result = json::parse(bench.out);
  EXPECT_EQ(result.at("format"), "crossfold-bench");
  double highest = 0, library = 0;
  for (const json& product : result.at("products")) {
    const double rate = product.at("gflops");
    highest = std::max(highest, rate);
    if (product.at("by") == "onednn") library = std::max(library, rate);
  }
  EXPECT_GT(library, 0);
  EXPECT_EQ(result.at("product_gflops"), highest);
  EXPECT_EQ(result.at("library_gflops"), library);
  for (const char* variant : {"baseline", "disentangled", "baseline_alone", "disentangled_alone"}) {
    SCOPED_TRACE(variant);
    const json& rate = result.at(variant);
    const double epoch_s = rate.at("epoch_s");
    EXPECT_GT(epoch_s, 0);
    EXPECT_NEAR(rate.at("roofline_share").get<double>(),
                rate.at("operations").get<double>() / epoch_s / (highest * 1e9), 1e-9);
    EXPECT_NEAR(rate.at("library_share").get<double>(),
                rate.at("operations").get<double>() / epoch_s / (library * 1e9), 1e-9);
    EXPECT_NEAR(rate.at("epochs_per_s").get<double>(), 1 / epoch_s, 1e-6 / epoch_s);
  }
  // 3 x 256 batches of 810 training samples or so, and the products of the network of METHODS 4.
  const int batches = result.at("train_samples").get<int>() / 256;
  const double stepped = 256.0 * batches;
  EXPECT_DOUBLE_EQ(result.at("baseline").at("operations").get<double>(),
                   2 * stepped * (2 * 16 * 256 + 3 * 256 * 64 + 3 * 64 * 3));
  expect_counts(result);
}

/// The text has the numbers of a bench as the words of its options ask for them; without a cohort
/// nothing is trained alone once more.
TEST(Engines, TheBenchMeasuresWhatItIsAskedFor) {
  const std::vector<std::string> small{"bench",    "--samples", "1000",      "--dim", "20",
                                       "--epochs", "2",         "--repeats", "3"};
  const auto bench = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = small;
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_crossfold(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  };
  const json result = json::parse(bench({"--cohort", "1", "--json"}));
  for (const auto& [key, value] : std::map<std::string, int>{
           {"samples", 1000}, {"dim", 20}, {"cohort", 1}, {"epochs", 2}, {"repeats", 3}})
    EXPECT_EQ(result.at(key), value) << key;
  EXPECT_LT(result.at("train_samples"), 1000);
  EXPECT_EQ(result.at("/baseline/cohort"_json_pointer), 1);
  EXPECT_EQ(result.at("/disentangled/cohort"_json_pointer), 1);
  EXPECT_FALSE(result.contains("baseline_alone"));
  EXPECT_EQ(result.at("memory_limit_bytes"), 112e6);
  const int batches = result.at("train_samples").get<int>() / 256;
  const double samples = 256.0 * batches;
  for (const char* kind : {"baseline", "disentangled"}) {
    const double epoch_s = result.at(kind).at("epoch_s");
    EXPECT_NEAR(result.at(kind).at("samples_per_s").get<double>(), samples / epoch_s,
                1e-6 * samples / epoch_s);
  }
  // The domain head beside the classes, and a pass over all training samples that feeds it.
  const auto operations = [&](const char* kind) {
    return result.at(kind).at("operations").get<double>();
  };
  const double rows = result.at("train_samples");
  EXPECT_GT(operations("disentangled") - operations("baseline"), 2 * rows * (20 * 256 + 256 * 64));
  EXPECT_GT(result.at("/disentangled/bytes"_json_pointer),
            result.at("/baseline/bytes"_json_pointer));
  const std::string text = bench({"--cohort", "3"});
  for (const char* part :
       {" training samples x 20 features, batches of 256\n",
        "epochs, medians of 3 trainings of 2 epochs, ", "\n136 MB are allowed for 3 fits\n"})
    EXPECT_NE(text.find(part), std::string::npos) << part << text;
  for (const char* row : {"\n  baseline           3  ", "\n  disentangled       3  ",
                          "\n  baseline           1  ", "\n  disentangled       1  "})
    EXPECT_NE(text.find(row), std::string::npos) << row << text;
}

TEST(Engines, TheBenchOfAGpuNeedsOne) {
  const Ended bench = run_crossfold({"bench", "--device", "cuda", "--samples", "1000", "--dim",
                                     "16", "--epochs", "1", "--repeats", "1", "--json"});
  if (bench.code == 0) {  // a machine that has one
    EXPECT_FALSE(json::parse(bench.out).at("gpu").get<std::string>().empty());
    return;
  }
  EXPECT_EQ(bench.code, 2);
  EXPECT_EQ(bench.err,
            "crossfold: GPU 0 cannot be used (this program is built without CUDA, or there is no "
            "driver, or CUDA_VISIBLE_DEVICES hides it). 'crossfold doctor' says what it sees\n");
}

TEST(Engines, AnInstructionSetThatIsNotOneIsRefused) {
  const Ended refused = run_crossfold({"bench", "--isa", "sse9"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("--isa"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace crossfold
