// The same job gives the same bytes however it is run: promises 1 and 2 of src/README.md.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cli/held_run.h"
#include "cli/program.h"

namespace crossfold {
namespace {

/// A store and a job of 24 short fits, and the report of an undisturbed run, made once.
class SameNumbers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.2", "--dim", "16", "--seed", "3"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(folder_->file("job.json"), R"({
      "name": "small", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [
        {"name": "domains", "target": "domain", "candidates": [{"kind": "linear"}]},
        {"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
         "candidates": [{"kind": "baseline"},
                        {"kind": "disentangled", "lambda": {"from": {"grid": [1, 10]}}}]}],
      "splits": {"folds": 3, "seeds": 2},
      "training": {"epochs": 40, "batch": 32}})");
    const Ended run = run_crossfold({"run", job(), "--out", out("alone")});
    ASSERT_EQ(run.code, 0) << run.err;
    expected_ = report("alone");
    ASSERT_NE(expected_.find("\"task_auc\""), std::string::npos);
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string job() { return folder_->file("job.json"); }
  static std::string out(const std::string& name) { return folder_->file(name + ".run"); }
  static std::string report(const std::string& name) {
    const Ended made = run_crossfold({"report", out(name), "--format", "json", "--fits"});
    EXPECT_EQ(made.code, 0) << made.err;
    return made.out;
  }
  /// Runs on `ranks` and compares the report.
  static void expect_same(int ranks, const std::vector<std::string>& more = {}) {
    const std::string name = "ranks" + std::to_string(ranks) + (more.empty() ? "" : more.back());
    std::vector<std::string> arguments{"run", job(), "--out", out(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended run = Child(with_ranks(ranks, arguments), folder_->path()).wait();
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(report(name), expected_) << name;
  }

  /// Strikes at a run on three ranks that is held when 6 fits are in the journal, and lets a second
  /// run end the work.
  static void expect_same_after(const std::string& name, void (*strike)(Child&)) {
    {
      const WriteHold hold = hold_after_fits(folder_->path(), 6);
      Child run(hold.on(with_ranks(3, {"run", job(), "--out", out(name)})), folder_->path());
      hold.wait(run);
      strike(run);
      const Ended ended = run.wait();
      EXPECT_NE(ended.code, 0);
    }
    const Ended before = run_crossfold({"report", out(name), "--format", "json"});
    EXPECT_EQ(before.code, 1) << "an unfinished run must not pass as a finished one";
    const Ended resumed =
        Child(with_ranks(2, {"run", job(), "--out", out(name)}), folder_->path()).wait();
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_NE(resumed.err.find("6 of 24 fits are done already"), std::string::npos) << resumed.err;
    EXPECT_EQ(report(name), expected_) << name;
  }

  /// Asks the run that `command` starts to stop while it is held at its 7th fit, and lets a second
  /// run end the work. With one fit an item, most of the 24 cannot have been handed out by then.
  static void expect_same_after_stop(const std::string& name, std::vector<std::string> command) {
    command.insert(command.end(), {"--cohort", "1"});
    {
      const WriteHold hold = hold_after_fits(folder_->path(), 6);
      Child run(hold.on(std::move(command)), folder_->path());
      hold.wait(run);
      ::kill(run.pid(), SIGUSR1);
      wait_for_word(run, "stop requested: nothing more is handed out; ends within 20 s");
      hold.release();
      const Ended ended = run.wait();
      EXPECT_EQ(ended.code, 75) << ended.err;
    }
    const Ended resumed = run_crossfold({"run", job(), "--out", out(name)});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(report(name), expected_);
  }

  static ScratchFolder* folder_;
  static std::string expected_;
};

ScratchFolder* SameNumbers::folder_ = nullptr;
std::string SameNumbers::expected_;

TEST_F(SameNumbers, WhateverTheSizeOfACohort) {
  for (const int ranks : {1, 2, 4})
    for (const char* cohort : {"1", "4", "16"}) expect_same(ranks, {"--cohort", cohort});
}

TEST_F(SameNumbers, HoldingAnInstructionSetIsAClassOfItsOwn) {
  const Ended run = run_crossfold({"run", job(), "--out", out("portable"), "--isa", "portable"});
  ASSERT_EQ(run.code, 0) << run.err;
  const std::string provenance = read_text(out("portable") + "/provenance.json");
  EXPECT_NE(provenance.find("instruction set portable"), std::string::npos) << provenance;
  EXPECT_NE(provenance.find("lockstep engine, 1 thread"), std::string::npos) << provenance;
}

TEST_F(SameNumbers, OnManyWorkersOfOneProcess) {
  const Ended run = run_crossfold({"run", job(), "--out", out("threads"), "--workers", "3"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(report("threads"), expected_);
}

TEST_F(SameNumbers, OnOneRank) { expect_same(1); }
TEST_F(SameNumbers, OnTwoRanks) { expect_same(2); }
TEST_F(SameNumbers, OnFourRanks) { expect_same(4); }
TEST_F(SameNumbers, OnEightRanks) { expect_same(8); }
TEST_F(SameNumbers, OnTwoRanksWithADedicatedCoordinator) {
  expect_same(2, {"--coordinator", "dedicated"});
}
TEST_F(SameNumbers, OnEightRanksWithADedicatedCoordinator) {
  expect_same(8, {"--coordinator", "dedicated"});
}
TEST_F(SameNumbers, OnMoreRanksThanFits) { expect_same(30); }

TEST_F(SameNumbers, AfterAWorkerWasKilled) {
  expect_same_after("worker-killed", [](Child& run) {
    const std::vector<int> ranks = rank_processes(run.pid());
    ASSERT_EQ(ranks.size(), 3U);
    ::kill(ranks[1], SIGKILL);
  });
}

TEST_F(SameNumbers, AfterRankZeroWasKilled) {
  expect_same_after("root-killed", [](Child& run) {
    const std::vector<int> ranks = rank_processes(run.pid());
    ASSERT_EQ(ranks.size(), 3U);
    ::kill(ranks[0], SIGKILL);
  });
}

TEST_F(SameNumbers, AfterTheWholeGroupWasKilled) {
  expect_same_after("group-killed", [](Child& run) {
    const std::vector<int> ranks = rank_processes(run.pid());
    run.kill_group(SIGKILL);
    for (const int rank : ranks) ::kill(rank, SIGKILL);  // mpirun puts each rank into its own group
  });
}

TEST_F(SameNumbers, AfterAStopOnRequestThatMpirunPassesToEveryRank) {
  expect_same_after_stop("ranks-stopped",
                         with_ranks(2, {"run", job(), "--out", out("ranks-stopped")}));
}

TEST_F(SameNumbers, AfterAStopOnRequest) {
  expect_same_after_stop(
      "stopped", {crossfold_program(), "run", job(), "--out", out("stopped"), "--workers", "2"});
}

}  // namespace
}  // namespace crossfold
