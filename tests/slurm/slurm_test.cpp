// Jobs of `crossfold submit` on a real Slurm: signalled, requeued, cancelled, robbed of their node.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/site/tool.h"

#include "cli/held_run.h"
#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;
using site::run_tool;
using site::ToolAnswer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Far above what a loaded machine needs: what is waited for comes, or never.
constexpr int kLimitSeconds = 600;

ToolAnswer cluster(std::vector<std::string> words) {
  words.insert(words.begin(), CROSSFOLD_TEST_CLUSTER);
  return *run_tool(words, "", kLimitSeconds);
}

/// Asks Slurm or crossfold; a failure is one of the test.
std::string ask(const std::vector<std::string>& command) {
  const auto answer = run_tool(command, "", kLimitSeconds);
  EXPECT_TRUE(answer && answer->code == 0)
      << command[0] << ": " << (answer ? answer->err + answer->out : "not found");
  return answer ? answer->out : "";
}

/// True once `come` is; the test fails where that takes too long.
bool wait_for(const std::string& what, const std::function<bool()>& come) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(kLimitSeconds);
  while (!come()) {
    if (std::chrono::steady_clock::now() > limit) {
      ADD_FAILURE() << "waited " << kLimitSeconds << " s for: " << what;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

class SlurmTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const ToolAnswer permitted = cluster({"permitted"});
    if (permitted.code != 0) {
      why_not_ = permitted.out;
      return;
    }
    folder_ = std::make_unique<ScratchFolder>();
    ::setenv("SLURM_CONF", (slurm_folder() + "/slurm.conf").c_str(), 1);
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    ::setenv("OMPI_MCA_orte_tmpdir_base", slurm_folder().c_str(), 1);
    const ToolAnswer started =
        cluster({"start", slurm_folder(), "PreemptType=preempt/partition_prio",
                 "PreemptMode=REQUEUE", "PartitionName=main Nodes=ALL Default=YES PriorityTier=1",
                 "PartitionName=urgent Nodes=ALL PriorityTier=2"});
    ASSERT_EQ(started.code, 0) << started.err;

    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.5", "--dim", "64", "--seed", "3"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(job(), R"({
      "name": "fifty fits", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [{"name": "task", "evaluate": ["in", "oos"],
                       "candidates": [{"kind": "baseline"}]}],
      "splits": {"folds": 10, "seeds": 5},
      "training": {"epochs": 30, "batch": 32, "plateau": {"patience": 30}}})");
    const Ended run = run_crossfold({"run", job(), "--out", out("local")});
    ASSERT_EQ(run.code, 0) << run.err;
    expected_ = report("local");
  }
  static void TearDownTestSuite() {
    if (folder_) cluster({"stop", slurm_folder()});
    folder_.reset();
  }
  void SetUp() override {
    if (!why_not_.empty()) GTEST_SKIP() << why_not_;
  }
  void TearDown() override {
    if (!HasFailure() || !folder_) return;
    for (const auto& entry : std::filesystem::directory_iterator(folder_->path()))
      if (entry.path().extension() == ".log")
        ADD_FAILURE() << entry.path() << ":\n" << read_text(entry.path());
  }

  static std::string slurm_folder() { return folder_->file("slurm"); }
  /// With what names may hold.
  static std::string job() { return folder_->file("it's a \"job\".json"); }
  static std::string out(const std::string& name) { return folder_->file(name + " $run"); }
  static std::string report(const std::string& name) {
    const Ended made = run_crossfold({"report", out(name), "--format", "json", "--fits"});
    EXPECT_EQ(made.code, 0) << made.err;
    return made.out;
  }
  static json status(const std::string& name) {
    return json::parse(ask({crossfold_program(), "status", out(name), "--json"}));
  }
  static std::vector<std::string> submission(const std::string& name,
                                             const std::vector<std::string>& more) {
    std::vector<std::string> command{crossfold_program(), "submit", job(),     "--out",
                                     out(name),           "--log",  log(name), "--json"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
  /// Submits the job into out(name); returns Slurm's id.
  static std::string submit(const std::string& name, const std::vector<std::string>& more) {
    return json::parse(ask(submission(name, more))).at("slurm_job");
  }
  /// The same, held when some fits are in the journal of each start: Slurm passes the environment
  /// on.
  static std::string submit(const std::string& name, const std::vector<std::string>& more,
                            const WriteHold& hold) {
    return json::parse(ask(hold.on(submission(name, more)))).at("slurm_job");
  }
  static std::string log(const std::string& name) { return folder_->file(name + ".log"); }

  /// The value of a key in `scontrol show job`.
  static std::string fact(const std::string& id, const std::string& key) {
    const std::string text = ask({"scontrol", "show", "job", id});
    const auto at = text.find(" " + key + "=");
    if (at == std::string::npos) return "";
    const auto begin = at + key.size() + 2;
    return text.substr(begin, text.find_first_of(" \n", begin) - begin);
  }
  static bool wait_for_hold(const WriteHold& hold, int restarts = 0) {
    return wait_for("some fits", [&] { return hold.holds(restarts); });
  }
  /// How often the job's log, of all its starts, says so.
  static int times_logged(const std::string& name, const std::string& words) {
    const std::string text = read_text(log(name));
    int times = 0;
    for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
      ++times;
    return times;
  }
  /// Sends the batch script its signal to stop; returns once the run in out(name) has heard of it.
  static bool signal_batch(const std::string& id, const std::string& name, int restarts = 0) {
    ask({"scancel", "--batch", "--signal=USR1", id});
    return wait_for("the signal", [&] { return times_logged(name, kStopHeard) > restarts; });
  }
  static bool wait_for_requeue(const std::string& id, int restarts) {
    return wait_for("restart " + std::to_string(restarts),
                    [&] { return fact(id, "Restarts") == std::to_string(restarts); });
  }
  static bool wait_for_state(const std::string& id, const std::string& state) {
    return wait_for("job " + id + " " + state, [&] { return fact(id, "JobState") == state; });
  }

  static constexpr const char* kStopHeard = "stop requested: nothing more is handed out";
  static std::unique_ptr<ScratchFolder> folder_;
  static std::string expected_;
  static std::string why_not_;
};

std::unique_ptr<ScratchFolder> SlurmTest::folder_;
std::string SlurmTest::expected_;
std::string SlurmTest::why_not_;

TEST_F(SlurmTest, AJobThatIsSignalledTwiceRequeuesItselfAndCompletes) {
  const std::string name = "requeued";
  const WriteHold hold = hold_after_fits(folder_->path(), 4);
  const std::string id = submit(name, {"--cores-per-node", "2", "--time", "10"}, hold);
  for (const int restarts : {0, 1}) {
    ASSERT_TRUE(wait_for_hold(hold, restarts));
    if (restarts == 0) {
      const json seen = status(name);
      EXPECT_EQ(seen.at("expected"), 50);
      EXPECT_EQ(seen.at("runs").at(0).at("state"), "running");
      EXPECT_EQ(seen.at("runs").at(0).at("last_heard").at("slurm_job"), id);
      EXPECT_EQ(seen.at("runs").at(0).at("last_heard").at("workers").size(), 2U);
    }
    ASSERT_TRUE(signal_batch(id, name, restarts));
    hold.release_start(restarts);
    ASSERT_TRUE(wait_for_requeue(id, restarts + 1));
    EXPECT_EQ(times_logged(name, "stopped on request: "), restarts + 1);
  }
  hold.release();
  ASSERT_TRUE(wait_for_state(id, "COMPLETED"));
  EXPECT_EQ(report(name), expected_);
  EXPECT_EQ(status(name).at("runs").at(0).at("restarts"), 2);
  EXPECT_TRUE(status(name).at("over"));
}

TEST_F(SlurmTest, AnArrayOfShardsMergesToTheSameTable) {
  const std::string name = "shards";
  const std::string id = submit(name, {"--shards", "3", "--cores-per-node", "1"});
  ASSERT_TRUE(wait_for("three shards", [&] {
    const ToolAnswer seen = *run_tool({crossfold_program(), "status", out(name), "--json"});
    return seen.code == 0 && json::parse(seen.out).at("over").get<bool>();
  }));
  EXPECT_EQ(status(name).at("done"), 50);
  const Ended merged = run_crossfold({"run", job(), "--out", out(name), "--merge"});
  EXPECT_EQ(merged.code, 0) << merged.err;
  EXPECT_THAT(merged.err, HasSubstr("50 fits taken over from 3 shards: 50 of 50 are done"));
  EXPECT_EQ(report(name), expected_);
  for (const char* task : {"_1", "_2", "_3"}) EXPECT_TRUE(wait_for_state(id + task, "COMPLETED"));
}

TEST_F(SlurmTest, AShardRequeuesItselfAlone) {
  const std::string name = "shard-requeued";
  const WriteHold hold(folder_->path(), "/2-of-2/journal.jsonl", 4, "\"kind\":\"fit\"");
  const std::string id = submit(name, {"--shards", "2", "--cores-per-node", "1"}, hold);
  const std::string second = id + "_2";
  ASSERT_TRUE(wait_for_hold(hold));
  ASSERT_TRUE(signal_batch(second, name));
  hold.release();
  ASSERT_TRUE(wait_for_requeue(second, 1));
  ASSERT_TRUE(wait_for_state(second, "COMPLETED"));
  ASSERT_TRUE(wait_for_state(id + "_1", "COMPLETED"));
  EXPECT_EQ(fact(id + "_1", "Restarts"), "0");
  EXPECT_EQ(run_crossfold({"run", job(), "--out", out(name), "--merge"}).code, 0);
  EXPECT_EQ(report(name), expected_);
}

TEST_F(SlurmTest, ACancelledJobStaysCancelledAndRunContinuesIt) {
  const std::string name = "cancelled";
  const WriteHold hold = hold_after_fits(folder_->path(), 8);
  const std::string id = submit(name, {"--cores-per-node", "2"}, hold);
  ASSERT_TRUE(wait_for_hold(hold));
  ask({"scancel", id});
  ASSERT_TRUE(wait_for_state(id, "CANCELLED"));
  hold.release();
  // The job is over for Slurm before its last process is.
  ASSERT_TRUE(wait_for("an empty queue", [&] {
    return ask({"squeue", "--noheader", "--jobs", id}).empty() &&
           status(name).at("runs").at(0).at("state") != "running";
  }));
  EXPECT_EQ(fact(id, "Restarts"), "0");
  const Ended run = run_crossfold({"run", job(), "--out", out(name)});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("of 50 fits are done already"));
  EXPECT_EQ(report(name), expected_);
}

TEST_F(SlurmTest, APreemptedJobIsRequeuedAndCompletes) {
  const std::string name = "preempted";
  const WriteHold hold = hold_after_fits(folder_->path(), 8);
  const std::string id = submit(name, {"--cores-per-node", "2"}, hold);
  ASSERT_TRUE(wait_for_hold(hold));
  // It takes both nodes whole.
  ask({"sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null",
       "--wrap=true"});
  ASSERT_TRUE(wait_for_requeue(id, 1));
  hold.release();
  ASSERT_TRUE(wait_for_state(id, "COMPLETED"));
  EXPECT_THAT(read_text(log(name)),
              AllOf(HasSubstr("DUE TO PREEMPTION"), HasSubstr("of 50 fits are done already")));
  EXPECT_EQ(report(name), expected_);
}

TEST_F(SlurmTest, ALostNodeEndsInARequeueElsewhere) {
  const std::string name = "lost-node";
  const WriteHold hold = hold_after_fits(folder_->path(), 8);
  const std::string id = submit(name, {"--cores-per-node", "2"}, hold);
  ASSERT_TRUE(wait_for_hold(hold));
  const std::string node = fact(id, "BatchHost");
  ASSERT_EQ(cluster({"kill-node", slurm_folder(), node}).code, 0);
  ASSERT_TRUE(wait_for_requeue(id, 1));
  hold.release();
  ASSERT_TRUE(wait_for_state(id, "COMPLETED"));
  EXPECT_NE(fact(id, "BatchHost"), node);
  EXPECT_EQ(report(name), expected_);
  EXPECT_EQ(cluster({"start-node", slurm_folder(), node}).code, 0);
  EXPECT_TRUE(wait_for(node + " again", [&] {
    return ask({"sinfo", "--noheader", "--nodes", node, "--format", "%T"}) == "idle\n";
  }));
}

TEST_F(SlurmTest, AnErrorInTheJobIsNotTriedAgain) {
  const std::string id = submit("mistaken", {"--cores-per-node", "1", "--", "--device", "cuda"});
  ASSERT_TRUE(wait_for_state(id, "FAILED"));
  EXPECT_EQ(fact(id, "Restarts"), "0");
  EXPECT_THAT(read_text(log("mistaken")),
              AllOf(HasSubstr("crossfold: --device cuda: "),
                    HasSubstr("ended with code 2, which a restart cannot heal")));
}

TEST_F(SlurmTest, EachRankTakesItsOwnGpuHoweverItWasStarted) {
  const auto ranks = [](std::vector<std::string> command) {
    for (const std::string& word :
         {crossfold_program(), std::string("doctor"), std::string("--ranks")})
      command.push_back(word);
    return ask(command);
  };
  const auto own_gpu = AllOf(HasSubstr("rank 0 of 2 on "), HasSubstr("rank 1 of 2 on "),
                             HasSubstr(": GPU 0\n"), HasSubstr(": GPU 1\n"));
  EXPECT_THAT(ranks({"srun", "--mpi=pmix", "-N1", "-n2", "--gres=gpu:2"}), own_gpu);
  EXPECT_THAT(ranks({"srun", "--mpi=pmix", "-N1", "-n2", "--gpus-per-task=1"}), own_gpu);
  EXPECT_THAT(ranks({"salloc", "-Q", "-N1", "-n2", "--gres=gpu:2", "mpirun"}), own_gpu);
}

TEST_F(SlurmTest, WholeNodesAreTakenUnlessToldOtherwise) {
  const std::string id = submit("whole-nodes", {"--", "--no-pin"});
  ASSERT_TRUE(wait_for_state(id, "COMPLETED"));
  EXPECT_THAT(read_text(log("whole-nodes")), HasSubstr("50 fits to train on 8 workers"));
  EXPECT_EQ(report("whole-nodes"), expected_);
}

TEST_F(SlurmTest, SrunStartsTheRanksAsWell) {
  const std::string name = "srun";
  const std::string id = submit(name, {"--launcher", "srun", "--cores-per-node", "2"});
  ASSERT_TRUE(wait_for_state(id, "COMPLETED"));
  EXPECT_EQ(report(name), expected_);
}

/// Last: it leaves another configuration.
TEST_F(SlurmTest, DoctorTellsThreeSettingsApart) {
  const auto verdict = [](const std::vector<std::string>& lines, const std::string& id) {
    std::vector<std::string> words{"reread", slurm_folder()};
    words.insert(words.end(), lines.begin(), lines.end());
    EXPECT_EQ(cluster(words).code, 0);
    const ToolAnswer answer =
        *run_tool({crossfold_program(), "doctor", "--json", "--dir", folder_->path().string()}, "",
                  kLimitSeconds);
    EXPECT_TRUE(json::accept(answer.out)) << answer.code << ": " << answer.err;
    const json told = json::parse(answer.out);
    for (const json& finding : told.at("findings"))
      if (finding.at("id") == id) return finding.at("verdict").get<std::string>();
    return "no finding " + id;
  };
  const std::string by_partition = "PreemptType=preempt/partition_prio";
  const auto partition = [](const std::string& more) {
    return "PartitionName=main Nodes=ALL Default=YES " + more;
  };
  const std::vector<std::string> cancel{by_partition, "PreemptMode=CANCEL", partition("")};
  const std::vector<std::string> requeue{by_partition, "PreemptMode=REQUEUE", partition("")};
  const std::vector<std::string> grace{by_partition, "PreemptMode=REQUEUE",
                                       "SlurmctldParameters=preempt_send_user_signal",
                                       partition("GraceTime=300")};
  EXPECT_EQ(verdict(cancel, "preempted-job-restarts"), "broken");
  EXPECT_EQ(verdict(cancel, "warned-before-preemption"), "broken");
  EXPECT_EQ(verdict(requeue, "preempted-job-restarts"), "holds");
  EXPECT_EQ(verdict(requeue, "warned-before-preemption"), "broken");
  EXPECT_EQ(verdict(grace, "preempted-job-restarts"), "holds");
  EXPECT_EQ(verdict(grace, "warned-before-preemption"), "holds");
}

}  // namespace
}  // namespace crossfold
