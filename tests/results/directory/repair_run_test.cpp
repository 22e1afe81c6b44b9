#include "repair_run.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::write_bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RepairRunTest : public ::testing::Test {
 protected:
  [[nodiscard]] RunDirectory open(Repairs repairs) const {
    return RunDirectory::open(run_.path(), testing::small_job(), testing::small_samples(),
                              run_.plan(), {}, repairs);
  }
  [[nodiscard]] const Fit& fit(std::size_t index) const { return run_.plan().fits[index]; }
  /// The line of fit number `index`, counted from 1; header and class come before.
  void damage_fit(std::size_t index) const {
    std::string journal = bytes_of(run_.journal());
    const std::size_t at = journal.find(fit(index).id.hex());
    ASSERT_NE(at, std::string::npos);
    journal[journal.find("\"n\":", at) + 1] ^= 1;
    write_bytes(run_.journal(), journal);
  }
  [[nodiscard]] std::string artefact_message(std::size_t index, const std::string& what) const {
    return run_.artefacts(fit(index).id).string() + ": " + what +
           ": the predictions and curves of fit " + fit(index).id.hex() +
           " of experiment task, embedding texture/raw, candidate baseline, seed 0, fold " +
           std::to_string(index) +
           ". restore it, or let `crossfold run --retrain-missing` with the same job and --out "
           "train that fit again";
  }

  static constexpr Repairs kSalvage{.salvage = true, .retrain_missing = false};
  static constexpr Repairs kRetrain{.salvage = false, .retrain_missing = true};

  testing::SmallRun run_;
};

TEST_F(RepairRunTest, SalvagesAJournalAndKeepsTheDamagedOne) {
  run_.record(0, 3);
  const std::string sound = bytes_of(run_.journal());
  damage_fit(1);
  const std::string damaged = bytes_of(run_.journal());
  EXPECT_THROW(static_cast<void>(run_.open()), Error);
  EXPECT_EQ(bytes_of(run_.journal()), damaged) << "not without --salvage";
  {
    const RunDirectory directory = open(kSalvage);
    EXPECT_THAT(directory.done(), UnorderedElementsAre(fit(0).id, fit(2).id));
    ASSERT_EQ(directory.notes().size(), 1U);
    EXPECT_THAT(
        directory.notes()[0],
        HasSubstr(run_.journal().string() + ": 4 of 5 lines are kept; the damaged journal is now "
                                            "journal.damaged-1.jsonl. not kept:\n  line 4: "));
    EXPECT_THAT(directory.notes()[0],
                HasSubstr(" bytes that no checksum fits; fit " + fit(1).id.hex() +
                          " of experiment task, embedding texture/raw, candidate baseline, seed "
                          "0, fold 1, is to be done again"));
  }
  EXPECT_EQ(bytes_of(run_.path("journal.damaged-1.jsonl")), damaged);
  run_.record(1, 2);  // trained again
  EXPECT_EQ(run_.load().results.size(), 3U);
  EXPECT_EQ(bytes_of(run_.journal()).size(), sound.size());
  damage_fit(2);
  static_cast<void>(open(kSalvage));
  EXPECT_EQ(bytes_of(run_.path("journal.damaged-1.jsonl")), damaged) << "a second one beside it";
  EXPECT_TRUE(fs::exists(run_.path("journal.damaged-2.jsonl")));
}

TEST_F(RepairRunTest, LeavesASoundJournalAlone) {
  run_.record(0, 3);
  const std::string sound = bytes_of(run_.journal());
  const RunDirectory directory = open(kSalvage);
  EXPECT_THAT(directory.notes(), IsEmpty());
  EXPECT_EQ(bytes_of(run_.journal()), sound);
  EXPECT_FALSE(fs::exists(run_.path("journal.damaged-1.jsonl")));
}

TEST_F(RepairRunTest, DoesNotSalvageForAnotherJob) {
  run_.record(0, 3);
  damage_fit(1);
  const std::string damaged = bytes_of(run_.journal());
  Job job = testing::small_job();
  job.seed = 8;
  try {
    static_cast<void>(RunDirectory::open(run_.path(), job, testing::small_samples(),
                                         testing::small_plan(job), {}, kSalvage));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("holds a run of another job"));
  }
  EXPECT_EQ(bytes_of(run_.journal()), damaged);
}

TEST_F(RepairRunTest, DoesNotTrustSamplesThatALostHeaderVouchedFor) {
  run_.record(0, 3);
  const std::string journal = bytes_of(run_.journal());
  const std::string samples = bytes_of(run_.path("samples.json"));
  write_bytes(run_.journal(), journal.substr(journal.find('\n') + 1));
  {
    const RunDirectory directory = open(kSalvage);
    EXPECT_EQ(directory.done().size(), 3U);
  }
  EXPECT_EQ(bytes_of(run_.journal()), journal) << "the very header again";
  write_bytes(run_.journal(), journal.substr(journal.find('\n') + 1));
  std::string changed = samples;
  changed[changed.find("image3") + 5] = '9';
  write_bytes(run_.path("samples.json"), changed);
  expect_error(ErrorCode::bad_input,
               run_.path().string() + ": " + run_.path("samples.json").string() +
                   ": is no file of this run (it would be written over). move it away, then run "
                   "again",
               [&] { static_cast<void>(open(kSalvage)); });
}

TEST_F(RepairRunTest, DoesNotSalvageWhatIsNoJournal) {
  run_.record(0, 1);
  write_bytes(run_.journal(), "my notes\n");
  expect_error(ErrorCode::bad_input,
               run_.journal().string() +
                   ": holds no sound line that belongs to this run (it is of another run or "
                   "another file, or too much is lost). move it away to train everything again",
               [&] { static_cast<void>(open(kSalvage)); });
  EXPECT_EQ(bytes_of(run_.journal()), "my notes\n");
}

TEST_F(RepairRunTest, NamesEveryLostArtefactBeforeAnyWork) {
  run_.record(0, 3);
  fs::remove(run_.artefacts(fit(0).id));
  write_bytes(run_.artefacts(fit(2).id), "cut");
  try {
    static_cast<void>(run_.open());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    const std::string told = error.what();
    EXPECT_THAT(told, HasSubstr(run_.path().string() + ": 2 errors"));
    EXPECT_THAT(told, HasSubstr(artefact_message(0, "is missing")));
    EXPECT_THAT(told, HasSubstr(artefact_message(2, "is cut short (it has 3 bytes)")));
  }
}

TEST_F(RepairRunTest, TrainsFitsAgainWhoseArtefactsAreLost) {
  run_.record(0, 3);
  fs::remove(run_.artefacts(fit(0).id));
  std::string bytes = bytes_of(run_.artefacts(fit(1).id));
  bytes[bytes.size() / 2] ^= 1;  // which only a look at the content finds
  write_bytes(run_.artefacts(fit(1).id), bytes);
  {
    RunDirectory directory = open(kRetrain);
    EXPECT_THAT(directory.done(), UnorderedElementsAre(fit(2).id));
    ASSERT_EQ(directory.notes().size(), 1U);
    EXPECT_THAT(directory.notes()[0],
                HasSubstr("2 fits are trained again (artefacts are missing or damaged):\n  "));
    EXPECT_THAT(directory.notes()[0], HasSubstr(artefact_message(0, "is missing")));
    for (const std::size_t i : {0, 1}) testing::record(directory, run_.plan(), fit(i));
    directory.flush();
  }
  EXPECT_THAT(open(kRetrain).notes(), IsEmpty()) << "all is well again";
  const RunRecords records = run_.load();
  EXPECT_EQ(records.results.size(), 3U);
  for (const std::size_t i : {0, 1, 2})
    EXPECT_FALSE(read_artefacts(run_.path(), records, fit(i).id).empty());
}

/// One segment holds the artefacts of many fits: one line tells of all that are lost with it.
TEST_F(RepairRunTest, TellsOnceOfASegmentThatIsLost) {
  {
    RunDirectory directory = run_.open();
    SegmentWriter segment(directory.begin_segments(), Rank{});
    for (std::size_t i = 0; i < 3; ++i) {
      FitResult result = testing::result_of(run_.plan(), fit(i));
      const std::string document = artefacts_to_bytes(result.id, result.artefacts);
      result.artefacts = {};
      directory.append({.result = result,
                        .artefacts = segment.append(result.id, document),
                        .origin = testing::kAlpha});
    }
    segment.flush();
    directory.flush();
  }
  const RunRecords records = run_.load();
  const ArtefactPlace& last = records.artefacts.at(fit(2).id);
  const fs::path file = run_.path("segments") / last.segment;
  write_bytes(file, bytes_of(file).substr(0, last.offset + 1));
  EXPECT_THAT(
      lost_artefacts(run_.path(), records),
      ElementsAre(HasSubstr("is cut short (it has " + std::to_string(last.offset + 1) +
                            " bytes): the predictions and curves of fit " + fit(2).id.hex())));
  fs::remove(file);
  const std::vector<std::string> lines = lost_artefacts(run_.path(), records);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0],
              HasSubstr(file.string() + ": is missing: the predictions and curves of fit"));
  EXPECT_THAT(lines[0], HasSubstr(", and of 2 more. restore it, or let"));
  EXPECT_THAT(lines[0], HasSubstr("train those fits again"));
  EXPECT_THAT(open(kRetrain).done(), IsEmpty());
}

TEST_F(RepairRunTest, TellsOfALostArtefactWhereResultsAreMade) {
  run_.record(0, 2);
  write_bytes(run_.artefacts(fit(1).id), "cut");
  expect_error(ErrorCode::bad_input,
               run_.path().string() + ": " + artefact_message(1, "is cut short (it has 3 bytes)"),
               [&] { write_final_files(run_.path()); });
  EXPECT_FALSE(fs::exists(run_.path("results.h5")));
}

}  // namespace
}  // namespace crossfold
