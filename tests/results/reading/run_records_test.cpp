#include "crossfold/results/run_records.h"

#include <filesystem>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "journal_entry.h"
#include "journal_line.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::write_bytes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kBeta;

class RunRecordsTest : public ::testing::Test {
 protected:
  [[nodiscard]] const Fit& fit(std::size_t index) const { return run_.plan().fits[index]; }

  void expect_refused(ErrorCode code, const std::string& message) {
    expect_error(code, run_.path().string() + message, [&] { static_cast<void>(run_.load()); });
  }

  void append_line(const JournalEntry& entry) const {
    write_bytes(run_.journal(), bytes_of(run_.journal()) + journal_line(to_json(entry)));
  }

  testing::SmallRun run_;
};

TEST_F(RunRecordsTest, HoldWhatWasAskedForAndWhatIsThere) {
  run_.record(0, 2);
  run_.record(2, 3, kBeta);
  const RunRecords records = run_.load();
  EXPECT_EQ(records.job.name, "small");
  EXPECT_EQ(records.samples.id, testing::small_samples().id);
  EXPECT_EQ(records.plan.hash, run_.plan().hash);
  EXPECT_EQ(records.results.size(), 3U);
  EXPECT_EQ(records.find(fit(1).id)->held_out.auc, testing::full_result().held_out.auc);
  EXPECT_EQ(records.find(fit(3).id), nullptr);
  EXPECT_THAT(records.classes, ElementsAre("build A", "build B"));
  EXPECT_THAT(records.notes, IsEmpty());
}

TEST_F(RunRecordsTest, CountAClassOnlyForFitsThatSucceededInIt) {
  {
    RunDirectory directory = run_.open();
    FitRecord failed;
    failed.result = testing::failed_result(fit(0).id);
    failed.origin = kBeta;
    directory.append(failed);
    testing::record(directory, run_.plan(), fit(0));
    directory.flush();
  }
  EXPECT_THAT(run_.load().classes, ElementsAre("build A"));
}

/// Of two failures, and of two successes, the later one is what became of the fit.
TEST_F(RunRecordsTest, HoldTheLaterOfTwoEqualOutcomes) {
  {
    RunDirectory directory = run_.open();
    for (const char* error : {"no memory", "the loss is not finite"}) {
      FitRecord failed;
      failed.result = testing::failed_result(fit(0).id);
      failed.result.error = error;
      directory.append(failed);
    }
    for (const auto& [origin, auc] : {std::pair(testing::kAlpha, 0.5), std::pair(kBeta, 0.75)}) {
      FitResult result = testing::result_of(run_.plan(), fit(1));
      result.held_out.auc = auc;
      result.artefacts.held_out->probabilities.front() = auc;
      testing::record(directory, result, origin);
    }
    directory.flush();
  }
  const RunRecords records = run_.load();
  EXPECT_EQ(records.results.size(), 2U);
  EXPECT_EQ(records.find(fit(0).id)->error, "the loss is not finite");
  EXPECT_EQ(records.find(fit(1).id)->held_out.auc, 0.75);
  EXPECT_EQ(read_artefacts(run_.path(), records, fit(1).id).held_out->probabilities.front(), 0.75);
  EXPECT_THAT(records.classes, ElementsAre("build B"));
}

TEST_F(RunRecordsTest, AreThereWhileARunGoesOn) {
  RunDirectory alive = run_.open();
  EXPECT_THAT(run_.load().results, IsEmpty());
  testing::record(alive, run_.plan(), fit(0));
  alive.flush();
  EXPECT_EQ(run_.load().results.size(), 1U);
}

TEST_F(RunRecordsTest, DoNotCountATornLine) {
  run_.record(0, 2);
  const std::string journal = bytes_of(run_.journal());
  write_bytes(run_.journal(), journal.substr(0, journal.size() - 5));
  const RunRecords records = run_.load();
  EXPECT_EQ(records.results.size(), 1U);
  EXPECT_THAT(records.notes,
              ElementsAre("the journal's last line is not finished (a run is writing it, or was "
                          "killed): it is not counted"));
  EXPECT_EQ(bytes_of(run_.journal()).size(), journal.size() - 5);
}

TEST_F(RunRecordsTest, KeepArtefactsToThemselvesUntilAsked) {
  run_.record(0, 1);
  const RunRecords records = run_.load();
  EXPECT_TRUE(records.find(fit(0).id)->artefacts.empty());
  const Artefacts artefacts = read_artefacts(run_.path(), records, fit(0).id);
  EXPECT_EQ(artefacts.held_out->probabilities,
            testing::full_result().artefacts.held_out->probabilities);
  EXPECT_TRUE(read_artefacts(run_.path(), records, fit(1).id).empty());
}

TEST_F(RunRecordsTest, NameAnArtefactFileThatIsDamagedOrGone) {
  run_.record(0, 1);
  const RunRecords records = run_.load();
  const fs::path file = run_.artefacts(fit(0).id);
  std::string bytes = bytes_of(file);
  bytes[bytes.size() / 2] ^= 1;
  write_bytes(file, bytes);
  const auto expect_told = [&](const std::string& what) {
    expect_error(ErrorCode::bad_input,
                 file.string() + ": " + what + ": the predictions and curves of fit " +
                     fit(0).id.hex() +
                     " of experiment task, embedding texture/raw, candidate baseline, seed 0, fold "
                     "0. restore it, or let `crossfold run --retrain-missing` with the same job "
                     "and --out train that fit again",
                 [&] { static_cast<void>(read_artefacts(run_.path(), records, fit(0).id)); });
  };
  expect_told("is damaged (its hash is not the one in the journal)");
  EXPECT_THAT(lost_artefacts(run_.path(), records), IsEmpty()) << "which looks at sizes alone";
  write_bytes(file, bytes.substr(0, bytes.size() - 8));
  expect_told("is cut short (it has " + std::to_string(bytes.size() - 8) + " bytes)");
  EXPECT_EQ(lost_artefacts(run_.path(), records).size(), 1U);
  fs::remove(file);
  expect_told("is missing");
  EXPECT_THAT(lost_artefacts(run_.path(), records),
              ElementsAre(::testing::HasSubstr("is missing: the predictions and curves of fit " +
                                               fit(0).id.hex())));
}

TEST_F(RunRecordsTest, AreNotReadFromWhatIsNoRunDirectory) {
  expect_refused(ErrorCode::io, ": is no folder. name the --out folder of a run");
  fs::create_directories(run_.path());
  expect_refused(ErrorCode::bad_input,
                 ": is no run directory of crossfold (job.json is missing). name the --out folder "
                 "of a run");
}

TEST_F(RunRecordsTest, AreNotReadWithoutTheirInputs) {
  run_.record(0, 1);
  fs::remove(run_.path("samples.json"));
  expect_refused(ErrorCode::io, "/samples.json: cannot open (No such file or directory)");
}

TEST_F(RunRecordsTest, RefuseADamagedMiddleLine) {
  run_.record(0, 3);
  std::string journal = bytes_of(run_.journal());
  const std::size_t second = journal.find('\n') + 1;
  journal[second + 30] ^= 1;
  write_bytes(run_.journal(), journal);
  expect_refused(ErrorCode::bad_input,
                 "/journal.jsonl: line 2 (byte " + std::to_string(second) +
                     ") is damaged: its checksum does not fit (a killed run leaves only a last "
                     "line that is cut short, so the file was changed or the disk failed). restore "
                     "the file from a copy, or let `crossfold run --salvage` with the same job "
                     "and --out keep every line whose checksum fits and train the rest again");
}

TEST_F(RunRecordsTest, RefuseFitsOfAnotherPlan) {
  run_.record(0, 1);
  append_line(JournalFit{.result = testing::failed_result(testing::fit_id('e')),
                         .host = "",
                         .device = "",
                         .class_id = "",
                         .artefacts = std::nullopt});
  expect_refused(
      ErrorCode::bad_input,
      "/journal.jsonl: records fit eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee, which the plan does "
      "not hold (lines of another run were added). restore the file from a copy, or let `crossfold "
      "run --salvage` with the same job and --out leave them out");
}

TEST_F(RunRecordsTest, RefuseAClassThatNobodyDescribed) {
  run_.record(0, 1);
  append_line(JournalFit{.result = testing::failed_result(fit(1).id),
                         .host = "",
                         .device = "",
                         .class_id = "cccccccccccc",
                         .artefacts = std::nullopt});
  expect_refused(ErrorCode::bad_input,
                 "/journal.jsonl: line 4 names the class cccccccccccc, which no line before it "
                 "describes. restore the file from a copy, or let `crossfold run --salvage` with "
                 "the same job and --out keep every line whose checksum fits and train the rest "
                 "again");
}

TEST_F(RunRecordsTest, RefuseDescriptionsThatDoNotFitEachOther) {
  static_cast<void>(run_.open());
  fs::remove(run_.journal());  // without its header nothing else vouches for the inputs
  const std::string plan = bytes_of(run_.path("plan.json"));
  write_bytes(run_.path("plan.json"), "{\"format\": 3}");
  expect_refused(ErrorCode::bad_input, "/plan.json: is no crossfold-plan document of version 1");
  std::string other = plan;
  other.replace(other.find(run_.plan().hash.hex()), 64, std::string(64, '0'));
  write_bytes(run_.path("plan.json"), other);
  expect_refused(ErrorCode::bad_input,
                 "/plan.json: does not fit the job and samples beside it (a file was changed, or "
                 "another protocol version wrote it). read it with the program that wrote it");
}

}  // namespace
}  // namespace crossfold
