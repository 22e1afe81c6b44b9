// Every verb says so when its output cannot be written, and ends quietly when nobody reads on.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;

/// A small store, a run of it and a manifest, made once.
class Output : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.05", "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(folder_->file("job.json"), R"({"name": "j", "store": "s.h5",
 "embeddings": "synth/shortcut", "splits": {"folds": 2, "seeds": 1},
 "training": {"epochs": 1, "batch": 32},
 "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}, {"kind": "linear"}]}]})");
    write_text(folder_->file("m.csv"), "id,class,domain,patient\na,x,s,1\nb,y,s,2\n");
    const Ended run =
        run_crossfold({"run", folder_->file("job.json"), "--out", folder_->file("r")});
    ASSERT_EQ(run.code, 0) << run.err;
  }
  static void TearDownTestSuite() { delete folder_; }

  /// `crossfold verb` in a shell, `after` it. In the verb S is the store, J the job, R the run, M
  /// the manifest.
  static Ended shell(const std::string& verb, const std::string& after) {
    std::string words;
    for (const char c : verb + " ") {
      const std::string before = words.empty() ? " " : words.substr(words.size() - 1);
      const bool alone = before == " ";
      if (alone && c == 'S')
        words += folder_->file("s.h5");
      else if (alone && c == 'J')
        words += folder_->file("job.json");
      else if (alone && c == 'R')
        words += folder_->file("r");
      else if (alone && c == 'M')
        words += folder_->file("m.csv");
      else
        words += c;
    }
    return Child({"bash", "-c", crossfold_program() + " " + words + after}, folder_->path()).wait();
  }

  static ScratchFolder* folder_;
};

ScratchFolder* Output::folder_ = nullptr;

const std::vector<std::string>& verbs() {
  static const std::vector<std::string> kVerbs{
      "--help",
      "--version",
      "run --help",
      "store export --help",
      "check J",
      "check J --json",
      "plan J",
      "plan J --json",
      "status R",
      "status R --json",
      "report R",
      "report R --format md",
      "report R --format tex",
      "report R --format csv",
      "report R --format json --fits",
      "compare R R",
      "compare R R --json",
      "export R predictions",
      "store info S",
      "store info S --json",
      "store check S",
      "store export S synth/shortcut",
      "manifest counts M",
      "submit J --dry-run",
      "bench --samples 1000 --dim 9 --cohort 1 --epochs 1 --repeats 1"};
  return kVerbs;
}

TEST_F(Output, OnAFullDiskIsAFailureWithItsReason) {
  for (const std::string& verb : verbs()) {
    const Ended ended = shell(verb, ">/dev/full");
    EXPECT_EQ(ended.code, 4) << verb;
    EXPECT_THAT(ended.err, HasSubstr("crossfold: standard output: cannot write (No space left on "
                                     "device). free space or send the output elsewhere\n"))
        << verb;
  }
}

TEST_F(Output, ThatNobodyReadsEndsQuietly) {
  for (const std::string& verb : verbs()) {
    const Ended ended = shell("-q " + verb, "| true; exit ${PIPESTATUS[0]}");
    EXPECT_THAT(ended.err, ::testing::IsEmpty()) << verb;
    EXPECT_THAT(ended.code, ::testing::AnyOf(0, 141)) << verb << ": true may end later";
  }
}

TEST_F(Output, ThatIsCutShortEndsQuietlyWithTheCodeOfSigpipe) {
  // Larger than a pipe, so that the writer is still at it when the reader leaves.
  const std::string large = "store export S synth/shortcut";
  ASSERT_EQ(shell(large, ">" + folder_->file("all.csv")).code, 0);
  ASSERT_GT(std::filesystem::file_size(folder_->file("all.csv")), 0U);
  for (const char* ignored : {"", "trap '' PIPE; "}) {
    const std::string command = std::string(ignored) + "for i in $(seq 40); do " +
                                crossfold_program() + " store export " + folder_->file("s.h5") +
                                " synth/shortcut || exit $?; done | head -1; exit ${PIPESTATUS[0]}";
    const Ended ended = Child({"bash", "-c", command}, folder_->path()).wait();
    EXPECT_EQ(ended.code, 141) << ignored;
    EXPECT_EQ(ended.err, "") << ignored;
    EXPECT_EQ(ended.out, "id,group,class,domain,role,planted_domain,z0,z1,z2,z3,z4,z5,z6,z7\n")
        << ignored;
  }
}

TEST_F(Output, ThatIsClosedIsAFailure) {
  for (const char* verb : {"report R", "plan J", "--version", "export R predictions"}) {
    const Ended ended = shell(verb, ">&-");
    EXPECT_EQ(ended.code, 4) << verb;
    EXPECT_THAT(ended.err, HasSubstr("standard output: cannot write (Bad file descriptor)"))
        << verb;
  }
}

TEST_F(Output, ThatIsClosedDoesNotGoIntoTheFilesOfARun) {
  const Ended ended = Child({"bash", "-c",
                             crossfold_program() + " run " + folder_->file("job.json") + " --out " +
                                 folder_->file("closed") + " <&- >&- 2>&-"},
                            folder_->path())
                          .wait();
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(run_crossfold({"report", folder_->file("closed"), "--format", "json"}).out,
            run_crossfold({"report", folder_->file("r"), "--format", "json"}).out);
}

TEST_F(Output, OfErrorsThatCannotBeWrittenLeavesTheExitCode) {
  const std::vector<std::pair<std::string, int>> failures{
      {"check nowhere.json", 4}, {"report nowhere.run", 4}, {"unknown", 2}, {"run", 2},
      {"-v check M", 3},         {"plan J --splits M", 3}};
  for (const auto& [verb, code] : failures) {
    ASSERT_EQ(shell(verb, "").code, code) << verb;
    for (const char* nowhere : {"2>&-", "2>/dev/full"})
      EXPECT_EQ(shell(verb, nowhere).code, code) << verb << ' ' << nowhere;
    const std::string unread =
        "exec 2> >(true); wait $!; " + crossfold_program() + " check nowhere";
    EXPECT_EQ(Child({"bash", "-c", unread}, folder_->path()).wait().code, 4);
  }
}

TEST_F(Output, IsNeverWrittenOverWhatIsThere) {
  // Before any work: what these verbs read is not there, or no image.
  const std::vector<std::string> writers{"manifest actmed nowhere -o ",
                                         "manifest merge nowhere.csv -o ",
                                         "manifest duplicates M -o ",
                                         "manifest duplicates M -o new.csv --merged ",
                                         "report nowhere.run --figure roc -o ",
                                         "store export nowhere.h5 synth/shortcut -o ",
                                         "store synth shortcut ",
                                         "timeline nowhere.run -o ",
                                         "project nowhere.h5 -o "};
  const std::string file = folder_->file("mine.csv");
  const std::string link = folder_->file("link.csv");
  write_text(file, "precious");
  std::filesystem::create_symlink("nowhere", link);
  for (const std::string& writer : writers) {
    for (const std::string& taken : {file, link}) {
      const Ended ended = shell(writer + taken, "");
      EXPECT_EQ(ended.code, 3) << writer;
      EXPECT_EQ(ended.err, "crossfold: " + taken +
                               ": is there already (it would be written over). name another file, "
                               "or move it away\n")
          << writer;
      EXPECT_EQ(ended.out, "") << writer;
    }
    EXPECT_EQ(read_text(file), "precious") << writer;
    EXPECT_TRUE(std::filesystem::is_symlink(link)) << writer;
  }
  const Ended both = shell("manifest duplicates M -o " + file + " --merged " + link, "");
  EXPECT_EQ(both.code, 3);
  EXPECT_THAT(both.err,
              ::testing::AllOf(HasSubstr("2 errors\n"), HasSubstr(file), HasSubstr(link)));
}

TEST_F(Output, OfWatchingEndsWithItsReader) {
  const Ended ended = shell("status R --watch --json", "| head -1");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.err, "");
}

}  // namespace
}  // namespace crossfold
