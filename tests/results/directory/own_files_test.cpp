// A run directory is where the user says. What is there and not ours stays as it is.

#include <filesystem>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/results/shards.h"

#include "core/expect_error.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::write_bytes;

class OwnFilesTest : public ::testing::Test {
 protected:
  /// Opening is refused with `message`, and every byte below the folder stays.
  void expect_refused(const std::string& message) {
    const std::map<std::string, std::string> before = everything();
    expect_error(ErrorCode::bad_input, message, [&] { static_cast<void>(run_.open()); });
    std::map<std::string, std::string> after = everything();
    if (!before.contains("lock")) after.erase("lock");
    std::map<std::string, std::string> expected = before;
    expected.erase("lock");  // says who came last
    after.erase("lock");
    EXPECT_EQ(after, expected);
  }
  void expect_not_free(const std::string& name) {
    expect_refused(run_.path().string() + ": is not empty and holds no run of crossfold ('" + name +
                   "' is there). choose another --out");
    EXPECT_EQ(fs::exists(run_.path("lock")), name == "lock") << "nothing new in a user's folder";
  }
  void expect_not_ours(const std::string& name) {
    expect_refused(run_.path().string() + ": " + run_.path(name).string() +
                   ": is no file of this run (it would be written over). move it away, then run "
                   "again");
  }
  [[nodiscard]] std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(run_.path()))
      if (entry.is_regular_file())
        files[fs::relative(entry.path(), run_.path()).string()] = bytes_of(entry.path());
    return files;
  }
  void make_folder() { fs::create_directories(run_.path()); }

  testing::SmallRun run_;
};

TEST_F(OwnFilesTest, AreNotThoseThatOnlyHaveTheirNames) {
  make_folder();
  const std::map<std::string, std::string> strangers{
      {"samples.json", "{\"format\":\"my-samples\"}"},
      {"plan.json", "{\"plan\": \"of the thesis\"}"},
      {"splits.csv", "fold,id\n1,a\n"},
      {"lock", "the key is under the mat\n"},
      {"shards", "a list of shards"},
      {"journal.jsonl", "{\"entry\": 1}\n"},
      {"results.h5", "x"},
      {"artefacts.h5", "x"},
      {"provenance.json", "{}"},
      {"heartbeat.json", "{\"bpm\": 60}"},
      {"job.json", "{\"format\": \"slurm-job\"}"}};
  for (const auto& [name, content] : strangers) {
    write_bytes(run_.path(name), content);
    expect_not_free(name);
    fs::remove(run_.path(name));
  }
  EXPECT_NO_THROW(static_cast<void>(run_.open()));
}

TEST_F(OwnFilesTest, AreNotTheJobAndPlanOfAnotherProgram) {
  make_folder();
  write_bytes(run_.path("job.json"), "{\"format\": \"other-job\", \"name\": \"mine\"}");
  write_bytes(run_.path("plan.json"), "{\"format\": \"crossfold-plan\"}");
  expect_not_free("job.json");
  write_bytes(run_.path("job.json"), "{\"format\": \"crossfold-job\", \"name\": \"mine\"}");
  write_bytes(run_.path("plan.json"), "{\"format\": \"crossfold-plan-summary\"}");
  expect_not_free("job.json");
  write_bytes(run_.path("plan.json"), "no JSON at all");
  expect_not_free("job.json");
}

TEST_F(OwnFilesTest, OfAnInterruptedStartMayBeCutButNotOfAnotherJob) {
  static_cast<void>(run_.open());
  const std::string samples = bytes_of(run_.path("samples.json"));
  const std::string plan = bytes_of(run_.path("plan.json"));
  fs::remove_all(run_.path());
  make_folder();
  write_bytes(run_.path("samples.json"), samples.substr(0, samples.size() / 2));
  write_bytes(run_.path("plan.json"), plan);
  write_bytes(run_.path("lock"), "");
  write_bytes(run_.path(".plan.json.alpha.17.0.0123456789abcdef.tmp"), "{");
  EXPECT_NO_THROW(static_cast<void>(run_.open()));
  EXPECT_EQ(bytes_of(run_.path("samples.json")), samples);
  EXPECT_EQ(bytes_of(run_.path(".plan.json.alpha.17.0.0123456789abcdef.tmp")), "{");
  fs::remove_all(run_.path());
  make_folder();
  write_bytes(run_.path("plan.json"), plan.substr(0, plan.size() - 2) + ",\"more\":1}");
  expect_not_free("plan.json");
}

/// Before ours in the order of names, and behind them.
TEST_F(OwnFilesTest, OfAnInterruptedStartDoNotVouchForWhatLiesBesideThem) {
  static_cast<void>(run_.open());
  const std::string samples = bytes_of(run_.path("samples.json"));
  for (const char* stranger : {"appendix.tex", "thesis.tex"}) {
    fs::remove_all(run_.path());
    make_folder();
    write_bytes(run_.path("lock"), "");
    write_bytes(run_.path("samples.json"), samples);
    write_bytes(run_.path(stranger), "x");
    expect_refused(run_.path().string() + ": is not empty and holds no run of crossfold ('" +
                   stranger + "' is there). choose another --out");
  }
}

TEST_F(OwnFilesTest, BesideARunWithoutAJournalAreWhatItWouldWrite) {
  static_cast<void>(run_.open());
  fs::remove(run_.journal());
  write_bytes(run_.path("samples.json"), "{\"mine\": true}");
  expect_not_ours("samples.json");
}

TEST_F(OwnFilesTest, InTheJournalsPlaceAreNoJournal) {
  static_cast<void>(run_.open());
  for (const std::string& text :
       {std::string("my notes\n"), std::string("my notes, unfinished"), std::string("[1, 2]\n")}) {
    fs::remove(run_.journal());
    write_bytes(run_.journal(), text);
    expect_refused(run_.journal().string() +
                   ": is no journal of crossfold (its first line is not a header)");
  }
}

/// One line that is not finished is dropped where it is ours, and only there.
TEST_F(OwnFilesTest, InTheJournalsPlaceAreNotTakenForAHeaderThatWasCut) {
  static_cast<void>(run_.open());
  for (const char* text : {"{\"data\":1,\"checksum\":\"abc\"}\n", "{\"data\":1,\"checksum\":\"a",
                           "{\"format\":\"other-journal\",\"checksum\":\"\"}"}) {
    write_bytes(run_.journal(), text);
    EXPECT_THROW(static_cast<void>(run_.open()), Error) << text;
    EXPECT_EQ(bytes_of(run_.journal()), text);
  }
}

TEST_F(OwnFilesTest, OfAnotherKindMakeAFolderNoHomeForShards) {
  make_folder();
  write_bytes(run_.path("thesis.tex"), "x");
  expect_error(ErrorCode::bad_input,
               run_.path().string() +
                   ": is not empty and holds no run of crossfold ('thesis.tex' is there). choose "
                   "another --out",
               [&] { check_home_of_shards(run_.path()); });
  fs::remove(run_.path("thesis.tex"));
  EXPECT_NO_THROW(check_home_of_shards(run_.path()));
  EXPECT_NO_THROW(check_home_of_shards(run_.path() / "not" / "there"));
  static_cast<void>(run_.open());
  EXPECT_NO_THROW(check_home_of_shards(run_.path()));
}

TEST_F(OwnFilesTest, BehindTheJournalsLastLineAreKept) {
  run_.record(0, 1);
  const std::string journal = bytes_of(run_.journal());
  for (const char* note : {"checked by hand on Monday", "checked by hand on Monday\n"}) {
    write_bytes(run_.journal(), journal + note);
    EXPECT_THROW(static_cast<void>(run_.open()), Error);
    EXPECT_EQ(bytes_of(run_.journal()), journal + note);
  }
}

TEST_F(OwnFilesTest, AtTheEndOfARunAreOfThisVeryRun) {
  run_.record(0, 1);
  write_final_files(run_.path());
  EXPECT_NO_THROW(static_cast<void>(run_.open())) << "its own";
  testing::SmallRun other;
  Job job = testing::small_job();
  job.seed = 8;
  static_cast<void>(other.open(job));
  write_final_files(other.path());
  for (const char* name : {"results.h5", "artefacts.h5", "provenance.json"}) {
    const std::string ours = bytes_of(run_.path(name));
    for (const std::string& content :
         {bytes_of(other.path(name)), std::string("my own"), std::string()}) {
      write_bytes(run_.path(name), content);
      expect_not_ours(name);
    }
    write_bytes(run_.path(name), ours);
  }
  write_bytes(run_.path("heartbeat.json"), "{\"format\": \"pulse\"}");
  expect_not_ours("heartbeat.json");
}

TEST_F(OwnFilesTest, AtTheEndOfARunAreAllNamedThatAreNotOfIt) {
  run_.record(0, 1);
  std::string refusal = run_.path().string() + ": 4 errors";
  for (const char* name : {"results.h5", "artefacts.h5", "provenance.json", "heartbeat.json"}) {
    write_bytes(run_.path(name), "my own");
    refusal += "\n  " + run_.path(name).string() +
               ": is no file of this run (it would be written over). move it away, then run again";
  }
  expect_refused(refusal);
}

TEST_F(OwnFilesTest, InTheLocksPlaceAreNoLock) {
  run_.record(0, 1);
  write_bytes(run_.path("lock"), "host of the party: me\nand you\n");
  expect_refused(run_.path("lock").string() +
                 ": is no lock of crossfold (it would be written over). move it away, or choose "
                 "another --out");
  EXPECT_EQ(bytes_of(run_.path("lock")), "host of the party: me\nand you\n");
}

}  // namespace
}  // namespace crossfold
