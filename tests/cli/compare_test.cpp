// Two runs of the program, compared: what made no difference is identical, what did is named.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A job of twelve fits, and its runs by several engines and seeds.
class Compare : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", file("s.h5"), "--scale", "0.05",
                                      "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    train("one", 3, {"--workers", "1"});
    train("two", 3, {"--workers", "2", "--cohort", "1"});
    train("reference", 3, {"--engine", "reference"});
    train("seed", 4, {});
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string file(const std::string& name) { return folder_->file(name); }
  static void train(const std::string& name, int seed, const std::vector<std::string>& more) {
    write_text(file("job.json"), R"({"name": "compared", "store": "s.h5", "seed": )" +
                                     std::to_string(seed) +
                                     R"(, "embeddings": "synth/shortcut",
      "experiments": [{"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
        "candidates": [{"kind": "linear"}, {"kind": "baseline"}, {"kind": "disentangled"}]}],
      "splits": {"folds": 2, "seeds": 2}, "training": {"epochs": 2, "batch": 32}})");
    std::vector<std::string> arguments{"run", file("job.json"), "--out", file(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended run = run_crossfold(arguments);
    ASSERT_EQ(run.code, 0) << run.err;
  }
  static Ended compare(const std::string& left, const std::string& right,
                       const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"compare", file(left), file(right)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_crossfold(arguments);
  }
  /// A copy of the run `one`, of whose journal the lines of the last fits are gone.
  static void cut(const std::string& name, std::size_t fits) {
    fs::copy(file("one"), file(name), fs::copy_options::recursive);
    std::string journal = read_text(file(name + "/journal.jsonl"));
    const std::size_t end = journal.find("{\"event\":\"end\"");
    journal.erase(std::min(end, journal.size()));
    for (std::size_t left = fits; left > 0;) {
      const std::size_t line = journal.rfind('\n', journal.size() - 2) + 1;
      if (journal.find("\"kind\":\"fit\"", line) != std::string::npos) --left;
      journal.erase(line);
    }
    write_text(file(name + "/journal.jsonl"), journal);
  }

  static ScratchFolder* folder_;
};

ScratchFolder* Compare::folder_ = nullptr;

TEST_F(Compare, WorkersAndCohortsMakeNoDifference) {
  const Ended ended = compare("one", "two");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out,
            "identical: the numbers of 12 fits (scores, counts, epochs, stop reasons), and what 12 "
            "of them left\n  behind\n  left:  " +
                file("one") + "\n  right: " + file("two") + "\n");
}

TEST_F(Compare, AnotherEngineIsPairedBySplits) {
  const Ended ended = compare("one", "reference");
  EXPECT_EQ(ended.code, 1) << ended.err;
  EXPECT_THAT(ended.out, StartsWith("different: 4 planned fits in common, 8 of the left run alone, "
                                    "8 of the right alone\n"))
      << "linear fits have no engine";
  EXPECT_THAT(ended.out, HasSubstr("  /engine: \"lockstep\" -> \"reference\"\n"));
  EXPECT_THAT(ended.out, HasSubstr("  16 fits planned by one run alone: only the means"));
  const json found = json::parse(compare("one", "reference", {"--json"}).out);
  const json& baseline = found.at("rows").at(1);
  EXPECT_EQ(baseline.at("other_fits_on_same_split"), 4);
  EXPECT_EQ(baseline.at("scores").at("oos_auc").at("pairs"), 4);
  EXPECT_EQ(compare("one", "reference", {"--tolerance", "0.2"}).code, 0);
  EXPECT_THAT(compare("one", "reference", {"--tolerance", "0.2"}).out,
              StartsWith("within the tolerance of 0.2: "));
}

TEST_F(Compare, AnotherSeedDrawsOtherSplits) {
  const Ended ended = compare("one", "seed", {"--json"});
  EXPECT_EQ(ended.code, 1) << ended.err;
  const json found = json::parse(ended.out);
  EXPECT_EQ(found.at("agreement"), "different");
  EXPECT_EQ(found.at("job"), json({"/seed: 3 -> 4"}));
  EXPECT_EQ(found.at("fits").at("common"), 0);
  ASSERT_EQ(found.at("rows").size(), 3U);
  for (const json& row : found.at("rows")) {
    EXPECT_EQ(row.at("other_fits"), 4);
    EXPECT_EQ(row.at("other_fits_on_same_split"), 0);
    EXPECT_EQ(row.at("scores").at("task_auc").at("pairs"), 0);
    EXPECT_TRUE(row.at("scores").at("task_auc").at("difference").is_number());
  }
}

TEST_F(Compare, ARunThatIsNotFinishedIsComparedAsFarAsItGoes) {
  cut("short", 3);
  const Ended ended = compare("one", "short");
  EXPECT_EQ(ended.code, 1) << ended.err;
  EXPECT_THAT(
      ended.out,
      StartsWith("different: 3 common fits are done in one run and missing in the other\n"));
  EXPECT_THAT(ended.out, HasSubstr("  3 fits: done left, missing right\n"));
  EXPECT_EQ(compare("short", "short").code, 0);
  EXPECT_THAT(compare("short", "short").out, HasSubstr("(3 missing in both, 0 failed in both)"));
}

/// The files of segments in a run.
std::vector<fs::path> segments_of(const fs::path& run) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(run / "segments"))
    if (entry.is_regular_file()) files.push_back(entry.path());
  return files;
}

TEST_F(Compare, NamesArtefactsThatAreDamaged) {
  fs::copy(file("one"), file("damaged"), fs::copy_options::recursive);
  const std::vector<fs::path> segments = segments_of(file("damaged"));
  ASSERT_EQ(segments.size(), 1U);
  std::string bytes = read_text(segments.front());
  bytes.at(1000) = static_cast<char>(bytes.at(1000) ^ 1);  // in a document, not between two
  write_text(segments.front(), bytes);
  const std::string damage =
      segments.front().string() +
      ": is damaged (its hash is not the one in the journal): the predictions and curves of ";
  for (const auto& [left, right] : {std::pair("one", "damaged"), std::pair("damaged", "one")}) {
    const Ended ended = compare(left, right);
    EXPECT_EQ(ended.code, 3);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, StartsWith("crossfold: " + file("damaged") + ": " + damage));
    EXPECT_THAT(ended.err, EndsWith("restore it, or let `crossfold run --retrain-missing` with the "
                                    "same job and --out train that fit again\n"));
  }
}

TEST_F(Compare, CountsNoArtefactsThatAreMissing) {
  fs::copy(file("one"), file("lost"), fs::copy_options::recursive);
  const std::vector<fs::path> segments = segments_of(file("lost"));
  ASSERT_EQ(segments.size(), 1U);
  fs::remove(segments.front());
  const Ended ended = compare("one", "lost");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out,
            "identical: the numbers of 12 fits (scores, counts, epochs, stop reasons)\n  left:  " +
                file("one") + "\n  right: " + file("lost") +
                "\n\nNot compared\n  the artefacts of 12 fits, which are missing in a run\n");
  EXPECT_THAT(ended.err, HasSubstr(segments.front().string() +
                                   ": is missing: the predictions and curves of "));
}

TEST_F(Compare, RefusesWhatItCannotCompare) {
  Ended ended = compare("one", "nowhere");
  EXPECT_EQ(ended.code, 4);
  EXPECT_THAT(ended.err, HasSubstr(file("nowhere")));
  ended = compare("one", "two", {"--tolerance", "-1"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.err,
            "crossfold: --tolerance: is -1 (a tolerance is finite and not negative). choose one, "
            "or 0 for equality to the last bit\n");
  EXPECT_EQ(compare("one", "two", {"--tolerance", "nan"}).code, 2);
  EXPECT_EQ(run_crossfold({"compare", file("one")}).code, 2);
}

}  // namespace
}  // namespace crossfold
