// What a user reads when something is wrong, word for word.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A small store, and a job over it whose texts can be exchanged.
class Messages : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", shared_->file("s.h5"),
                                      "--scale", "0.05", "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  static void TearDownTestSuite() { delete shared_; }

  void SetUp() override { std::filesystem::copy(shared_->file("s.h5"), folder_.file("s.h5")); }

  /// Writes job.json with `from` replaced by `to`.
  std::string job(const std::string& from = "", const std::string& to = "") {
    std::string text = R"({"name": "m", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "evaluate": ["in", "oos"], "candidates": [{"kind": "baseline"}]}],
 "splits": {"folds": 2, "seeds": 2}, "training": {"epochs": 2, "batch": 32}})";
    if (!from.empty()) {
      const auto at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      text.replace(at, from.size(), to);
    }
    write_text(folder_.file("job.json"), text);
    return folder_.file("job.json");
  }

  /// stderr of a command that must fail with `code`; the scratch folder's name is cut out.
  std::string failure(int code, const std::vector<std::string>& arguments) {
    const Ended ended = run_crossfold(arguments);
    EXPECT_EQ(ended.code, code) << ended.err;
    EXPECT_EQ(ended.err.find("terminate called"), std::string::npos);
    return without_folder(ended.err);
  }

  std::string without_folder(std::string text) const {
    const std::string name = folder_.path().string() + "/";
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
      text.erase(at, name.size());
    return text;
  }

  std::string out() const { return folder_.file("run"); }
  void run_once() {
    const Ended ended = run_crossfold({"run", job(), "--out", out()});
    ASSERT_EQ(ended.code, 0) << ended.err;
  }

  static ScratchFolder* shared_;
  ScratchFolder folder_;
};

ScratchFolder* Messages::shared_ = nullptr;

TEST_F(Messages, MisspeltKey) {
  EXPECT_EQ(failure(3, {"check", job("\"splits\"", "\"split\"")}),
            "crossfold: job.json: /split: is not a known key. did you mean 'splits'?\n");
}

TEST_F(Messages, EveryErrorAtOnce) {
  EXPECT_EQ(failure(3, {"run", job("\"folds\": 2, \"seeds\": 2", "\"folds\": 1, \"seeds\": 2.5"),
                        "--out", out()}),
            "crossfold: job.json: 2 errors\n"
            "  /splits/folds: is 1 (out of range). take a whole number of 2 to 1000000\n"
            "  /splits/seeds: must be a whole number (2.5 was found)\n");
  EXPECT_FALSE(std::filesystem::exists(out())) << "nothing may be left behind";
}

TEST_F(Messages, DuplicateKey) {
  EXPECT_EQ(failure(3, {"check", job("\"folds\": 2,", "\"folds\": 2, \"folds\": 3,")}),
            "crossfold: job.json: /splits/folds: the key stands here twice (only one value can "
            "hold). remove one\n");
}

TEST_F(Messages, UnusedKey) {
  EXPECT_EQ(failure(3, {"check", job("{\"kind\": \"baseline\"}",
                                     "{\"kind\": \"baseline\", \"domain_head\": \"still\"}")}),
            "crossfold: job.json: /experiments/0/candidates/0/domain_head: is not used by a "
            "candidate of kind 'baseline'. remove it\n");
}

TEST_F(Messages, NoJobFile) {
  EXPECT_EQ(failure(4, {"check", folder_.file("none.json")}),
            "crossfold: none.json: cannot open (No such file or directory)\n");
}

TEST_F(Messages, NoStore) {
  std::filesystem::remove(folder_.file("s.h5"));
  EXPECT_THAT(failure(4, {"check", job()}), StartsWith("crossfold: s.h5: "));
}

TEST_F(Messages, UnknownEmbeddingSet) {
  EXPECT_EQ(failure(3, {"check", job("synth/shortcut", "synth/short")}),
            "crossfold: job.json: /embeddings: has \"synth/short\" (the store does not hold it). "
            "choose one of synth/shortcut\n");
}

TEST_F(Messages, NoOosSamplesWhereTheJobWantsThem) {
  EXPECT_EQ(
      failure(3, {"check", job("\"embeddings\"",
                               "\"roles\": {\"in\": {\"domain\": \"new_site\"}}, \"embeddings\"")}),
      "crossfold: job.json: /experiments/0/evaluate: has \"oos\" (no sample has that role, a "
      "class that the pool has, and a group outside of it). remove it, or give samples the role in "
      "the store or by the job's 'roles'\n");
}

TEST_F(Messages, FewerGroupsThanFolds) {
  EXPECT_EQ(failure(3, {"check", job("\"folds\": 2", "\"folds\": 151")}),
            "crossfold: job.json: /experiments/0: has 150 groups for 151 folds (a group is never "
            "divided, so some folds would be empty). lower splits.folds or widen 'samples'\n");
}

TEST_F(Messages, StoreCutAnywhere) {
  const std::string whole = read_text(folder_.file("s.h5"));
  for (std::size_t i = 0; i < 20; ++i) {
    write_text(folder_.file("s.h5"), whole.substr(0, whole.size() * i / 20));
    const std::string text = failure(3, {"store", "check", folder_.file("s.h5")});
    EXPECT_THAT(text, StartsWith("crossfold: s.h5: ")) << i;
    EXPECT_LT(text.size(), 2000U) << text;
  }
}

TEST_F(Messages, FolderThatCannotBeWritten) {
  const std::string job_file = job();
  EXPECT_EQ(failure(4, {"run", job_file, "--out", "/proc/crossfold"}),
            "crossfold: /proc/crossfold: cannot create this folder (No such file or directory). "
            "choose another one or ask for the right to write there\n");
}

TEST_F(Messages, FolderThatIsSomethingElse) {
  EXPECT_THAT(failure(3, {"run", job(), "--out", folder_.path().string()}),
              HasSubstr("is not empty and holds no run of crossfold"));
}

TEST_F(Messages, RunDirectoryOfAnotherJob) {
  run_once();
  EXPECT_EQ(failure(3, {"run", job("\"epochs\": 2", "\"epochs\": 3"), "--out", out()}),
            "crossfold: run: holds a run of another job (results of two studies would be mixed). "
            "choose another --out, or take the change back:\n"
            "  /experiments/0/candidates/0/training/epochs: 2 -> 3\n");
}

TEST_F(Messages, RunDirectoryOfOtherData) {
  run_once();
  std::filesystem::remove(folder_.file("s.h5"));
  ASSERT_EQ(run_crossfold({"store", "synth", "shortcut", folder_.file("s.h5"), "--scale", "0.05",
                           "--dim", "8", "--seed", "2"})
                .code,
            0);
  EXPECT_THAT(failure(3, {"run", job(), "--out", out()}), HasSubstr("content_sha256"));
}

TEST_F(Messages, TornLastJournalLine) {
  run_once();
  const std::string journal = out() + "/journal.jsonl";
  const std::string text = read_text(journal);
  const auto last_fit = text.rfind("\"kind\":\"fit\"");
  const auto end_of_fit = text.find('\n', last_fit);
  write_text(journal, text.substr(0, end_of_fit - 10));
  const Ended resumed = run_crossfold({"run", job(), "--out", out()});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("the last line was not finished"));
  EXPECT_THAT(resumed.err, HasSubstr("3 of 4 fits are done already"));
}

TEST_F(Messages, DamagedMiddleJournalLine) {
  run_once();
  const std::string journal = out() + "/journal.jsonl";
  std::string text = read_text(journal);
  const auto at = text.find("\"kind\":\"fit\"");
  text[at + 3] = 'X';
  write_text(journal, text);
  const auto line =
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::string expected = "run/journal.jsonl: line " + std::to_string(line) + " (byte ";
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"run", job(), "--out", out()}, {"report", out()}}) {
    const std::string told = failure(3, command);
    EXPECT_THAT(told, HasSubstr(expected));
    EXPECT_THAT(told, HasSubstr("is damaged: its checksum does not fit (a killed run"));
  }
}

TEST_F(Messages, UsageErrorsExitWithTwo) {
  EXPECT_EQ(run_crossfold({}).code, 2);
  EXPECT_EQ(run_crossfold({"run"}).code, 2);
  EXPECT_EQ(run_crossfold({"run", job(), "--wrokers", "2"}).code, 2);
  EXPECT_EQ(run_crossfold({"report", out(), "--format", "pdf"}).code, 2);
  EXPECT_EQ(run_crossfold({"--help"}).code, 0);
}

TEST_F(Messages, AFigureNeedsAFileThatSaysItsFormat) {
  EXPECT_EQ(
      failure(2, {"report", out(), "--figure", "roc"}),
      "crossfold: --figure: needs a file (its ending says the format). add -o FILE.svg, FILE.pdf "
      "or FILE.csv\n");
  EXPECT_EQ(failure(2, {"report", out(), "--figure", "roc", "-o", "roc.png"}),
            "crossfold: --out: 'roc.png' has no ending that says a format (a figure is svg, pdf or "
            "csv). choose one of them\n");
  EXPECT_EQ(failure(2, {"report", out(), "--figure", "list", "-o", "list.svg"}),
            "crossfold: --out: is for a figure (the list goes to standard output). leave it out\n");
}

TEST_F(Messages, OptionsOfTablesChangeNothingOfAFigure) {
  const std::string told =
      failure(2, {"report", out(), "--figure", "list", "--format", "json", "--fits", "--no-classes",
                  "--digits", "3", "--intervals", "1000", "--corrected"});
  for (const char* line :
       {"--format: is for tables (a figure has the format of its file's ending). leave it out",
        "--fits: is for the format json (figures show all fits). leave it out",
        "--no-classes: is for tables (figures have no classes). leave it out",
        "--corrected: is for tables (figures show corrected intervals without it). leave it out",
        "--digits: is for tables (a figure's numbers have digits of their own). leave it out",
        "--intervals: is for tables (figures have no intervals). leave it out"})
    EXPECT_THAT(told, HasSubstr(line));
}

TEST_F(Messages, APageHasCorrectedErrorsWithoutAnOption) {
  EXPECT_EQ(failure(2, {"report", out(), "--format", "html", "-o", "r.html", "--corrected"}),
            "crossfold: --corrected: is for tables (a page has the corrected errors and tests "
            "without it). leave it out\n");
}

TEST_F(Messages, OptionsOfPrintedTablesChangeNothingOfData) {
  EXPECT_EQ(
      failure(2, {"report", out(), "--format", "csv,json", "--out", "tables", "--digits", "3",
                  "--no-classes"}),
      "crossfold: 2 errors\n  --digits: is for text, md, tex and html (csv and json have "
      "all digits). leave it out\n  --no-classes: is for text, md, tex and html (csv and json "
      "have no tables per class). leave it out\n");
  run_once();
  EXPECT_EQ(run_crossfold({"report", out(), "--format", "text", "--digits", "3"}).code, 0);
  EXPECT_EQ(run_crossfold({"report", out(), "--format", "html,csv", "--digits", "3", "--out",
                           out() + "/../tables"})
                .code,
            0);
}

TEST_F(Messages, FiguresAreListedAndWritten) {
  run_once();
  const Ended list = run_crossfold({"report", out(), "--figure", "list"});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.out, HasSubstr("not there: the experiment has no sweep\n"));
  std::set<std::size_t> columns;  // at which what is said of a figure begins
  std::istringstream lines(list.out);
  for (std::string line; std::getline(lines, line);)
    columns.insert(line.find_first_not_of(' ', line.find("  ")));
  EXPECT_EQ(columns.size(), 1U) << list.out;
  const std::string file = out() + "/../strip.";
  for (const char* ending : {"svg", "pdf", "csv"})
    EXPECT_EQ(run_crossfold({"report", out(), "--figure", "strip", "-o", file + ending}).code, 0);
  EXPECT_THAT(read_text(file + "svg"), HasSubstr("role=\"img\""));
  EXPECT_THAT(read_text(file + "pdf"), StartsWith("%PDF-"));
  EXPECT_THAT(read_text(file + "csv"), StartsWith("candidate,seed,fold,"));
  EXPECT_THAT(failure(2, {"report", out(), "--figure", "nonsense", "-o", file + "new.svg"}),
              HasSubstr("nonsense: is no figure of this run (its figures are: strip, "));
}

TEST_F(Messages, CudaWhereThereIsNone) {
  if (std::filesystem::exists("/dev/nvidia0")) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_THAT(
      failure(2, {"run", job(), "--out", out(), "--device", "cuda", "--engine", "reference"}),
      HasSubstr("--device cuda: no CUDA device can be used"));
}

TEST_F(Messages, CudaForTheLockstepEngineWhereThereIsNone) {
  if (std::filesystem::exists("/dev/nvidia0")) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_THAT(failure(2, {"run", job(), "--out", out(), "--device", "cuda"}),
              HasSubstr("--device cuda: no GPU can be used (this program is built without CUDA, or "
                        "there is no driver, or CUDA_VISIBLE_DEVICES hides all). use --device cpu; "
                        "'crossfold doctor' says what it sees\n"));
}

TEST_F(Messages, ErrorsUnderMpirunAreToldOnce) {
  const Ended ended =
      Child(with_ranks(3, {"run", job("\"seeds\": 2", "\"seeds\": 0"), "--out", out()}),
            folder_.path())
          .wait();
  EXPECT_EQ(ended.code, 3) << ended.err;
  const std::string told = "/splits/seeds: is 0 (out of range)";
  const auto first = ended.err.find(told);
  ASSERT_NE(first, std::string::npos) << ended.err;
  EXPECT_EQ(ended.err.find(told, first + 1), std::string::npos) << ended.err;
}

}  // namespace
}  // namespace crossfold
