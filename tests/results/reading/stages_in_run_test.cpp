// Stages in a run directory: written, read back, compared with what follows from the fits.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/hdf5/file.h"
#include "crossfold/results/run_status.h"

#include "hdf5/scratch_folder.h"
#include "plan/learning_study.h"
#include "plan/racing_study.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::racing_job;

class StagesInRun : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "run"; }
  [[nodiscard]] RunDirectory open(Repairs repairs = {}) const {
    return RunDirectory::open(path(), job_, testing::small_samples(), plan_, {}, repairs);
  }

  /// Candidate i scores 0.9 - 0.1 i, give or take a little; on the second set the last one is best
  /// where the sets disagree, and so it is in the experiment "again".
  [[nodiscard]] FitResult result_of(const Fit& fit) const {
    FitResult result = testing::result_of(plan_, fit);
    result.artefacts = {};
    const auto last = static_cast<std::uint32_t>(job_.experiments[0].candidates.size() - 1);
    const bool is_again = job_.experiments[fit.experiment].name == "again";
    const std::uint32_t place =
        (sets_disagree_ && fit.embedding == 1) != is_again ? last - fit.candidate : fit.candidate;
    if (fit.experiment != 1)
      result.held_out.auc = 0.9 - 0.1 * place + 1e-3 * ((fit.fold.value + fit.seed.value) % 3);
    return result;
  }

  /// Records fits and stages as a run does, `most` fits at most; a fit of `failing` fails.
  void run(std::size_t most = 10'000, Repairs repairs = {}, const std::set<FitId>& failing = {}) {
    RunDirectory directory = open(repairs);
    Job job = job_;  // those that candidates are added to
    Plan plan = plan_;
    const std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
    Stages stages(job, plan, *rule);
    directory.tell(stages);
    std::vector<Stage> decided = stages.advance();
    std::vector<std::uint32_t> waiting;
    std::vector<bool> to_train = fits_to_train(job, plan, stages.decided(), is_done(directory));
    for (std::uint32_t i = 0; i < plan.fits.size(); ++i)
      if (to_train[i] && !directory.done().contains(plan.fits[i].id)) waiting.push_back(i);
    for (const Stage& stage : decided)
      if (!stage.was_expected) directory.append_stage(stage.record);
    for (std::size_t n = 0; n < waiting.size() && n < most; ++n) {
      const Fit fit = plan.fits[waiting[n]];
      const FitResult result =
          failing.contains(fit.id) ? testing::failed_result(fit.id) : result_of(fit);
      directory.append(FitRecord{.result = result, .artefacts = {}, .origin = testing::kAlpha});
      stages.take(result);
      for (const Stage& stage : stages.advance()) {
        directory.append_stage(stage.record);
        waiting.insert(waiting.end(), stage.fits.begin(), stage.fits.end());
      }
    }
    directory.flush();
  }

  static std::function<bool(const FitId&)> is_done(const RunDirectory& directory) {
    return [&](const FitId& id) { return directory.done().contains(id); };
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> found;
    std::ifstream journal(path() / "journal.jsonl");
    for (std::string line; std::getline(journal, line);) found.push_back(line);
    return found;
  }
  void write(const std::vector<std::string>& journal) const {
    std::ofstream file(path() / "journal.jsonl");
    for (const std::string& line : journal) file << line << "\n";
  }
  static bool is_stage(const std::string& line) {
    return line.find("\"kind\":\"stage\"") != std::string::npos;
  }
  static std::vector<StageRecord> records(const RunRecords& run) {
    std::vector<StageRecord> found;
    for (const Stage& stage : run.stages) found.push_back(stage.record);
    return found;
  }

  using SetAndCandidate = std::pair<std::string, std::string>;
  /// Who was given up in a race, by the journal.
  [[nodiscard]] std::set<SetAndCandidate> given_up_in(const std::string& experiment) const {
    std::set<SetAndCandidate> all;
    for (const StageRecord& record : records(load_run(path())))
      if (record.experiment == experiment)
        for (const StageRecord::GivenUp& one : record.given_up)
          all.insert({record.embedding, one.candidate});
    return all;
  }
  /// Whom results.h5 marks in the experiment of this place in the job.
  [[nodiscard]] std::set<SetAndCandidate> marked_in_final_file(std::size_t experiment) const {
    const hdf5::File file = hdf5::File::open(path() / "results.h5");
    const hdf5::Group group =
        file.root().open_group("experiments").open_group(std::to_string(experiment));
    const std::vector<std::string> candidates = group.open_dataset("candidate").read_texts(100);
    const std::vector<std::string> sets = group.open_dataset("embedding").read_texts(100);
    const auto marks = group.open_dataset("given_up").read_all<std::int32_t>();
    EXPECT_EQ(marks.size(), candidates.size());
    std::set<SetAndCandidate> all;
    for (std::size_t i = 0; i < marks.size(); ++i)
      if (marks[i] == 1) all.insert({sets[i], candidates[i]});
    return all;
  }

  test::ScratchFolder folder_;
  bool sets_disagree_ = false;
  Job job_ = racing_job();
  Plan plan_ = testing::small_plan(job_);
};

TEST_F(StagesInRun, AreReadBack) {
  run();
  const RunRecords found = load_run(path());
  EXPECT_EQ(found.stages.size(), 8U) << "two races of three rungs and an end";
  for (const Stage& stage : found.stages) EXPECT_TRUE(stage.was_expected);
  EXPECT_FALSE(found.more_stages);
  const std::vector<std::string> journal = lines();
  EXPECT_EQ(std::count_if(journal.begin(), journal.end(), is_stage), 8);
}

TEST_F(StagesInRun, AreTheSameHoweverOftenTheRunIsCut) {
  run();
  const std::vector<StageRecord> expected = records(load_run(path()));
  std::filesystem::remove_all(path());
  for (int part = 0; part < 40; ++part) run(1 + part % 5);
  EXPECT_EQ(records(load_run(path())), expected);
}

TEST_F(StagesInRun, StandForTheStatusOfTheRun) {
  run(10);
  const RunStatus status = read_status(path(), 0);
  ASSERT_EQ(status.races.size(), 2U);
  EXPECT_EQ(status.races[0].embedding, "texture/raw");
  EXPECT_EQ(status.expected, distinct_fits(plan_)) << "nobody is given up yet";
  run();
  const RunStatus over = read_status(path(), 0);
  EXPECT_TRUE(over.races[0].over);
  EXPECT_LT(over.expected, distinct_fits(plan_));
  EXPECT_EQ(over.missing(), 0U);
}

/// Of each race its own, however far the others have come.
TEST_F(StagesInRun, StandForTheLatestOfEachRaceInTheStatus) {
  sets_disagree_ = true;
  for (const std::size_t most : {10U, 20U, 10'000U}) {
    SCOPED_TRACE(most);
    run(most);
    std::map<std::string, StageRecord> latest;  // by embedding set
    for (const StageRecord& record : records(load_run(path()))) {
      const auto [known, fresh] = latest.emplace(record.embedding, record);
      if (!fresh && record.number > known->second.number) known->second = record;
    }
    const RunStatus status = read_status(path(), 0);
    ASSERT_EQ(status.races.size(), 2U);
    EXPECT_EQ(status.races[0], latest.at("texture/raw"));
    EXPECT_EQ(status.races[1], latest.at("texture/equalized"));
    EXPECT_EQ(status.races[1].over, most == 10'000);
  }
}

/// A worker without work trains ahead what a stage is likely to ask for; not all of it is.
TEST_F(StagesInRun, FitsThatNoStageAskedForAreSpare) {
  run();
  const RunStatus before = read_status(path(), 0);
  EXPECT_EQ(before.spare, 0U);
  const RunRecords records = load_run(path());
  const auto ahead = std::find_if(records.plan.fits.begin(), records.plan.fits.end(),
                                  [&](const Fit& fit) { return records.find(fit.id) == nullptr; });
  ASSERT_NE(ahead, records.plan.fits.end()) << "of a candidate that was given up";
  {
    RunDirectory directory = open();
    directory.append(
        FitRecord{.result = result_of(*ahead), .artefacts = {}, .origin = testing::kAlpha});
    directory.flush();
  }
  const RunStatus after = read_status(path(), 0);
  EXPECT_EQ(after.spare, 1U);
  EXPECT_EQ(after.done, before.done);
  EXPECT_EQ(after.expected, before.expected);
  EXPECT_EQ(after.missing(), 0U);
}

/// They are neither missing nor do they stand for others that are.
TEST_F(StagesInRun, FitsOfThoseGivenUpThatFailedCountAsNothing) {
  for (const std::size_t most : {std::size_t{20}, std::size_t{10'000}}) {
    SCOPED_TRACE(most);
    run(most);
    const RunStatus before = read_status(path(), 0);
    const RunRecords records = load_run(path());
    const auto possible =
        possible_fits(records.job, records.plan, records.stages,
                      [&](const FitId& id) { return records.find(id) != nullptr; });
    const auto needless = std::find_if(records.plan.fits.begin(), records.plan.fits.end(),
                                       [&](const Fit& fit) { return !possible.contains(fit.id); });
    ASSERT_NE(needless, records.plan.fits.end()) << "of a candidate that was given up";
    {
      RunDirectory directory = open();
      directory.append(FitRecord{.result = testing::failed_result(needless->id),
                                 .artefacts = {},
                                 .origin = testing::kAlpha});
      directory.flush();
    }
    const RunStatus after = read_status(path(), 0);
    EXPECT_EQ(after.failed, before.failed);
    EXPECT_EQ(after.expected, before.expected);
    EXPECT_EQ(after.missing(), before.missing());
    EXPECT_EQ(after.missing() == 0, most == 10'000);
  }
}

/// Its artefacts were lost, and another machine trained it again: the decision stands.
TEST_F(StagesInRun, RestOnTheFirstResultOfAFitThatWasTrainedAgain) {
  run();
  const std::vector<StageRecord> expected = records(load_run(path()));
  {
    RunDirectory directory = open();
    const Fit& fit = plan_.fits[plan_.chains[0].fits[0]];
    FitResult again = result_of(fit);
    for (int time = 1; time <= 3; ++time) {
      again.held_out.auc = *again.held_out.auc + 1e-9;
      for (const Stage& stage : load_run(path()).stages)
        for (const std::uint32_t index : stage.fits)
          if (plan_.fits[index].id == fit.id)
            directory.append(FitRecord{.result = again, .artefacts = {}, .origin = testing::kBeta});
    }
    directory.flush();
  }
  EXPECT_EQ(records(load_run(path())), expected);
  EXPECT_NO_THROW(run());
}

/// The failure counted when the stage was decided. A later success fills the tables.
TEST_F(StagesInRun, StandWhenAFailedFitSucceedsLater) {
  run(0);
  const Stage first = load_run(path()).stages.front();
  const FitId failing = plan_.fits[first.fits.front()].id;
  run(10'000, {}, {failing});
  const std::vector<StageRecord> expected = records(load_run(path()));
  EXPECT_EQ(expected.at(1).failed, std::vector<FitId>{failing});
  run();
  const RunRecords found = load_run(path());
  EXPECT_EQ(records(found), expected);
}

/// Killed after a failure and before the stage: the fit is tried again first.
TEST_F(StagesInRun, AreNotDecidedByAFailureThatIsTriedAgain) {
  run();
  const std::vector<StageRecord> expected = records(load_run(path()));
  std::filesystem::remove_all(path());
  run(0);
  const FitId failing = plan_.fits[load_run(path()).stages.front().fits.front()].id;
  std::filesystem::remove_all(path());
  run(8, {}, {failing});
  EXPECT_TRUE(load_run(path()).more_stages);
  run();
  EXPECT_EQ(records(load_run(path())), expected);
}

TEST_F(StagesInRun, OfASalvagedJournalAreDecidedAgainWhereFitsWereLost) {
  run();
  const std::vector<StageRecord> expected = records(load_run(path()));
  std::vector<std::string> journal = lines();
  const auto fit = std::find_if(journal.begin(), journal.end(), [&](const std::string& line) {
    return line.find(plan_.fits[load_run(path()).stages.front().fits.front()].id.hex()) !=
           std::string::npos;
  });
  ASSERT_NE(fit, journal.end());
  fit->replace(10, 5, "#####");
  write(journal);
  EXPECT_THROW(static_cast<void>(load_run(path())), Error);
  const std::vector<std::string> notes = open({.salvage = true}).notes();
  ASSERT_FALSE(notes.empty());
  EXPECT_THAT(notes.front(), HasSubstr("a stage of experiment 'task' on texture/raw, which does "
                                       "not follow from what is kept and is decided again"));
  EXPECT_TRUE(load_run(path()).more_stages);
  run();
  EXPECT_EQ(records(load_run(path())), expected);
}

TEST_F(StagesInRun, ThatContradictTheFitsAreRefusedUntilTheyAreSalvaged) {
  run();
  const std::vector<StageRecord> expected = records(load_run(path()));
  {
    RunDirectory directory = open();
    StageRecord strange = expected.front();
    strange.splits += 1;
    directory.append_stage(strange);
    directory.flush();
  }
  try {
    static_cast<void>(load_run(path()));
    FAIL() << "two stages of one number";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("journal.jsonl: tells of stage 0"));
    EXPECT_THAT(error.what(), HasSubstr("twice and differently"));
  }
  EXPECT_THAT(open({.salvage = true}).notes(), Not(IsEmpty()));
  EXPECT_EQ(records(load_run(path())), expected);
}

/// A reader of results.h5 must not take a mean over some splits for one over all.
TEST_F(StagesInRun, MarkInTheFinalFileWhoWasGivenUp) {
  sets_disagree_ = true;
  run();
  const std::set<SetAndCandidate> given_up = given_up_in("task");
  const auto on_one_set_only = [&](const SetAndCandidate& one) {
    return !given_up.contains({"texture/raw", one.second}) ||
           !given_up.contains({"texture/equalized", one.second});
  };
  ASSERT_TRUE(std::any_of(given_up.begin(), given_up.end(), on_one_set_only));
  write_final_files(path());
  EXPECT_EQ(marked_in_final_file(0), given_up);
}

/// Candidates of two races may have the same names.
TEST_F(StagesInRun, MarkInTheFinalFileWhoWasGivenUpOfEachRaceApart) {
  Experiment again = job_.experiments[0];
  again.name = "again";
  again.standardize = Standardize::train;
  job_.experiments.push_back(again);
  plan_ = testing::small_plan(job_);
  run();
  EXPECT_NE(given_up_in("task"), given_up_in("again"));
  write_final_files(path());
  EXPECT_EQ(marked_in_final_file(0), given_up_in("task"));
  EXPECT_EQ(marked_in_final_file(2), given_up_in("again"));
}

/// A fit of a candidate that a race gave up may be one that another experiment has as well.
TEST_F(StagesInRun, KeepTheFitsThatAnotherExperimentAsksFor) {
  Experiment plain = job_.experiments[0];
  plain.name = "plain";
  plain.sweep.reset();
  for (Candidate& candidate : plain.candidates) candidate.parameters.clear();
  job_.experiments.push_back(plain);
  plan_ = testing::small_plan(job_);
  run();
  ASSERT_FALSE(given_up_in("task").empty());
  const RunRecords found = load_run(path());
  std::set<FitId> raced;
  std::size_t shared = 0;
  for (const Fit& fit : found.plan.fits)
    if (fit.experiment == 0) raced.insert(fit.id);
  for (const Fit& fit : found.plan.fits) {
    if (fit.experiment != 2) continue;
    EXPECT_NE(found.find(fit.id), nullptr) << fit.id.hex();
    shared += raced.contains(fit.id) ? 1 : 0;
  }
  EXPECT_EQ(shared, raced.size());
}

/// Fits of those who were given up are not missing.
TEST_F(StagesInRun, CountInTheFinalFileWhatWasToBeTrained) {
  run();
  write_final_files(path());
  const hdf5::File file = hdf5::File::open(path() / "results.h5");
  const hdf5::Group task = file.root().open_group("experiments").open_group("0");
  const std::size_t done = task.open_dataset("fit").read_texts(100).size();
  EXPECT_EQ(task.integer_attribute("expected"), static_cast<std::int64_t>(done));
  const auto planned = std::count_if(plan_.fits.begin(), plan_.fits.end(),
                                     [](const Fit& fit) { return fit.experiment == 0; });
  EXPECT_LT(task.integer_attribute("expected"), planned);
}

class GenerationsInRun : public StagesInRun {
 protected:
  GenerationsInRun() {
    job_ = testing::learning_job();
    plan_ = testing::small_plan(job_);
  }
};

TEST_F(GenerationsInRun, AreReadBackWithTheirCandidates) {
  run();
  const RunRecords found = load_run(path());
  ASSERT_EQ(found.stages.size(), 4U);
  for (const Stage& stage : found.stages) EXPECT_TRUE(stage.was_expected);
  EXPECT_FALSE(found.more_stages);
  EXPECT_EQ(drawn_candidates(found.job.experiments[0]), 10U);
  EXPECT_EQ(found.plan.hash.hex(), plan_.hash.hex());
  for (const Fit& fit : found.plan.fits) EXPECT_NE(found.find(fit.id), nullptr);
  EXPECT_NO_THROW(run()) << "there is nothing to do";
}

TEST_F(GenerationsInRun, AreTheSameHoweverOftenTheRunIsCut) {
  run();
  const RunRecords whole = load_run(path());
  std::filesystem::remove_all(path());
  for (int part = 0; part < 60; ++part) run(1 + part % 5);
  const RunRecords cut = load_run(path());
  EXPECT_EQ(records(cut), records(whole));
  EXPECT_EQ(cut.results.size(), whole.results.size());
}

TEST_F(GenerationsInRun, AreDecidedAgainWithoutTheirLines) {
  run();
  const std::vector<StageRecord> expected = records(load_run(path()));
  std::vector<std::string> journal = lines();
  std::erase_if(journal, is_stage);
  write(journal);
  EXPECT_EQ(records(load_run(path())), expected);
  EXPECT_NO_THROW(run());
}

TEST_F(GenerationsInRun, StandForTheStatusOfTheRun) {
  run(0);
  const RunStatus first = read_status(path(), 0);
  const std::size_t all = distinct_fits(plan_) + fits_to_come(plan_);
  EXPECT_EQ(first.planned, all);
  EXPECT_EQ(first.expected, all);
  ASSERT_EQ(first.races.size(), 1U);
  EXPECT_EQ(first.races[0].generation->candidates, 4U);
  run();
  const RunStatus over = read_status(path(), 0);
  EXPECT_TRUE(over.races[0].over);
  EXPECT_EQ(over.expected, all);
  EXPECT_EQ(over.missing(), 0U);
}

TEST_F(GenerationsInRun, StandWhenAFailedFitSucceedsLater) {
  run(0);
  const FitId failing = plan_.fits[load_run(path()).stages.front().fits.front()].id;
  run(10'000, {}, {failing});
  const std::vector<StageRecord> expected = records(load_run(path()));
  EXPECT_EQ(expected.at(1).failed, std::vector<FitId>{failing});
  run();
  EXPECT_EQ(records(load_run(path())), expected);
}

TEST_F(GenerationsInRun, KeepWhatIsLeftOfADamagedJournal) {
  run();
  const RunRecords whole = load_run(path());
  std::vector<std::string> journal = lines();
  // A fit of the second generation: the third hangs on it.
  const FitId lost = whole.plan.fits[whole.stages[1].fits.front()].id;
  const auto fit = std::find_if(journal.begin(), journal.end(), [&](const std::string& line) {
    return line.find(lost.hex()) != std::string::npos;
  });
  ASSERT_NE(fit, journal.end());
  fit->replace(10, 5, "#####");
  write(journal);
  EXPECT_THROW(static_cast<void>(load_run(path())), Error);
  const std::vector<std::string> notes = open({.salvage = true}).notes();
  ASSERT_FALSE(notes.empty());
  EXPECT_THAT(notes.front(), HasSubstr("a stage of experiment 'task', which does not follow from "
                                       "what is kept and is decided again"));
  EXPECT_THAT(notes.front(), HasSubstr("whose candidate does not follow from what is kept"));
  EXPECT_TRUE(load_run(path()).more_stages);
  EXPECT_EQ(drawn_candidates(load_run(path()).job.experiments[0]), 8U);
  run();
  EXPECT_EQ(records(load_run(path())), records(whole));
}

TEST_F(GenerationsInRun, OfFitsOfAnotherRunAreRefused) {
  run();
  {
    RunDirectory directory = open();
    FitResult strange = testing::result_of(plan_, plan_.fits.front());
    strange.artefacts = {};
    strange.id.bytes.fill(7);
    directory.append(FitRecord{.result = strange, .artefacts = {}, .origin = testing::kAlpha});
    directory.flush();
  }
  try {
    static_cast<void>(load_run(path()));
    FAIL() << "a fit of nobody was taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("records fit 07070707"));
  }
}

}  // namespace
}  // namespace crossfold
