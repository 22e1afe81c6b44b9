// A sweep with a race decides the same however it is run: the stages, the report and the list of
// candidates are equal to the byte.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/held_run.h"
#include "cli/program.h"

namespace crossfold {
namespace {

class Sweep : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.1", "--dim", "8", "--seed", "3"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(folder_->file("job.json"), R"({
      "name": "small sweep", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [
        {"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
         "candidates": [{"kind": "disentangled", "name": "d",
            "lambda": {"schedule": "constant", "from": {"log": [0.05, 20]}},
            "training": {"learning_rate": {"log": [0.0003, 0.01]}}}],
         "sweep": {"candidates": 12, "race": {"rungs": [4, 8], "indifference": 0.01},
                   "select": ["validation", "held-out", "one-se", "source-out", "constrained",
                              "oracle"],
                   "tau": 0.99}},
        {"name": "another", "candidates": [{"kind": "linear", "name": "c",
            "c": {"log": [0.001, 100]}}],
         "sweep": {"candidates": 6, "race": {"risk": "greedy", "rungs": [3, 6]}}},
        {"name": "nested", "candidates": [{"kind": "linear", "name": "c",
            "c": {"log": [0.001, 100]}}],
         "sweep": {"candidates": 3, "nested": {"folds": 2}}},
        {"name": "learnt", "candidates": [{"kind": "disentangled", "name": "g", "lambda": {"choice": [
            {"schedule": "constant", "from": {"log": [0.05, 20]}},
            {"schedule": "linear", "from": {"log": [1, 20]}, "to": {"uniform": [0, 1]}}]}}],
         "sweep": {"sampler": "tpe", "generation": 4, "candidates": 10}}],
      "splits": {"folds": 4, "seeds": 3},
      "training": {"epochs": 6, "batch": 32}})");
    const Ended run = run_crossfold({"run", job(), "--out", out("alone"), "--workers", "1"});
    ASSERT_EQ(run.code, 0) << run.err;
    ASSERT_NE(run.err.find("race of 'task' on synth/shortcut is over"), std::string::npos)
        << run.err;
    expected_ = outcome("alone");
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string job() { return folder_->file("job.json"); }
  static std::string out(const std::string& name) { return folder_->file(name + ".run"); }

  /// Stage lines, by race and number; report; candidates.
  struct Outcome {
    std::vector<std::string> stages;
    std::string report;
    std::string candidates;
    bool operator==(const Outcome&) const = default;
  };
  static Outcome outcome(const std::string& name) {
    Outcome found;
    std::istringstream journal(read_text(out(name) + "/journal.jsonl"));
    for (std::string line; std::getline(journal, line);)
      if (line.find("\"kind\":\"stage\"") != std::string::npos) found.stages.push_back(line);
    std::sort(found.stages.begin(), found.stages.end());
    const Ended report = run_crossfold({"report", out(name), "--format", "json", "--fits"});
    EXPECT_EQ(report.code, 0) << report.err;
    found.report = report.out;
    const Ended candidates = run_crossfold({"export", out(name), "candidates"});
    EXPECT_EQ(candidates.code, 0) << candidates.err;
    found.candidates = candidates.out;
    return found;
  }
  static void expect_same(const std::string& name) {
    const Outcome found = outcome(name);
    EXPECT_EQ(found.stages, expected_.stages);
    EXPECT_EQ(found.report, expected_.report);
    EXPECT_EQ(found.candidates, expected_.candidates);
  }

  static ScratchFolder* folder_;
  static Outcome expected_;
};

ScratchFolder* Sweep::folder_ = nullptr;
Sweep::Outcome Sweep::expected_;

TEST_F(Sweep, GivesUpCandidatesAndSaysSo) {
  EXPECT_EQ(expected_.stages.size(), 13U)
      << "two races of three rungs and an end, left-out sources in one of them, three generations "
         "and an end";
  EXPECT_NE(expected_.candidates.find("given-up"), std::string::npos) << expected_.candidates;
  const Ended report = run_crossfold({"report", out("alone")});
  EXPECT_EQ(report.code, 0) << report.err;
  for (const char* text : {"what the rules choose", "oracle (PEEKS)", "the race", "given up",
                           "which parameters matter", "greedy, which guarantees nothing",
                           "source-out", "AUC on left-out sources", "nested (2 inner folds)"})
    EXPECT_NE(report.out.find(text), std::string::npos) << text << "\n" << report.out;
  const Ended status = run_crossfold({"status", out("alone")});
  EXPECT_NE(status.out.find("race of 'task' on synth/shortcut: over"), std::string::npos)
      << status.out;
  EXPECT_NE(status.out.find(" 0 to do"), std::string::npos) << status.out;
}

/// Races, left-out sources and generations alike: what is drawn by results that were taken over is
/// looked for in its turn.
TEST_F(Sweep, TakesOverWhatAnotherRunDrew) {
  const Ended run =
      run_crossfold({"run", job(), "--out", out("warm"), "--warm-start", out("alone")});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.err.find(" 0 fits trained in "), std::string::npos) << run.err;
  expect_same("warm");
}

TEST_F(Sweep, DrawsGenerationsAndSaysSo) {
  const Ended plan = run_crossfold({"plan", job()});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_NE(plan.out.find("search of 'learnt': 10 candidates in 3 generations; those above are the "
                          "first, each later one is drawn by what those before it came to"),
            std::string::npos)
      << plan.out;
  EXPECT_NE(plan.out.find("fits: at most 582, 510 of them drawn already"), std::string::npos)
      << plan.out;
  const Ended status = run_crossfold({"status", out("alone")});
  EXPECT_NE(status.out.find("search of 'learnt': over, 10 candidates; the best is g["),
            std::string::npos)
      << status.out;
  const nlohmann::json answer =
      nlohmann::json::parse(run_crossfold({"status", out("alone"), "--json"}).out);
  EXPECT_NE(answer.dump().find("\"searches\":[{\"candidates\":10"), std::string::npos)
      << answer.dump(1);
  const Ended report = run_crossfold({"report", out("alone")});
  EXPECT_EQ(report.code, 0) << report.err;
  for (const char* text : {"learnt: the search", "10 of 10 candidates; the best is g[lambda=",
                           "the search drew most candidates near the best"})
    EXPECT_NE(report.out.find(text), std::string::npos) << text << "\n" << report.out;
  const nlohmann::json tables = nlohmann::json::parse(expected_.report).at("tables");
  const nlohmann::json& search = tables.at(3).at("sweeps").at(0).at("search");
  EXPECT_EQ(search.at("by"), "task_auc");
  std::vector<std::size_t> candidates, fits;
  for (const nlohmann::json& generation : search.at("generations")) {
    candidates.push_back(generation.at("candidates"));
    fits.push_back(generation.at("fits"));
  }
  EXPECT_EQ(candidates, (std::vector<std::size_t>{4, 8, 10}));
  EXPECT_EQ(fits, (std::vector<std::size_t>{48, 96, 120})) << "12 splits each";
  std::size_t learnt = 0;
  for (std::size_t at = 0; (at = expected_.candidates.find("g[lambda=", at)) != std::string::npos;
       ++at)
    ++learnt;
  EXPECT_GE(learnt, 10U) << expected_.candidates;
}

TEST_F(Sweep, IsPlannedWithTheLeastAndTheMostFits) {
  const Ended plan = run_crossfold({"plan", job()});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_NE(plan.out.find("race of 'task' on synth/shortcut: 12 candidates, rungs of 4, 8 splits, "
                          "then 9 with a source left out; 65 to 252 of these fits are trained"),
            std::string::npos)
      << plan.out;
  EXPECT_NE(plan.out.find("source-out of 'task': 126 of these fits,"), std::string::npos)
      << plan.out;
  EXPECT_NE(plan.out.find("nested of 'nested': 72 of these fits,"), std::string::npos) << plan.out;
}

/// From the predictions that the run kept.
TEST_F(Sweep, SaysWhatAChoiceIsWorth) {
  const nlohmann::json report = nlohmann::json::parse(expected_.report);
  const nlohmann::json& choices = report["tables"][0]["sweeps"][0]["selection"];
  for (const nlohmann::json& choice : choices) {
    if (choice["rule"] != "held-out" && choice["rule"] != "one-se") continue;
    EXPECT_EQ(choice["honest"]["kind"], "bias-corrected");
    ASSERT_TRUE(choice["honest"]["mean"].is_number()) << choice.dump(1);
    EXPECT_LT(choice["honest"]["low"], choice["honest"]["mean"]);
    EXPECT_NEAR(choice["honest"]["mean"].get<double>(), choice["in_pool"]["mean"].get<double>(),
                0.05);
  }
  const nlohmann::json& of_sources = choices[3];
  EXPECT_EQ(of_sources["rule"], "source-out");
  EXPECT_EQ(of_sources["honest"]["kind"], "bias-corrected-over-sources");
  EXPECT_NEAR(of_sources["honest"]["mean"].get<double>(), of_sources["criterion"].get<double>(),
              0.05);
}

TEST_F(Sweep, IsTheSameOnTwoAndFourRanks) {
  for (const int ranks : {2, 4}) {
    const std::string name = "ranks" + std::to_string(ranks);
    const Ended run =
        Child(with_ranks(ranks, {"run", job(), "--out", out(name)}), folder_->path()).wait();
    ASSERT_EQ(run.code, 0) << run.err;
    expect_same(name);
  }
}

TEST_F(Sweep, IsTheSameWithACoordinatorOfItsOwn) {
  const Ended run =
      Child(with_ranks(3, {"run", job(), "--out", out("dedicated"), "--coordinator", "dedicated"}),
            folder_->path())
          .wait();
  ASSERT_EQ(run.code, 0) << run.err;
  expect_same("dedicated");
}

TEST_F(Sweep, IsTheSameForAnyCohorts) {
  const Ended run =
      run_crossfold({"run", job(), "--out", out("cohorts"), "--cohort", "3", "--workers", "2"});
  ASSERT_EQ(run.code, 0) << run.err;
  Outcome found = outcome("cohorts");
  EXPECT_EQ(found.stages, expected_.stages);
  EXPECT_EQ(found.candidates, expected_.candidates);
}

/// Killed again and again at a random line of the journal. CROSSFOLD_SWEEP_KILLS=20 is the long
/// form.
TEST_F(Sweep, IsTheSameAfterKillsAtAnyStage) {
  const char* wanted = std::getenv("CROSSFOLD_SWEEP_KILLS");
  const int kills = wanted ? std::atoi(wanted) : 4;
  std::mt19937 random(7);
  int struck = 0;
  for (int kill = 0; kill < kills; ++kill) {
    const int writes = std::uniform_int_distribution<int>(3, 40)(random);
    const WriteHold hold(folder_->path(), "killed.run/journal.jsonl", writes);
    Child run(hold.on(with_ranks(2, {"run", job(), "--out", out("killed")})), folder_->path());
    while (!hold.holds() && run.running())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (hold.holds()) ++struck;
    for (const int rank : rank_processes(run.pid())) ::kill(rank, SIGKILL);
    run.kill_group(SIGKILL);
    run.wait();
  }
  EXPECT_GE(struck, std::min(kills, 3));
  const Ended run = run_crossfold({"run", job(), "--out", out("killed")});
  ASSERT_EQ(run.code, 0) << run.err;
  expect_same("killed");
}

TEST_F(Sweep, IsNotDividedIntoShards) {
  const Ended run = run_crossfold({"run", job(), "--out", out("shard"), "--shard", "1/2"});
  EXPECT_EQ(run.code, 3);
  EXPECT_NE(run.err.find("cannot be divided: experiment 'task' races"), std::string::npos)
      << run.err;
  const Ended merge = run_crossfold({"run", job(), "--out", out("shard"), "--merge"});
  EXPECT_EQ(merge.code, 3);
  EXPECT_NE(merge.err.find("cannot be merged"), std::string::npos) << merge.err;
}

/// The example, made small.
TEST_F(Sweep, OfTheJobsFolderRuns) {
  nlohmann::json example =
      nlohmann::json::parse(read_text(CROSSFOLD_SOURCE_DIR "/jobs/sweep.json"));
  EXPECT_EQ(example["experiments"][0]["sweep"]["candidates"], 256);
  example["store"] = "s.h5";
  example["splits"] = {{"folds", 4}, {"seeds", 2}};
  example["training"]["epochs"] = 2;
  example["experiments"][0]["sweep"]["candidates"] = 10;
  write_text(folder_->file("example.json"), example.dump());
  const Ended run = run_crossfold({"run", folder_->file("example.json"), "--out", out("example")});
  ASSERT_EQ(run.code, 0) << run.err;
  const Ended report = run_crossfold({"report", out("example"), "--format", "md"});
  EXPECT_EQ(report.code, 0) << report.err;
  EXPECT_NE(report.out.find("constrained"), std::string::npos);
}

/// A run that was killed between the last fit of a stage and the stage's line.
TEST_F(Sweep, ComputesAStageThatTheJournalDoesNotTell) {
  const std::string copy = out("untold");
  std::filesystem::copy(out("alone"), copy, std::filesystem::copy_options::recursive);
  std::istringstream journal(read_text(copy + "/journal.jsonl"));
  std::string text;
  for (std::string line; std::getline(journal, line);)
    if (line.find("\"kind\":\"stage\"") == std::string::npos) text += line + "\n";
  write_text(copy + "/journal.jsonl", text);
  const Ended report = run_crossfold({"report", copy, "--format", "json", "--fits"});
  EXPECT_EQ(report.code, 0) << report.err;
  EXPECT_EQ(report.out, expected_.report);
  const Ended run = run_crossfold({"run", job(), "--out", copy});
  EXPECT_EQ(run.code, 0) << run.err;
  expect_same("untold");
}

}  // namespace
}  // namespace crossfold
