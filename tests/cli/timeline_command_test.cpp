// `crossfold timeline`: which file is written in which format, and which is not written at all.

#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"

#include "cli/program.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TimelineCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    ASSERT_EQ(run_crossfold({"store", "synth", "shortcut", file("s.h5"), "--scale", "0.05", "--dim",
                             "8", "--seed", "1"})
                  .code,
              0);
    write_text(file("job.json"), R"({"name": "timed", "store": "s.h5",
 "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "linear"}, {"kind": "baseline"}]}],
 "splits": {"folds": 2, "seeds": 2}, "training": {"epochs": 1, "batch": 32}})");
    const Ended ran = run_crossfold({"run", file("job.json"), "--out", file("timed.run")});
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string file(const std::string& name) { return folder_->file(name); }
  static Ended timeline(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"timeline", file("timed.run")};
    words.insert(words.end(), more.begin(), more.end());
    return run_crossfold(words);
  }

  static ScratchFolder* folder_;
};

ScratchFolder* TimelineCommand::folder_ = nullptr;

/// All formats tell of the same cohorts; together these trained each fit once.
TEST_F(TimelineCommand, WritesWhatTheEndingSays) {
  const Ended text = timeline();
  ASSERT_EQ(text.code, 0) << text.err;
  const Ended csv = timeline({"-o", file("t.csv")});
  ASSERT_EQ(csv.code, 0) << csv.err;
  const CsvTable table = parse_csv(read_text(file("t.csv")), "t.csv");
  const std::size_t cohorts = table.rows.size();
  const std::string counted = std::to_string(cohorts) + (cohorts == 1 ? " cohort" : " cohorts");
  EXPECT_THAT(text.out, StartsWith("timed: " + counted + " on record\n"));
  std::size_t fits = 0;
  for (const auto& row : table.rows) {
    EXPECT_EQ(row.at(4), "cohort");
    fits += std::stoul(row.at(8));
  }
  EXPECT_EQ(fits, 8U);
  const Ended trace = timeline({"--out", file("t.json")});
  ASSERT_EQ(trace.code, 0) << trace.err;
  EXPECT_TRUE(json::parse(read_text(file("t.json"))).contains("traceEvents"));
  const Ended page = timeline({"-o", file("t.html")});
  ASSERT_EQ(page.code, 0) << page.err;
  EXPECT_THAT(read_text(file("t.html")), StartsWith("<!DOCTYPE html>"));
  const std::vector<std::pair<std::string, std::string>> answers{
      {"t.csv", csv.out}, {"t.json", trace.out}, {"t.html", page.out}};
  for (const auto& [name, out] : answers)
    EXPECT_EQ(out, file(name) + ": " + counted + ", " + std::to_string(fs::file_size(file(name))) +
                       " bytes\n");
}

TEST_F(TimelineCommand, RefusesAnEndingThatSaysNoFormat) {
  for (const char* name : {"t.txt", "t", "t.HTML"}) {
    const Ended ended = timeline({"-o", file(name)});
    EXPECT_EQ(ended.code, 2) << name;
    EXPECT_THAT(ended.err, HasSubstr("-o: " + file(name) + " does not say what to write"));
    EXPECT_FALSE(fs::exists(file(name)));
  }
}

/// However its path is written.
TEST_F(TimelineCommand, WritesNothingIntoTheRun) {
  const auto count = [] {
    return std::distance(fs::recursive_directory_iterator(file("timed.run")),
                         fs::recursive_directory_iterator());
  };
  const auto before = count();
  fs::create_directory_symlink(file("timed.run"), file("link"));
  for (const char* name : {"timed.run/t.csv", "timed.run/segments/t.csv", "link/t.csv",
                           "timed.run/../timed.run/t.csv", "timed.run/new/t.csv"}) {
    const Ended ended = timeline({"-o", file(name)});
    EXPECT_EQ(ended.code, 2) << name;
    EXPECT_THAT(ended.err, HasSubstr("lies in the run directory")) << name;
  }
  EXPECT_EQ(count(), before);
  EXPECT_EQ(timeline({"-o", file("timed.run.csv")}).code, 0) << "beside it, by a longer name";
}

TEST_F(TimelineCommand, WritesOverNothing) {
  write_text(file("mine.csv"), "my notes\n");
  const Ended ended = timeline({"-o", file("mine.csv")});
  EXPECT_NE(ended.code, 0);
  EXPECT_THAT(ended.err, HasSubstr(file("mine.csv")));
  EXPECT_EQ(read_text(file("mine.csv")), "my notes\n");
}

}  // namespace
}  // namespace crossfold
