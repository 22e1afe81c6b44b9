// status, submit, doctor and shards as a user meets them on a machine without a cluster.

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/held_run.h"
#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A store and a job of eight short fits, made once.
class ClusterVerbs : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.05", "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(job(), R"({"name": "a job", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}]},
                 {"name": "site", "target": "domain", "candidates": [{"kind": "linear"}]}],
 "splits": {"folds": 2, "seeds": 2}, "training": {"epochs": 2, "batch": 32}})");
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string job() { return folder_->file("job.json"); }
  static std::string out(const std::string& name) { return folder_->file(name); }
  static Ended run(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"run", job(), "--out", out(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_crossfold(arguments);
  }
  static std::string report(const std::string& name) {
    return run_crossfold({"report", out(name), "--format", "json", "--fits"}).out;
  }

  static ScratchFolder* folder_;
};

ScratchFolder* ClusterVerbs::folder_ = nullptr;

TEST_F(ClusterVerbs, StatusTellsOfAFinishedRun) {
  ASSERT_EQ(run("finished").code, 0);
  const Ended text = run_crossfold({"status", out("finished")});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(StartsWith("a job: 8 of 8 fits done, 0 failed, 0 to do\n"),
                              HasSubstr("finished at 20")));
  const json told = json::parse(run_crossfold({"status", out("finished"), "--json"}).out);
  EXPECT_EQ(told.at("format"), "crossfold-status");
  EXPECT_EQ(told.at("done"), 8);
  EXPECT_EQ(told.at("runs").at(0).at("state"), "finished");
  EXPECT_EQ(run_crossfold({"status", out("finished"), "--watch"}).code, 0) << "it ends by itself";
}

TEST_F(ClusterVerbs, StatusIsWatchedBeforeTheRunHasStarted) {
  for (const char* name : {"later", "locked"}) {
    if (name == std::string("locked")) {
      std::filesystem::create_directory(out(name));
      write_text(out(name) + "/lock", "");
    }
    Child watch({crossfold_program(), "status", out(name), "--watch", "--json"}, folder_->path());
    wait_for_word(watch, out(name) + ": no run has started there yet. waiting for one");
    ASSERT_EQ(run(name).code, 0);
    const Ended ended = watch.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr(R"("done":8,)")) << "its last line";
  }
  write_text(out("other") + ".txt", "a user's file");
  EXPECT_EQ(run_crossfold({"status", out("other") + ".txt", "--watch"}).code, 4);
  std::filesystem::create_directory(out("of a user"));
  write_text(out("of a user") + "/notes.txt", "");
  EXPECT_EQ(run_crossfold({"status", out("of a user"), "--watch"}).code, 3);
}

TEST_F(ClusterVerbs, StatusKnowsAtOnceOfARunThatWasKilled) {
  const WriteHold hold = hold_after_fits(folder_->path(), 2);
  Child killed(hold.on({crossfold_program(), "run", job(), "--out", out("killed")}),
               folder_->path());
  hold.wait(killed);
  const auto state = [&] {
    const Ended told = run_crossfold({"status", out("killed"), "--json"});
    return json::parse(told.out).at("runs").at(0).at("state").get<std::string>();
  };
  EXPECT_EQ(state(), "running");
  killed.kill_group(SIGKILL);
  static_cast<void>(killed.wait());
  EXPECT_EQ(state(), "interrupted");
  const Ended text = run_crossfold({"status", out("killed")});
  EXPECT_THAT(text.out,
              ContainsRegex("\ninterrupted on [^ ]+, last heard of .+ ago \\(killed, or "
                            "ended by an error\\). run the same command again to go on\n"));
  ASSERT_EQ(run("killed").code, 0);
  EXPECT_EQ(state(), "finished");
}

TEST_F(ClusterVerbs, ShardsMergeToTheTableOfOneRun) {
  ASSERT_EQ(run("whole").code, 0);
  for (const char* shard : {"1/3", "3/3"}) ASSERT_EQ(run("shards", {"--shard", shard}).code, 0);
  EXPECT_THAT(run_crossfold({"status", out("shards")}).out, HasSubstr("shard 2/3: not started\n"));
  const json early_status = json::parse(run_crossfold({"status", out("shards"), "--json"}).out);
  EXPECT_FALSE(early_status.at("over"));
  EXPECT_EQ(early_status.at("expected"), 8) << "of the whole plan";
  std::size_t done = 0;
  for (const json& shard : early_status.at("runs")) {
    EXPECT_EQ(shard.at("expected"), shard.at("done"));
    done += shard.at("done").get<std::size_t>();
  }
  EXPECT_EQ(early_status.at("done"), done);
  EXPECT_EQ(early_status.at("missing"), 8 - done);
  const std::vector<std::vector<std::string>> readers{{"report", out("shards")},
                                                      {"export", out("shards"), "predictions"},
                                                      {"audit", out("shards")},
                                                      {"compare", out("whole"), out("shards")}};
  for (const std::vector<std::string>& reader : readers)
    EXPECT_EQ(
        run_crossfold(reader).err,
        "crossfold: " + out("shards") +
            ": holds shards that were not taken together yet. `crossfold run` with the same job "
            "and --out, and --merge, does that\n")
        << reader.front();
  const Ended timeline = run_crossfold({"timeline", out("shards")});
  EXPECT_EQ(timeline.code, 0) << "what was done when can be told before: " << timeline.err;
  const Ended early = run("shards", {"--merge"});
  EXPECT_EQ(early.code, 1);
  EXPECT_THAT(early.err, HasSubstr("1 of 3 shards are missing: 2/3. run each with --shard"));
  EXPECT_EQ(run_crossfold({"report", out("shards")}).code, 1) << "it is not complete";
  const Ended last = run("shards", {"--shard", "2/3"});
  EXPECT_THAT(last.err, HasSubstr("shard 2 of 3 is done. when all are, `crossfold run --merge` "
                                  "with the same job and --out takes them together"));
  const Ended merged = run("shards", {"--merge"});
  EXPECT_EQ(merged.code, 0) << merged.err;
  EXPECT_THAT(merged.err, HasSubstr("8 of 8 are done"));
  EXPECT_EQ(report("shards"), report("whole"));
  EXPECT_TRUE(json::parse(run_crossfold({"status", out("shards"), "--json"}).out).at("over"));
}

/// What was taken together is mended as a run of its own is: where that is asked for.
TEST_F(ClusterVerbs, MergeMendsWhatItIsAllowedTo) {
  for (const char* shard : {"1/2", "2/2"}) ASSERT_EQ(run("mended", {"--shard", shard}).code, 0);
  ASSERT_EQ(run("mended", {"--merge"}).code, 0);
  const std::string whole = report("mended");
  const std::string journal = out("mended") + "/journal.jsonl";
  std::string text = read_text(journal);
  text[text.find("\"kind\":\"fit\"") + 20] ^= 1;
  write_text(journal, text);
  const Ended refused = run("mended", {"--merge"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("`crossfold run --salvage`"));
  const Ended mended = run("mended", {"--merge", "--salvage"});
  EXPECT_EQ(mended.code, 0) << mended.err;
  EXPECT_THAT(mended.err, HasSubstr("the damaged journal is now journal.damaged-1.jsonl"));
  EXPECT_EQ(report("mended"), whole) << "the fit that was lost is with its shard";
}

TEST_F(ClusterVerbs, MergeWithoutShardsSaysSo) {
  const Ended ended = run("none", {"--merge"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(ended.err, "crossfold: " + out("none") +
                           ": holds no shards (nothing to take together). make them with crossfold "
                           "run --shard\n");
  EXPECT_FALSE(std::filesystem::exists(out("none")));
}

TEST_F(ClusterVerbs, ShardsThatAreNoneAreRefused) {
  for (const char* text : {"0/3", "4/3", "2", "2/3/4", "a/b", "2/3 ", "-1/3"}) {
    const Ended ended = run("refused", {"--shard=" + std::string(text)});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.err, "crossfold: --shard is '" + std::string(text) +
                             "' (no share of a plan). write 2/3 for the second of three; at most "
                             "100000 are possible\n");
  }
  EXPECT_EQ(run("refused", {"--shard", "1/2", "--merge"}).err,
            "crossfold: --merge and --shard exclude each other. run every shard, then merge\n");
}

TEST_F(ClusterVerbs, SubmitPrintsAScriptThatBashCanRead) {
  const Ended ended =
      run_crossfold({"submit", job(), "--out", out("it's \"odd\" $x"), "--cores-per-node", "4",
                     "--time", "02:00:00", "--shards", "3", "--dry-run", "--", "--device", "cpu"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(
      ended.out,
      AllOf(HasSubstr("#SBATCH --job-name=a-job\n"), HasSubstr("#SBATCH --ntasks-per-node=4\n"),
            HasSubstr("#SBATCH --array=1-3\n"), HasSubstr("program=" + crossfold_program() + "\n"),
            HasSubstr(" --device cpu --shard \"$SLURM_ARRAY_TASK_ID/3\")")));
  write_text(folder_->file("script"), ended.out);
  const Ended parsed = Child({"bash", "-n", folder_->file("script")}, folder_->path()).wait();
  EXPECT_EQ(parsed.code, 0) << parsed.err;
}

TEST_F(ClusterVerbs, SubmitAnswersInJsonWithoutSubmitting) {
  const std::vector<std::string> submit{"submit", job(), "--out", out("a.run"), "--dry-run"};
  const Ended text = run_crossfold(submit);
  std::vector<std::string> in_json = submit;
  in_json.emplace_back("--json");
  const Ended ended = run_crossfold(in_json);
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto answer = nlohmann::json::parse(ended.out);
  EXPECT_EQ(answer.at("format"), "crossfold-submit");
  EXPECT_EQ(answer.at("slurm_job"), nullptr);
  EXPECT_EQ(answer.at("directory"), out("a.run"));
  EXPECT_EQ(answer.at("script"), text.out);
}

TEST_F(ClusterVerbs, SubmitNamesErrorsBeforeAnythingIsSubmitted) {
  EXPECT_EQ(run_crossfold({"submit", job(), "--time", "soon", "--at-once", "2"}).err,
            "crossfold: submit: 2 errors\n"
            "  --time: is 'soon' (no time limit). write 90s, 15m, 2h, 1d, 2h30m or Slurm's "
            "[days-]hours:minutes:seconds; a number alone is minutes, as Slurm has it\n"
            "  --at-once: is for shards (there is one run only). add --shards\n");
  EXPECT_EQ(run_crossfold({"submit", folder_->file("none.json"), "--dry-run"}).code, 4);
}

TEST_F(ClusterVerbs, DoctorJudgesThisMachine) {
  const Ended ended = run_crossfold({"doctor", "--json", "--dir", folder_->path().string()});
  const json told = json::parse(ended.out);
  EXPECT_EQ(told.at("format"), "crossfold-doctor");
  std::vector<std::string> ids;
  for (const json& finding : told.at("findings")) ids.push_back(finding.at("id"));
  EXPECT_THAT(
      ids, ::testing::IsSupersetOf({"mpirun-starts-ranks", "lost-rank-survived", "gpus-usable",
                                    "cores-usable", "second-run-refused", "journal-is-durable"}));
}

/// A rank takes the GPUs that the launcher gives it in turn, and calls them as the launcher does.
TEST_F(ClusterVerbs, DoctorSaysWhatEachRankWouldTake) {
  const auto told = [](const std::string& gpus) {
    std::vector<std::string> command = with_ranks(2, {"doctor", "--ranks"});
    if (!gpus.empty()) command.insert(command.begin(), {"env", "CUDA_VISIBLE_DEVICES=" + gpus});
    const Ended ended = Child(command, folder_->path()).wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  };
  const std::string two = told("3,5");
  EXPECT_THAT(two, ContainsRegex("rank 0 of 2 on [^ ]+: GPU 3\n"));
  EXPECT_THAT(two, ContainsRegex("rank 1 of 2 on [^ ]+: GPU 5\n"));
  EXPECT_THAT(told("7"), ContainsRegex("rank 1 of 2 on [^ ]+: GPU 7\n"));
}

/// As `doctor` itself tries it.
Ended lose_a_rank(const std::vector<std::string>& options, const ScratchFolder& folder) {
  std::vector<std::string> command{"mpirun"};
  command.insert(command.end(), options.begin(), options.end());
  for (const char* word : {"--oversubscribe", "-n", "2"}) command.emplace_back(word);
  command.insert(command.end(), {crossfold_program(), "doctor", "--lose-rank"});
  return Child(command, folder.path()).wait(120);
}

/// Without the option mpirun ends the other rank too.
TEST_F(ClusterVerbs, DoctorKnowsHowALostRankIsSurvived) {
  EXPECT_THAT(lose_a_rank({"--enable-recovery"}, *folder_).out,
              HasSubstr("this rank goes on without the lost one"));
  const Ended ended = lose_a_rank({}, *folder_);
  EXPECT_NE(ended.code, 0);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(run_crossfold({"doctor", "--lose-rank"}).err,
            "crossfold: --lose-rank: there is one rank only (another is to outlive it). start two "
            "by mpirun\n");
}

TEST_F(ClusterVerbs, ARankEndsThoughMpiDoesNotAfterALoss) {
  EXPECT_THAT(
      lose_a_rank({"--enable-recovery", "-x", "LD_PRELOAD=" CROSSFOLD_ENDLESS_FINALIZE}, *folder_)
          .out,
      HasSubstr("this rank goes on without the lost one"));
}

}  // namespace
}  // namespace crossfold
