// A run that takes over what another has completed ends as one that trained everything: reports,
// stages and candidates are equal to the byte.

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

using nlohmann::json;

class WarmStarts : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.1", "--dim", "8", "--seed", "3"});
    ASSERT_EQ(made.code, 0) << made.err;
    for (const char* race : {"", R"("race": {"rungs": [4, 8], "indifference": 0.01},)"}) {
      const std::string kind = *race ? "race" : "sweep";
      write_job(kind + "8", 8, race, "");
      write_job(kind + "16", 16, race, "");
      write_job(kind + "16-warm", 16, race, kind + "8.run");
      run(kind + "8");
      run(kind + "16");
    }
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string job(const std::string& name) { return folder_->file(name + ".json"); }
  static std::string out(const std::string& name) { return folder_->file(name + ".run"); }

  static void write_job(const std::string& name, int candidates, const std::string& race,
                        const std::string& warm_start) {
    json value = json::parse(R"({
      "name": "small sweep", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [
        {"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
         "candidates": [{"kind": "disentangled", "name": "d",
            "lambda": {"schedule": "constant", "from": {"log": [0.05, 20]}},
            "training": {"learning_rate": {"log": [0.0003, 0.01]}}}],
         "sweep": {)" + race +
                             R"("select": ["validation", "held-out", "oracle"]}}],
      "splits": {"folds": 4, "seeds": 3},
      "training": {"epochs": 4, "batch": 32}})");
    value["experiments"][0]["sweep"]["candidates"] = candidates;
    if (!warm_start.empty()) value["warm_start"] = warm_start;
    write_text(job(name), value.dump());
  }

  /// Returns what it said.
  static std::string run(const std::string& name, const std::string& from = "",
                         std::vector<std::string> options = {}) {
    std::vector<std::string> command{"run", job(from.empty() ? name : from), "--out", out(name)};
    command.insert(command.end(), options.begin(), options.end());
    const Ended ended = run_crossfold(command);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.err;
  }
  static std::string run_on(int ranks, const std::string& name, const std::string& from) {
    const Ended ended =
        Child(with_ranks(ranks, {"run", job(from), "--out", out(name)}), folder_->path()).wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.err;
  }

  static std::vector<std::string> lines_of(const std::string& name, const std::string& word) {
    std::vector<std::string> lines;
    std::istringstream journal(read_text(out(name) + "/journal.jsonl"));
    for (std::string line; std::getline(journal, line);)
      if (line.find(word) != std::string::npos) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  static std::string report(const std::string& name) {
    const Ended ended = run_crossfold({"report", out(name), "--format", "json", "--fits"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    const Ended candidates = run_crossfold({"export", out(name), "candidates"});
    EXPECT_EQ(candidates.code, 0) << candidates.err;
    return ended.out + candidates.out;
  }
  static void expect_same(const std::string& name, const std::string& expected) {
    EXPECT_EQ(report(name), report(expected));
    EXPECT_EQ(lines_of(name, "\"kind\":\"stage\""), lines_of(expected, "\"kind\":\"stage\""));
    EXPECT_EQ(read_text(out(name) + "/results.h5"), read_text(out(expected) + "/results.h5"));
  }
  static std::size_t trained(const std::string& name) {
    return lines_of(name, "\"kind\":\"fit\"").size() - lines_of(name, "\"taken_from\":\"").size();
  }

  static ScratchFolder* folder_;
};

ScratchFolder* WarmStarts::folder_ = nullptr;

/// 16 drawn candidates, a baseline and the paper's candidate on 12 splits; 8 of them are new.
TEST_F(WarmStarts, MoreCandidatesLaterContinueTheSameSequence) {
  const Ended plan = run_crossfold({"plan", job("sweep16-warm")});
  EXPECT_NE(plan.out.find("warm start: 120 of 216 fits are taken over from sweep8.run"),
            std::string::npos)
      << plan.out << plan.err;
  const std::string said = run("more", "sweep16-warm");
  EXPECT_NE(said.find("120 of 216 fits are taken over from sweep8.run"), std::string::npos) << said;
  EXPECT_EQ(trained("more"), 96U);
  expect_same("more", "sweep16");
}

TEST_F(WarmStarts, StandOnTheirOwn) {
  std::filesystem::copy(out("sweep8"), out("gone"), std::filesystem::copy_options::recursive);
  run("alone", "sweep16", {"--warm-start", out("gone")});
  std::filesystem::remove_all(out("gone"));
  expect_same("alone", "sweep16");
  const Ended again = run_crossfold({"run", job("sweep16"), "--out", out("alone")});
  EXPECT_EQ(again.code, 0) << again.err << "the key may be taken out";
  const Ended missing =
      run_crossfold({"run", job("sweep16"), "--out", out("alone"), "--warm-start", out("gone")});
  EXPECT_EQ(missing.code, 4);
  EXPECT_NE(missing.err.find("is no directory ('warm_start' takes fits over"), std::string::npos)
      << missing.err;
}

TEST_F(WarmStarts, RaceAsIfAllHadBeenTrained) {
  for (const int ranks : {1, 2, 4}) {
    const std::string name = "race" + std::to_string(ranks);
    const std::string said = run_on(ranks, name, "race16-warm");
    EXPECT_NE(said.find(" fits are taken over from race8.run"), std::string::npos) << said;
    EXPECT_LT(trained(name), trained("race16"));
    expect_same(name, "race16");
  }
}

/// What a complete sweep has, and the race would not have asked for, changes nothing.
TEST_F(WarmStarts, RaceOnFitsThatNoRungAsksFor) {
  run("from-complete", "race16", {"--warm-start", out("sweep16")});
  EXPECT_EQ(trained("from-complete"), 0U);
  expect_same("from-complete", "race16");
  const Ended status = run_crossfold({"status", out("from-complete")});
  EXPECT_NE(status.out.find(" further fits completed that no table counts"), std::string::npos)
      << status.out;
  EXPECT_NE(status.out.find(" 0 to do"), std::string::npos) << status.out;
}

TEST_F(WarmStarts, MayBeKilledAtAnyMoment) {
  const char* wanted = std::getenv("CROSSFOLD_SWEEP_KILLS");
  const int kills = wanted ? std::atoi(wanted) : 4;
  std::mt19937 random(7);
  int struck = 0;
  for (int kill = 0; kill < kills; ++kill) {
    const int writes =
        kill == 0 ? 60 : std::uniform_int_distribution<int>(3, 40)(random);  // first: while copying
    const WriteHold hold(folder_->path(), "killed.run/journal.jsonl", writes);
    Child run(hold.on(with_ranks(2, {"run", job("race16-warm"), "--out", out("killed")})),
              folder_->path());
    while (!hold.holds() && run.running())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (hold.holds()) ++struck;
    for (const int rank : rank_processes(run.pid())) ::kill(rank, SIGKILL);
    run.kill_group(SIGKILL);
    run.wait();
  }
  EXPECT_GE(struck, std::min(kills, 2));
  run("killed", "race16-warm");
  expect_same("killed", "race16");
}

TEST_F(WarmStarts, OfShardsTakeWhatIsTheirs) {
  for (const char* shard : {"1/2", "2/2"}) {
    const Ended ended =
        run_crossfold({"run", job("sweep16-warm"), "--out", out("shards"), "--shard", shard});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_NE(ended.err.find(" fits are taken over from sweep8.run"), std::string::npos)
        << ended.err;
  }
  const Ended merged =
      run_crossfold({"run", job("sweep16-warm"), "--out", out("shards"), "--merge"});
  ASSERT_EQ(merged.code, 0) << merged.err;
  expect_same("shards", "sweep16");
}

TEST_F(WarmStarts, OfTheRunItselfAreRefused) {
  run("self", "sweep8");
  const Ended ended =
      run_crossfold({"run", job("sweep8"), "--out", out("self"), "--warm-start", out("self")});
  EXPECT_EQ(ended.code, 3);
  EXPECT_NE(ended.err.find("is this run itself (its fits are here already)"), std::string::npos)
      << ended.err;
}

TEST_F(WarmStarts, AreToldInThePlansJson) {
  const Ended plan = run_crossfold({"plan", job("sweep16-warm"), "--json"});
  ASSERT_EQ(plan.code, 0) << plan.err;
  const json found = json::parse(plan.out).at("warm_start");
  EXPECT_EQ(found.at("taken_over"), 120);
  EXPECT_EQ(found.at("lacking"), 0);
  EXPECT_EQ(found.at("of"), 216);
}

}  // namespace
}  // namespace crossfold
