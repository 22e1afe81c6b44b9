#include "crossfold/results/warm_start.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/results/run_status.h"

#include "core/expect_error.h"
#include "journal_line.h"
#include "results/small_run.h"
#include "run_history.h"
#include "run_lock.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kAlpha;
using testing::kBeta;

class WarmStartTest : public ::testing::Test {
 protected:
  /// The first `fits` of the plan, completed in the other run.
  void complete(std::size_t fits, const Origin& origin = kAlpha) {
    RunDirectory directory = other_.open();
    SessionStart start;
    start.launch = "alone";
    directory.append_session(start);
    for (std::size_t i = 0; i < fits; ++i)
      testing::record(directory, other_.plan(), other_.plan().fits[i], origin);
    directory.append_session(SessionEnd{});
  }
  [[nodiscard]] WarmStart found() const { return {other_.path(), job_, run_.plan(), ids_}; }
  std::size_t take() {
    RunDirectory into = run_.open();
    return found().take_into(into, "small.h5").size();
  }
  [[nodiscard]] std::vector<std::string> text() const {
    return warm_start_text(found().shared(), "other.run");
  }
  void expect_refused(ErrorCode code, const std::string& text) {
    expect_error(code, text, [&] { take(); });
    EXPECT_TRUE(run_.load().results.empty()) << "nothing may be taken over";
  }
  [[nodiscard]] std::string other(const std::string& name = "") const {
    return name.empty() ? other_.path().string() : other_.path(name).string();
  }

  const Job job_ = testing::small_job();
  std::vector<std::string> ids_ = testing::small_samples().id;
  testing::SmallRun other_;
  testing::SmallRun run_;
};

TEST_F(WarmStartTest, GivesTheRecordsOfTheOtherRun) {
  complete(7, kBeta);
  EXPECT_EQ(take(), 7U);
  const RunRecords expected = other_.load();
  const RunRecords taken = run_.load();
  ASSERT_EQ(taken.results.size(), 7U);
  EXPECT_EQ(taken.classes, (std::set<std::string>{"build B"}));
  for (const auto& [id, result] : expected.results) {
    EXPECT_EQ(taken.find(id)->held_out.auc, result.held_out.auc);
    EXPECT_EQ(taken.artefacts.at(id).sha256, expected.artefacts.at(id).sha256);
    EXPECT_EQ(read_artefacts(run_.path(), taken, id).held_out->probabilities,
              read_artefacts(other_.path(), expected, id).held_out->probabilities);
  }
  EXPECT_THAT(text(), ElementsAre("7 of 36 fits are taken over from other.run"));
}

/// The run stands on its own, and says where its fits come from.
TEST_F(WarmStartTest, NeedsTheOtherRunNoMore) {
  complete(3, kBeta);
  take();
  const FitId id = run_.plan().fits[2].id;
  const std::string other_plan = other_.plan().hash.hex();
  fs::remove_all(other_.path());
  const RunHistory history = read_history(RunLayout{run_.path()});
  EXPECT_EQ(history.fits.at(id).taken_from, other_plan);
  EXPECT_EQ(history.fits.at(id).host, "beta");
  ASSERT_EQ(history.sessions.size(), 2U);
  const nlohmann::json& start = history.sessions[0].facts;
  EXPECT_EQ(start.at("launch"), "warm-start");
  EXPECT_EQ(start.at("taken_from").at("run"), other_.path().string());
  EXPECT_EQ(start.at("taken_from").at("plan_sha256"), other_plan);
  EXPECT_EQ(start.at("taken_from").at("job_sha256"), job_hash(job_));
  EXPECT_TRUE(read_artefacts(run_.path(), run_.load(), id).held_out.has_value());
}

TEST_F(WarmStartTest, TakesNothingTwiceAndGoesOnWhereItWas) {
  complete(4);
  EXPECT_EQ(take(), 4U);
  const std::string journal = test::bytes_of(run_.journal());
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(test::bytes_of(run_.journal()), journal);
  complete(6);
  EXPECT_EQ(take(), 2U);
}

TEST_F(WarmStartTest, TakesNothingOverFromSamplesOfOtherIds) {
  complete(2);
  ids_[5] = "another";
  expect_refused(
      ErrorCode::bad_input,
      other() +
          ": holds fits of this job, over samples of other ids (their predictions would "
          "be of other samples than the rest). name another run in 'warm_start', or take "
          "it out of the job:\n  id of row 5: 'image5' -> 'another'");
}

TEST_F(WarmStartTest, LeavesWhatFailedToBeTrained) {
  complete(1);
  {
    RunDirectory directory = other_.open();
    FitRecord failed;
    failed.result = testing::failed_result(other_.plan().fits[1].id);
    directory.append(failed);
    directory.flush();
  }
  EXPECT_EQ(take(), 1U);
  EXPECT_EQ(run_.load().results.size(), 1U);
}

TEST_F(WarmStartTest, TakesOnlyWhatIsWanted) {
  complete(4);
  const FitId id = run_.plan().fits[3].id;
  const WarmStart one(other_.path(), job_, run_.plan(), ids_,
                      [&](const FitId& fit) { return fit == id; });
  EXPECT_EQ(one.shared().wanted, 1U);
  EXPECT_THAT(one.shared().to_take, ElementsAre(id));
}

TEST_F(WarmStartTest, LeavesFitsThatKeptTooLittle) {
  Job sparse = job_;
  sparse.output.curves = false;
  {
    RunDirectory directory = other_.open(sparse);
    for (const Fit& fit : other_.plan().fits) testing::record(directory, other_.plan(), fit);
    directory.flush();
  }
  const WarmStart warm_start = found();
  EXPECT_EQ(warm_start.shared().to_take.size(), 12U) << "linear fits have no curves";
  EXPECT_EQ(warm_start.shared().lacking, 24U);
  EXPECT_THAT(warm_start_text(warm_start.shared(), "other.run"),
              ElementsAre("12 of 36 fits are taken over from other.run",
                          "24 fits are completed in other.run too, but without all of the "
                          "predictions, curves or features that this job keeps: they are trained",
                          "other.run has not started to train: what it lacks is trained here"));
}

TEST_F(WarmStartTest, LeavesFitsThatKeptNoFeaturesWhereTheseAreWanted) {
  {
    RunDirectory directory = other_.open();
    for (const Fit& fit : other_.plan().fits) testing::record(directory, other_.plan(), fit);
    directory.flush();
  }
  Job wanting = job_;
  wanting.output.features = FeatureOutput::all;
  const WarmStart warm_start(other_.path(), wanting, testing::small_plan(wanting), ids_);
  EXPECT_EQ(warm_start.shared().to_take.size(), 12U) << "linear fits have no features";
  EXPECT_EQ(warm_start.shared().lacking, 24U);
}

TEST_F(WarmStartTest, CopiesNoArtefactsWhereNoneAreKept) {
  complete(2);
  Job bare = job_;
  bare.output = {.predictions = false, .curves = false, .features = FeatureOutput::none};
  {
    RunDirectory into = run_.open(bare);
    EXPECT_EQ(WarmStart(other_.path(), bare, run_.plan(), ids_).take_into(into, "small.h5").size(),
              2U);
  }
  EXPECT_TRUE(run_.load().artefacts.empty());
  EXPECT_FALSE(fs::exists(run_.path("segments")));
}

/// Whatever of its output a job keeps, the fits that it takes over have as well.
TEST_F(WarmStartTest, CopiesEachPartOfTheOutputThatTheJobKeeps) {
  constexpr std::size_t kFits = 3;  // one of the first split and two of others
  Job rich = job_;
  rich.output.features = FeatureOutput::all;
  {
    RunDirectory directory = other_.open(rich);
    for (std::size_t i = 0; i < kFits; ++i)
      testing::record(directory, other_.plan(), other_.plan().fits[i]);
    directory.flush();
  }
  for (const bool predictions : {false, true})
    for (const bool curves : {false, true})
      for (const FeatureOutput features :
           {FeatureOutput::none, FeatureOutput::first_split, FeatureOutput::all}) {
        SCOPED_TRACE(::testing::Message() << predictions << curves << name_of(features));
        Job job = job_;
        job.output = {.predictions = predictions, .curves = curves, .features = features};
        const Plan plan = testing::small_plan(job);
        const testing::SmallRun run;
        {
          RunDirectory into = run.open(job);
          const std::vector<FitResult> taken =
              WarmStart(other_.path(), job, plan, ids_).take_into(into, "small.h5");
          EXPECT_EQ(taken.size(), kFits);
        }
        const RunRecords records = run.load();
        for (std::size_t i = 0; i < kFits; ++i) {
          const Fit& fit = plan.fits[i];
          const Artefacts kept = records.artefacts.contains(fit.id)
                                     ? read_artefacts(run.path(), records, fit.id)
                                     : Artefacts{};
          const bool is_first = fit.seed == SeedIndex{} && fit.fold == FoldIndex{};
          const bool wants_features = features == FeatureOutput::all ||
                                      (features == FeatureOutput::first_split && is_first);
          EXPECT_TRUE(kept.held_out.has_value() || !predictions);
          EXPECT_TRUE(kept.curves.has_value() || !curves);
          EXPECT_TRUE(kept.features.has_value() || !wants_features);
        }
      }
}

TEST_F(WarmStartTest, SaysHowTheOtherRunStands) {
  complete(1);
  {
    RunDirectory directory = other_.open();
    SessionStart start;
    start.launch = "alone";
    directory.append_session(start);
  }
  EXPECT_EQ(found().shared().state, "was killed before its end");
  {
    RunDirectory directory = other_.open();
    SessionEnd stopped;
    stopped.outcome = SessionEnd::Outcome::stopped;
    directory.append_session(stopped);
  }
  EXPECT_EQ(found().shared().state, "was stopped with work left");
}

TEST_F(WarmStartTest, SaysWhyNothingIsShared) {
  Job job = job_;
  job.seed = 8;
  const Plan other_seed = testing::small_plan(job);
  complete(2);
  EXPECT_THAT(
      warm_start_text(WarmStart(other_.path(), job, other_seed, ids_).shared(), "other.run"),
      ElementsAre("0 of 36 fits are taken over from other.run",
                  "no fit of other.run is one of this job: the seed is 7 there and 8 here"));
  const Plan other_numbers = make_plan(job_, testing::small_samples(),
                                       {testing::embedding("texture/equalized", 8, "other"),
                                        testing::embedding("texture/raw", 16, "other")});
  EXPECT_THAT(WarmStart(other_.path(), job_, other_numbers, ids_).shared().differences,
              ElementsAre("embedding set 'texture/raw' holds other numbers there",
                          "embedding set 'texture/equalized' holds other numbers there"));
}

TEST_F(WarmStartTest, SaysThatNothingIsThere) {
  static_cast<void>(other_.open());
  EXPECT_THAT(text(), ElementsAre("0 of 36 fits are taken over from other.run",
                                  "other.run holds no completed fit",
                                  "other.run has not started to train: what it lacks is trained "
                                  "here"));
}

TEST_F(WarmStartTest, RefusesWhatIsNoRun) {
  static_cast<void>(run_.open());
  expect_refused(ErrorCode::io,
                 other() +
                     ": is no directory ('warm_start' takes fits over from a run in it). "
                     "correct the path, or take 'warm_start' out of the job");
  fs::create_directories(other_.path());
  expect_refused(ErrorCode::bad_input,
                 other() +
                     ": is no run directory of crossfold (job.json is missing, so "
                     "'warm_start' can take nothing over). correct the path, or take "
                     "'warm_start' out of the job");
  fs::create_directories(other_.path() / "shards" / "1-of-2");
  expect_refused(ErrorCode::bad_input,
                 other() +
                     ": holds shards that were not taken together yet ('warm_start' takes "
                     "fits over from one run). `crossfold run` with that job and --out, and "
                     "--merge, does that");
}

TEST_F(WarmStartTest, RefusesARunThatIsAlive) {
  static_cast<void>(run_.open());
  complete(2);
  const RunDirectory alive = other_.open();
  const std::string holder = *RunLock::holder(other_.path("lock"));
  EXPECT_THAT(holder, HasSubstr("process "));
  expect_refused(ErrorCode::io,
                 other() + ": a run is alive there (" + holder +
                     "; what it is about to record would be trained again). wait for it, or stop "
                     "it, then run again");
}

TEST_F(WarmStartTest, RefusesADamagedJournal) {
  static_cast<void>(run_.open());
  complete(2);
  std::string journal = test::bytes_of(other_.journal());
  journal[journal.size() / 2] ^= 1;
  test::write_bytes(other_.journal(), journal);
  try {
    take();
    FAIL() << "a damaged journal was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_THAT(error.what(), HasSubstr(other("journal.jsonl") + ": line "));
    EXPECT_THAT(error.what(), HasSubstr("is damaged: its checksum does not fit"));
  }
}

TEST_F(WarmStartTest, RefusesAnotherFormatVersion) {
  static_cast<void>(run_.open());
  complete(1);
  JournalHeader header = *read_history(RunLayout{other_.path()}).header;
  header.version = 3;
  test::write_bytes(other_.journal(), journal_line(to_json(header)));
  expect_refused(ErrorCode::bad_input,
                 other("journal.jsonl") +
                     ": line 1 has format version 3 (this program reads versions 1 to 2). read it "
                     "with the program that wrote it");
}

TEST_F(WarmStartTest, RefusesArtefactsThatAreCutShortBeforeAnythingIsWritten) {
  static_cast<void>(run_.open());
  complete(2);
  const FitId id = other_.plan().fits[1].id;
  test::write_bytes(other_.artefacts(id), "cut");
  EXPECT_THROW(static_cast<void>(found()), Error);
  expect_refused(ErrorCode::bad_input,
                 other() + ": " + other_.artefacts(id).string() +
                     ": is cut short (it has 3 bytes): the predictions and curves of fit " +
                     id.hex() +
                     " of experiment task, embedding texture/raw, candidate baseline, seed 0, "
                     "fold 1. restore it, or let `crossfold run --retrain-missing` with the same "
                     "job and --out train that fit again");
}

TEST_F(WarmStartTest, RefusesArtefactsThatWereChanged) {
  static_cast<void>(run_.open());
  complete(1);
  const FitId id = other_.plan().fits[0].id;
  std::string segment = test::bytes_of(other_.artefacts(id));
  segment[segment.size() - 9] ^= 1;
  test::write_bytes(other_.artefacts(id), segment);
  try {
    take();
    FAIL() << "a damaged document was taken over";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is damaged (its hash is not the one in the journal)"));
  }
  EXPECT_TRUE(run_.load().results.empty());
}

TEST_F(WarmStartTest, IsNotTheRunItself) {
  complete(1);
  expect_error(ErrorCode::bad_input,
               other() +
                   ": is this run itself (its fits are here already). name another run in "
                   "'warm_start', or take it out of the job",
               [&] { check_is_other_run(other_.path(), other_.path() / "."); });
  EXPECT_NO_THROW(check_is_other_run(other_.path(), other_.path() / "none"));
}

TEST_F(WarmStartTest, IsNoRestartOfTheRun) {
  complete(2);
  take();
  EXPECT_THAT(read_status(run_.path(), 0).sessions, IsEmpty());
}

}  // namespace
}  // namespace crossfold
