// `crossfold audit` as its user meets it: what does not go together is told at once, and a replay
// that is stopped says nothing of the run.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class AuditCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.05", "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(folder_->file("job.json"), R"({"name": "a", "store": "s.h5",
 "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
                  "candidates": [{"kind": "baseline"}, {"kind": "linear"}]}],
 "splits": {"folds": 2, "seeds": 3}, "training": {"epochs": 2, "batch": 32}})");
    const Ended run = run_crossfold({"run", folder_->file("job.json"), "--out", out()});
    ASSERT_EQ(run.code, 0) << run.err;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string out() { return folder_->file("a.run"); }
  static std::string copy(const std::string& name) {
    fs::copy(out(), folder_->path() / name, fs::copy_options::recursive);
    return folder_->file(name);
  }
  static std::string usage_error(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "audit");
    const Ended ended = run_crossfold(arguments);
    EXPECT_EQ(ended.code, 2) << ended.err;
    EXPECT_EQ(ended.out, "");
    return ended.err;
  }

  static ScratchFolder* folder_;
};

ScratchFolder* AuditCommand::folder_ = nullptr;

TEST_F(AuditCommand, NamesAllThatDoesNotGoTogether) {
  EXPECT_EQ(usage_error({out(), "--replay", "5", "--rules", "LAE", "--waive", "INT-01", "--set",
                         "LEA-03.max_expected", "--set", "LEA-03.max_expected=nan"}),
            "crossfold: audit: 5 errors\n"
            "  --nonce: is missing (whoever made the run must not know which fits are trained "
            "again). give a text of your own that nobody can guess\n"
            "  --set LEA-03.max_expected: is no RULE.THRESHOLD=NUMBER\n"
            "  --set LEA-03.max_expected=nan: is no RULE.THRESHOLD=NUMBER\n"
            "  --waive: needs a --why of its own each time (a waived rule stays visible, with the "
            "reason)\n"
            "  --rules LAE: is no rule and no group of rules. is 'LEA' meant?\n");
}

/// Each rule is waived for the reason given with it, whichever of them it is and in any order; each
/// threshold has its own value.
TEST_F(AuditCommand, PairsWhatIsGivenSeveralTimes) {
  std::vector<std::pair<std::string, std::string>> reasons{
      {"INT-01", "first"}, {"CON-01", "the second"}, {"LEA-03", "a third, longer one"}};
  std::vector<std::pair<std::string, double>> thresholds{
      {"CON-01.v", 0.25}, {"CON-01.p", 0.125}, {"LEA-03.max_expected", 7}};
  for (std::size_t turn = 0; turn < reasons.size(); ++turn) {
    std::rotate(reasons.begin(), reasons.begin() + 1, reasons.end());
    std::rotate(thresholds.begin(), thresholds.begin() + 1, thresholds.end());
    std::vector<std::string> arguments{"audit", out(), "--rules", "INT-01,INT-04,CON-01,LEA-03",
                                       "--json"};
    for (const auto& [rule, why] : reasons)
      arguments.insert(arguments.end(), {"--waive", rule, "--why", why});
    for (const auto& [name, value] : thresholds)
      arguments.insert(arguments.end(), {"--set", name + "=" + std::to_string(value)});
    const Ended ended = run_crossfold(arguments);
    ASSERT_EQ(ended.code, 0) << ended.err;
    std::map<std::string, std::string> waived;
    std::map<std::string, double> changed;
    const nlohmann::json audit = nlohmann::json::parse(ended.out);
    for (const auto& rule : audit.at("rules")) {
      const std::string id = rule.at("id");
      if (rule.contains("waived")) waived[id] = rule.at("waived");
      for (const auto& [name, threshold] : rule.at("thresholds").items())
        if (threshold.at("changed") == true) changed[id + "." + name] = threshold.at("value");
    }
    EXPECT_EQ(waived, (std::map<std::string, std::string>(reasons.begin(), reasons.end())));
    EXPECT_EQ(changed, (std::map<std::string, double>(thresholds.begin(), thresholds.end())));
  }
}

TEST_F(AuditCommand, RefusesTwoReasonsOrValuesForOne) {
  EXPECT_EQ(usage_error({out(), "--waive", "LEA-03", "--why", "a", "--waive", "LEA-03", "--why",
                         "b", "--set", "CON-01.v=0.1", "--set", "CON-01.v=0.2"}),
            "crossfold: audit: 2 errors\n"
            "  --set CON-01.v: is given twice (a threshold has one value). leave one out\n"
            "  --waive LEA-03: is given twice (a rule is waived for one reason). leave one out\n");
}

TEST_F(AuditCommand, NamesAllThatCannotBeReadBeforeAnyRule) {
  const auto at = [](const std::string& name) { return folder_->file(name); };
  write_text(at("cut.json"), "{\"format\": \"crossfold-report\", \"tables\": [");
  const Ended report = run_crossfold({"report", out(), "--format", "csv"});
  ASSERT_EQ(report.code, 0) << report.err;
  write_text(at("header.csv"), report.out.substr(0, report.out.find('\n') + 1));
  write_text(at("no_mean.csv"), "table,embedding,candidate,score,sd\ntask,e,linear,task_auc,0.1\n");
  const Ended ended =
      run_crossfold({"audit", out(), "--store", at("no.h5"), "--table", at("no.json"), "--table",
                     at("cut.json"), "--table", at("s.h5"), "--table", at("header.csv"), "--table",
                     at("no_mean.csv"), "--other-run", at("no.run")});
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err,
              ::testing::StartsWith("crossfold: audit: 7 errors\n  --store: " + at("no.h5")));
  for (const char* name : {"no.json", "cut.json", "s.h5"})
    EXPECT_THAT(ended.err, HasSubstr("\n  --table: " + at(name) + ": "));
  EXPECT_THAT(ended.err,
              HasSubstr("\n  --table: " + at("header.csv") +
                        ": names no candidate (there is nothing to compare with the run). give a "
                        "report as `crossfold report --format csv` or json writes it\n"));
  EXPECT_THAT(
      ended.err,
      HasSubstr(
          "\n  --table: " + at("no_mean.csv") +
          ": has a column 'score' but none 'mean', 'p' or 'p_holm' (there is no number to compare "
          "with the run). give a report as `crossfold report --format csv` or json writes it\n"));
  EXPECT_THAT(ended.err, ::testing::EndsWith("\n  --other-run: " + at("no.run") +
                                             ": is no folder. name the --out folder of a run\n"));
  write_text(at("whole.csv"), report.out);
  EXPECT_EQ(run_crossfold({"audit", out(), "--table", at("whole.csv"), "--rules", "INT-06"}).code,
            0);
}

TEST_F(AuditCommand, AsksForARun) {
  EXPECT_EQ(usage_error({}),
            "crossfold: audit: RUN: is missing. name a run directory, or ask for --explain or "
            "--self-test\n");
  EXPECT_THAT(usage_error({out(), "--self-test"}),
              HasSubstr("RUN: is not looked at by --explain and --self-test"));
  EXPECT_THAT(usage_error({out(), "--nonce", "x"}),
              HasSubstr("--nonce: is not used without --replay or --other-engine"));
  EXPECT_EQ(usage_error({out(), "--other-engine", "2", "--nonce", "x", "--device", "cpu"}),
            "crossfold: audit: --device: is not used without --replay. leave it out\n");
}

TEST_F(AuditCommand, TrainsTheFitsThatTheNonceDrawsAgain) {
  const Ended ended =
      run_crossfold({"audit", out(), "--replay", "4", "--nonce", "dice: 41", "--rules", "REP-02"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("REP-02  pass"));
  EXPECT_THAT(ended.out, HasSubstr("4 of 12 fits"));
}

TEST_F(AuditCommand, TrainsThemOnTheDeviceThatIsAskedFor) {
  const Ended cpu = run_crossfold({"audit", out(), "--replay", "4", "--nonce", "dice: 41",
                                   "--device", "cpu", "--rules", "REP-02"});
  EXPECT_EQ(cpu.code, 0) << cpu.err;
  EXPECT_THAT(cpu.out, HasSubstr("REP-02  pass"));
  const Ended gpu = run_crossfold({"audit", out(), "--replay", "4", "--nonce", "dice: 41",
                                   "--device", "cuda", "--rules", "REP-02"});
  if (fs::exists("/dev/nvidia0")) {
    EXPECT_EQ(gpu.code, 0) << gpu.err;
    EXPECT_THAT(gpu.out, HasSubstr("trained again in another class, so that only closeness can be "
                                   "asked for"));
  } else {
    EXPECT_EQ(gpu.code, 2) << gpu.out;
    EXPECT_THAT(gpu.err, HasSubstr("--device cuda: no GPU can be used"));
  }
}

/// Whether a process has a handler of its own for the signal by now.
bool catches(int pid, int signal) {
  std::istringstream status(read_text("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigCgt:"))
      return ((std::stoull(line.substr(7), nullptr, 16) >> (signal - 1)) & 1U) != 0;
  return false;
}

/// Asked to stop as soon as it would hear of it; where the machine was too slow to ask in time,
/// once more.
TEST_F(AuditCommand, ThatIsStoppedWhileItTrainsGivesNoVerdict) {
  Ended ended;
  for (int attempt = 0; attempt < 50 && ended.code != 75; ++attempt) {
    Child audit({crossfold_program(), "audit", out(), "--replay", "12", "--nonce", "x"},
                folder_->path());
    while (audit.running() && !catches(audit.pid(), SIGTERM)) ::usleep(1000);
    ::kill(audit.pid(), SIGTERM);
    ended = audit.wait();
  }
  EXPECT_EQ(ended.code, 75) << ended.err;
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err,
              HasSubstr("the audit was stopped before all drawn fits were trained again. run the "
                        "same command again"));
}

TEST_F(AuditCommand, ReadsARunThatNobodyMayWriteTo) {
  const std::string run = copy("read-only.run");
  for (const auto& entry : fs::recursive_directory_iterator(run))
    if (entry.is_regular_file()) fs::permissions(entry.path(), fs::perms::owner_read);
  fs::permissions(run, fs::perms::owner_read | fs::perms::owner_exec);
  const auto before = fs::last_write_time(run);
  const Ended ended = run_crossfold({"audit", run, "--rules", "INT"});
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_EQ(fs::last_write_time(run), before);
  fs::permissions(run, fs::perms::owner_all);
}

/// However its path is written; beside it an audit may lie.
TEST_F(AuditCommand, RefusesToWriteIntoTheRun) {
  const auto files = [] {
    return std::distance(fs::recursive_directory_iterator(out()),
                         fs::recursive_directory_iterator());
  };
  const auto before = files();
  fs::create_directory_symlink(out(), folder_->file("link"));
  for (const std::string& inside :
       {out() + "/audit", out(), out() + "/../a.run", folder_->file("link/audit")}) {
    const Ended ended = run_crossfold({"audit", out(), "--rules", "INT-01", "-o", inside});
    EXPECT_EQ(ended.code, 2) << inside;
    EXPECT_THAT(ended.err, HasSubstr("lies in the run directory (an audit writes nothing there)"));
  }
  EXPECT_EQ(files(), before);
  EXPECT_EQ(run_crossfold({"audit", out(), "--rules", "INT-01", "-o", out() + ".audit"}).code, 0);
}

/// What it says, in a folder; over an earlier audit, and over nothing else.
TEST_F(AuditCommand, WritesWhatItSaysOverEarlierAuditsAlone) {
  const auto audit_into = [](const std::string& folder, const std::string& rule,
                             const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"audit", out(), "--rules", rule, "--out", folder};
    words.insert(words.end(), more.begin(), more.end());
    return run_crossfold(words);
  };
  const std::string folder = folder_->file("an audit");
  const Ended first = audit_into(folder, "INT-01");
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(read_text(folder + "/audit.txt"), first.out);
  const Ended again = audit_into(folder, "INT-02", {"--json", "--auditor", "A. Reviewer"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(read_text(folder + "/audit.json"), again.out);
  EXPECT_NE(read_text(folder + "/audit.txt"), first.out) << "both are of the same audit";
  EXPECT_THAT(read_text(folder + "/audit.txt"), HasSubstr("A. Reviewer"));
  for (const char* other : {"audit.json", "audit.txt"}) {
    const std::string foreign = folder_->file(std::string("with ") + other);
    fs::create_directory(foreign);
    write_text(foreign + "/" + other, "{}");
    const Ended refused = audit_into(foreign, "INT-01");
    EXPECT_EQ(refused.code, 3) << other;
    EXPECT_EQ(refused.out, "");
    EXPECT_THAT(refused.err, HasSubstr("holds audit files that are no audit of crossfold"));
    EXPECT_EQ(read_text(foreign + "/" + other), "{}");
    EXPECT_EQ(std::distance(fs::directory_iterator(foreign), fs::directory_iterator()), 1);
  }
}

/// --replay by the run's engine, --other-engine by the other; each trains its own number of fits.
TEST_F(AuditCommand, TrainsByEachEngineAsManyFitsAsAreAskedFor) {
  const auto replays = [](const std::string& run, const std::vector<std::string>& more) {
    std::vector<std::string> words{"audit", run, "--nonce", "x", "--rules", "REP", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_crossfold(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    std::map<std::string, std::size_t> drawn;
    const auto audit = nlohmann::json::parse(ended.out);
    for (const auto& replay : audit.at("replays")) {
      EXPECT_EQ(replay.at("nonce"), "x");
      drawn[replay.at("engine").get<std::string>()] = replay.at("drawn").size();
    }
    return drawn;
  };
  using Drawn = std::map<std::string, std::size_t>;
  EXPECT_EQ(replays(out(), {"--replay", "2", "--other-engine", "3"}),
            (Drawn{{"lockstep", 2}, {"reference", 3}}));
  EXPECT_EQ(replays(out(), {"--other-engine", "1"}), (Drawn{{"reference", 1}}));
  const std::string other = folder_->file("reference.run");
  const Ended run =
      run_crossfold({"run", folder_->file("job.json"), "--engine", "reference", "--out", other});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(replays(other, {"--replay", "2", "--other-engine", "3"}),
            (Drawn{{"reference", 2}, {"lockstep", 3}}));
}

}  // namespace
}  // namespace crossfold
