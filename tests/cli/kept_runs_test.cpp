// What a run leaves behind is of use later: its job runs again elsewhere, damage is mended without
// losing what is sound, and it says truthfully what made it.

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A store, a job of eight fits over folds that a file gives, and its run.
class KeptRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", file("s.h5"), "--scale", "0.05",
                                      "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(file("drawn.json"), job_text(R"("folds": 2, "seeds": 2)"));
    const Ended plan = run_crossfold({"plan", file("drawn.json"), "--splits", file("folds.csv")});
    ASSERT_EQ(plan.code, 0) << plan.err;
    fs::create_directory(file("tables"));
    fs::rename(file("folds.csv"), file("tables/folds.csv"));
    write_text(file("job.json"), job_text(R"("folds": 2, "seeds": 2, "file": "tables/folds.csv")"));
    const Ended run =
        run_crossfold({"run", file("job.json"), "--out", file("whole"), "--workers", "1"});
    ASSERT_EQ(run.code, 0) << run.err;
    expected_ = report("whole");
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string job_text(const std::string& splits) {
    return R"({"name": "kept", "store": "s.h5", "seed": 3, "embeddings": "synth/shortcut",
      "experiments": [{"name": "task", "evaluate": ["in", "oos"],
        "candidates": [{"kind": "linear"}, {"kind": "baseline"}]}],
      "splits": {)" +
           splits + R"(}, "training": {"epochs": 2, "batch": 32}})";
  }
  static std::string file(const std::string& name) { return folder_->file(name); }
  static std::string report(const std::string& name) {
    const Ended made = run_crossfold({"report", file(name), "--format", "json", "--fits"});
    EXPECT_EQ(made.code, 0) << made.err;
    return made.out;
  }
  /// A copy of the whole run, to be damaged.
  static std::string copy(const std::string& name) {
    fs::copy(file("whole"), file(name), fs::copy_options::recursive);
    return file(name);
  }
  static Ended run(const std::string& name, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"run", file("job.json"), "--out", file(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_crossfold(arguments);
  }
  /// The file in which its only worker left everything, below segments/.
  static std::string segment_of_whole() {
    std::string segment;
    for (const auto& entry : fs::recursive_directory_iterator(file("whole/segments")))
      if (entry.is_regular_file()) segment = entry.path().string();
    return segment.substr(file("whole/segments/").size());
  }

  static ScratchFolder* folder_;
  static std::string expected_;
};

ScratchFolder* KeptRuns::folder_ = nullptr;
std::string KeptRuns::expected_;

TEST_F(KeptRuns, HoldAJobThatRunsWhereTheyStand) {
  const std::string job = file("whole/job.json");
  EXPECT_EQ(run_crossfold({"check", job}).code, 0) << "beside its store";
  const Ended ended = run_crossfold({"run", job, "--out", file("again")});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(report("again"), expected_);
}

TEST_F(KeptRuns, HoldAJobThatRunsElsewhereGivenItsStore) {
  const ScratchFolder elsewhere;
  fs::copy(file("whole"), elsewhere.file("moved"), fs::copy_options::recursive);
  const std::string job = elsewhere.file("moved/job.json");
  const std::vector<std::string> store{"--store", file("s.h5")};
  for (const char* verb : {"check", "plan"}) {
    const Ended ended = run_crossfold({verb, job, store[0], store[1]});
    EXPECT_EQ(ended.code, 0) << ended.err;
  }
  const Ended ended = run_crossfold({"run", job, store[0], store[1], "--out", file("from-moved")});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(report("from-moved"), expected_);
  const Ended continued =
      run_crossfold({"run", job, store[0], store[1], "--out", elsewhere.file("moved")});
  EXPECT_EQ(continued.code, 0) << continued.err;
  EXPECT_THAT(continued.err, HasSubstr("8 of 8 fits are done already"));
  EXPECT_EQ(run_crossfold({"check", job}).code, 4) << "its store is not there";
}

TEST_F(KeptRuns, SayWhichInstructionSetTheNumbersCameFrom) {
  ASSERT_EQ(run("portable", {"--isa", "portable"}).code, 0);
  for (const char* name : {"/provenance.json", "/journal.jsonl"}) {
    std::string text = read_text(file("portable") + name);
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    EXPECT_THAT(text, HasSubstr("\"isa\":\"portable\"")) << name;
    EXPECT_THAT(text, HasSubstr("instructionsetportable")) << name;
    EXPECT_THAT(text, ::testing::Not(HasSubstr("avx"))) << name << " names what was not used";
  }
}

/// The line of the first fit, damaged in this way.
std::string with_first_fit(std::string journal, const std::string& (*damage)(std::string&)) {
  const std::size_t at = journal.find("\"kind\":\"fit\"");
  const std::size_t begin = journal.rfind('\n', at) + 1;
  const std::size_t end = journal.find('\n', at) + 1;
  std::string line = journal.substr(begin, end - begin);
  return journal.substr(0, begin) + damage(line) + journal.substr(end);
}

TEST_F(KeptRuns, AreSalvagedWhereALineIsDamaged) {
  int number = 0;
  for (const auto damage : std::vector<const std::string& (*)(std::string&)>{
           [](std::string& line) -> const std::string& { return line[line.size() / 2] ^= 1, line; },
           [](std::string& line) -> const std::string& { return line.resize(40), line; },
           [](std::string& line) -> const std::string& {
             return line = std::string("\x00\xFFnonsense", 10) + "\n";
           }}) {
    const std::string name = "damaged-" + std::to_string(number++);
    const std::string journal = copy(name) + "/journal.jsonl";
    const std::string damaged = with_first_fit(read_text(journal), damage);
    write_text(journal, damaged);
    for (const Ended& refused : {run(name), run_crossfold({"report", file(name)}),
                                 run_crossfold({"status", file(name)})}) {
      EXPECT_EQ(refused.code, 3) << refused.err;
      EXPECT_THAT(refused.err, HasSubstr("journal.jsonl: line 4 (byte "));
      EXPECT_THAT(refused.err, HasSubstr("`crossfold run --salvage`"));
    }
    const Ended ended = run(name, {"--salvage"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("the damaged journal is now journal.damaged-1.jsonl. not "
                                     "kept:\n  line 4: "));
    EXPECT_THAT(ended.err, HasSubstr("7 of 8 fits are done already"));
    EXPECT_THAT(ended.err, HasSubstr("1 fit trained"));
    EXPECT_EQ(report(name), expected_);
    EXPECT_EQ(read_text(file(name) + "/journal.damaged-1.jsonl"), damaged);
  }
}

TEST_F(KeptRuns, LoseNothingWhereOnlyALineBreakIsGone) {
  const std::string journal = copy("glued") + "/journal.jsonl";
  std::string text = read_text(journal);
  text.erase(text.find('\n', text.find("\"kind\":\"fit\"")), 1);
  write_text(journal, text);
  EXPECT_EQ(run("glued").code, 3);
  const Ended ended = run("glued", {"--salvage"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("8 of 8 fits are done already"));
  EXPECT_EQ(report("glued"), expected_);
}

TEST_F(KeptRuns, NameTheFitsWhoseArtefactsAreGoneAndTrainThemAgain) {
  copy("gone");
  const std::string segment = file("gone/segments/") + segment_of_whole();
  fs::resize_file(segment, fs::file_size(segment) / 2);
  const std::string what = segment + ": is cut short (it has " +
                           std::to_string(fs::file_size(segment)) +
                           " bytes): the predictions and curves of fit ";
  const std::string remedy =
      " more. restore it, or let `crossfold run --retrain-missing` with the same job and --out "
      "train those fits again\n";
  const Ended refused = run("gone");
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr(what));
  EXPECT_THAT(refused.err, HasSubstr(remedy));
  for (const char* table : {"predictions", "curves"}) {
    const Ended exported = run_crossfold({"export", file("gone"), table});
    EXPECT_EQ(exported.code, 3) << table;
    EXPECT_THAT(exported.err, HasSubstr(what));
    EXPECT_GT(std::count(exported.out.begin(), exported.out.end(), '\n'), 4) << "the others";
  }
  EXPECT_EQ(run_crossfold({"export", file("gone"), "mlflow", file("mlruns")}).code, 3);
  EXPECT_EQ(run_crossfold({"export", file("gone"), "fits"}).code, 0) << "needs no artefacts";
  const Ended reported = run_crossfold({"report", file("gone")});
  EXPECT_EQ(reported.code, 0) << "tables need no artefacts";
  EXPECT_THAT(reported.err, HasSubstr(what));
  const Ended mended = run("gone", {"--retrain-missing"});
  EXPECT_EQ(mended.code, 0) << mended.err;
  EXPECT_THAT(mended.err, HasSubstr("fits are trained again (artefacts are missing or damaged):"));
  EXPECT_THAT(mended.err, ::testing::ContainsRegex("[1-7] of 8 fits are done already"));
  EXPECT_EQ(report("gone"), expected_);
  const Ended healed = run_crossfold({"export", file("gone"), "predictions"});
  EXPECT_EQ(healed.code, 0);
  EXPECT_EQ(healed.out, run_crossfold({"export", file("whole"), "predictions"}).out);
}

TEST_F(KeptRuns, AreNotStartedInAFolderOfAnotherProgram) {
  fs::create_directory(file("mine"));
  write_text(file("mine/job.json"), "{\"format\": \"crossfold-jobs-of-mine\"}");
  write_text(file("mine/plan.json"), "{\"steps\": 3}");
  const Ended ended = run("mine");
  EXPECT_EQ(ended.code, 3);
  EXPECT_EQ(ended.err, "crossfold: " + file("mine") +
                           ": is not empty and holds no run of crossfold ('job.json' is there). "
                           "choose another --out\n");
  EXPECT_FALSE(fs::exists(file("mine/lock")));
}

TEST_F(KeptRuns, AreReportedIntoAFolderWithoutWritingOverWhatIsThere) {
  fs::create_directory(file("paper"));
  write_text(file("paper/report.md"), "# kept\n\nWhat I think of it.\n");
  write_text(file("paper/report.csv"), "a,b\n");
  const Ended refused =
      run_crossfold({"report", file("whole"), "--format", "text,md,csv", "--out", file("paper")});
  EXPECT_EQ(refused.code, 3);
  const std::string why =
      ": is no report of this study (it would be written over). move it away, or choose another "
      "--out";
  EXPECT_EQ(refused.err, "crossfold: " + file("paper") + ": 2 errors\n  " +
                             file("paper/report.md") + why + "\n  " + file("paper/report.csv") +
                             why + "\n");
  EXPECT_FALSE(fs::exists(file("paper/report.txt"))) << "all or nothing";
  EXPECT_EQ(read_text(file("paper/report.csv")), "a,b\n");
  for (int round = 0; round < 2; ++round)
    EXPECT_EQ(run_crossfold({"report", file("whole"), "--format", "text,md,tex,csv,json", "--out",
                             file("tables-of-it")})
                  .code,
              0);
}

/// Corrected errors and rows of fits are of the formats that they are asked for, whatever else is
/// written with them; a page has both without being asked.
TEST_F(KeptRuns, AreReportedInEachFormatAsIfItWereAlone) {
  const auto alone = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"report", file("whole"), "--format"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_crossfold(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  };
  const std::map<std::string, std::string> texts{{"json", alone({"json", "--corrected", "--fits"})},
                                                 {"md", alone({"md", "--corrected"})},
                                                 {"html", alone({"html"})}};
  EXPECT_NE(texts.at("json"), alone({"json", "--fits"}));
  EXPECT_NE(texts.at("md"), alone({"md"}));
  EXPECT_EQ(alone({"html,md,json", "--corrected", "--fits", "--out", file("together")}), "");
  for (const auto& [format, text] : texts)
    EXPECT_TRUE(read_text(file("together/report.") + format) == text) << format;
}

}  // namespace
}  // namespace crossfold
