// Races and searches of a job decide as if each were alone, and as earlier builds did.

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/plan/stages.h"

#include "plan/recorded_lines.h"
#include "plan/sample_result.h"
#include "plan/unlike_study.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::job_of;
using testing::orders_of;
using testing::read_job;
using testing::unlike_experiments;

/// What a fit comes to, whoever trains it: two scores that differ, and sometimes a failure.
FitResult result_of(const FitId& id) {
  if (id.bytes[1] < 8) return testing::failed_result(id);
  FitResult result;
  result.id = id;
  result.held_out.auc = 0.5 + id.bytes[0] / 600.0;
  result.held_out.acc = 0.4 + id.bytes[2] / 700.0;
  return result;
}

/// All that a stage tells, but for the hash over its inputs.
std::string text_of(const StageRecord& record) {
  std::string text = fmt::format(
      "{} {} {} over={} splits={} living={} leader={} stays={} dropped={} failed={} fits={} "
      "most={} "
      "all={}",
      record.experiment, record.embedding, record.number, record.over, record.splits, record.living,
      record.leader, record.leader_stays, record.dropped_pairs, record.failed.size(), record.fits,
      record.fits_at_most, record.fits_of_all);
  for (const StageRecord::GivenUp& one : record.given_up)
    text += fmt::format(" -{} {} {} {}", one.candidate, one.reason, one.n, one.mean.value_or(-1));
  if (record.generation)
    text += fmt::format(" {}/{} drawn={}", record.generation->candidates, record.generation->of,
                        fmt::join(record.generation->drawn, ","));
  return text;
}

/// A study whose fits are trained in an order of its own, each distinct one once.
class Played {
 public:
  Played(const json& written, unsigned order) : job(read_job(written)) {
    plan = testing::unlike_plan(job);
    const std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
    Stages stages(job, plan, *rule);
    std::mt19937 random(order);
    std::vector<std::uint32_t> waiting;
    const auto advance = [&] {
      for (const Stage& stage : stages.advance())
        waiting.insert(waiting.end(), stage.fits.begin(), stage.fits.end());
    };
    advance();
    std::unordered_set<FitId> trained;
    while (!waiting.empty()) {
      std::shuffle(waiting.begin(), waiting.end(), random);
      const FitId id = plan.fits[waiting.back()].id;
      waiting.pop_back();
      if (!trained.insert(id).second) continue;
      stages.take(result_of(id));
      advance();
    }
    EXPECT_TRUE(stages.complete());
    decided = stages.decided();
  }

  /// By experiment.
  [[nodiscard]] std::map<std::string, std::vector<StageRecord>> records() const {
    std::map<std::string, std::vector<StageRecord>> found;
    for (const Stage& stage : decided) found[stage.record.experiment].push_back(stage.record);
    return found;
  }

  Job job;
  Plan plan;
  std::vector<Stage> decided;
};

/// Two races, two searches and a race like another; between them experiments without either.
json staged_experiments() {
  json experiments = unlike_experiments();
  experiments.erase(6);  // nested
  return experiments;
}

std::map<std::string, std::vector<StageRecord>> records_alone() {
  std::map<std::string, std::vector<StageRecord>> alone;
  for (const json& one : staged_experiments())
    alone.merge(Played(job_of(json::array({one})), 3).records());
  return alone;
}

TEST(UnlikeStages, AreForEachExperimentThoseThatItHasAlone) {
  const auto alone = records_alone();
  ASSERT_EQ(alone.size(), 5U);
  unsigned seed = 5;
  for (const json& order : orders_of(staged_experiments())) {
    const auto together = Played(job_of(order), seed++).records();
    ASSERT_EQ(together.size(), alone.size());
    for (const auto& [name, records] : alone) {
      const std::vector<StageRecord>& found = together.at(name);
      ASSERT_EQ(found.size(), records.size()) << name;
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(text_of(found[i]), text_of(records[i]));
        EXPECT_EQ(found[i], records[i]);
      }
    }
  }
}

TEST(UnlikeStages, LeaveThePlanOfAJobThatListsWhatTheyDrew) {
  for (const json& order : orders_of(staged_experiments())) {
    Played played(job_of(order), 11);
    EXPECT_EQ(fits_to_come(played.plan), 0U);
    sort_fits(played.plan, played.decided);
    const Plan listed = testing::unlike_plan(played.job);
    ASSERT_EQ(listed.fits.size(), played.plan.fits.size());
    std::set<FitId> distinct;
    for (std::size_t i = 0; i < listed.fits.size(); ++i) {
      EXPECT_EQ(listed.fits[i].id, played.plan.fits[i].id);
      EXPECT_EQ(listed.fits[i].candidate, played.plan.fits[i].candidate);
      EXPECT_EQ(listed.fits[i].experiment, played.plan.fits[i].experiment);
      distinct.insert(listed.fits[i].id);
    }
    std::multiset<FitId> in_cohorts;
    for (const Cohort& cohort : played.plan.cohorts)
      for (const std::uint32_t fit : cohort.fits) in_cohorts.insert(played.plan.fits[fit].id);
    EXPECT_EQ(std::set<FitId>(in_cohorts.begin(), in_cohorts.end()), distinct);
    EXPECT_EQ(in_cohorts.size(), distinct.size());
    ASSERT_EQ(listed.chains.size(), played.plan.chains.size());
    for (std::size_t i = 0; i < listed.chains.size(); ++i)
      EXPECT_EQ(listed.chains[i].fits, played.plan.chains[i].fits);
    for (const Stage& stage : played.decided)
      for (const std::uint32_t fit : stage.fits)
        EXPECT_EQ(played.job.experiments[played.plan.fits[fit].experiment].name,
                  stage.record.experiment);
  }
}

/// A candidate that one chain gave up is trained where another one has it.
TEST(UnlikeStages, GiveUpCandidatesOfTheirOwnChainAlone) {
  const Played played(job_of(staged_experiments()), 2);
  const auto nothing_done = [](const FitId&) { return false; };
  const std::vector<bool> to_train =
      fits_to_train(played.job, played.plan, played.decided, nothing_done);
  std::vector<std::set<std::string>> gone(played.plan.chains.size());
  std::set<std::uint32_t> of_chains, asked;
  for (const Chain& chain : played.plan.chains)
    of_chains.insert(chain.fits.begin(), chain.fits.end());
  std::size_t given_up = 0;
  for (const Stage& stage : played.decided) {
    asked.insert(stage.fits.begin(), stage.fits.end());
    for (const StageRecord::GivenUp& one : stage.record.given_up) {
      gone[stage.chain].insert(one.candidate);
      ++given_up;
    }
  }
  EXPECT_GT(given_up, 4U);
  EXPECT_NE(gone[0], gone[1]);
  for (std::uint32_t i = 0; i < played.plan.fits.size(); ++i) {
    const Fit& fit = played.plan.fits[i];
    bool expected = !of_chains.contains(i) || asked.contains(i);
    for (std::size_t c = 0; c < gone.size(); ++c) {
      const std::vector<std::uint32_t>& fits = played.plan.chains[c].fits;
      if (std::binary_search(fits.begin(), fits.end(), i) || asked.contains(i)) {
        const bool is_its =
            played.plan.chains[c].experiment == fit.experiment &&
            played.plan.chains[c].embedding.value_or(fit.embedding) == fit.embedding;
        if (is_its &&
            gone[c].contains(played.job.experiments[fit.experiment].candidates[fit.candidate].name))
          expected = false;
      }
    }
    EXPECT_EQ(to_train[i], expected) << i;
  }
  // All chains are over: what may yet be trained is what is to be trained.
  std::set<FitId> ids;
  for (std::uint32_t i = 0; i < to_train.size(); ++i)
    if (to_train[i]) ids.insert(played.plan.fits[i].id);
  EXPECT_EQ(fits_at_most(played.job, played.plan, played.decided, nothing_done), ids.size());
}

TEST(UnlikeStages, ForeseeFitsOfTheirChainsInTurns) {
  Job job = read_job(job_of(json::array({unlike_experiments()[4], unlike_experiments()[5]})));
  Plan plan = testing::unlike_plan(job);
  const std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
  Stages stages(job, plan, *rule);
  static_cast<void>(stages.advance());
  ASSERT_EQ(plan.chains.size(), 4U);
  const auto chain_of = [&](std::uint32_t fit) {
    for (std::size_t c = 0; c < plan.chains.size(); ++c)
      if (std::binary_search(plan.chains[c].fits.begin(), plan.chains[c].fits.end(), fit)) return c;
    return plan.chains.size();
  };
  std::vector<std::size_t> turns;
  for (const std::uint32_t fit : stages.likely(10, [](const FitId&) { return false; }))
    turns.push_back(chain_of(fit));
  EXPECT_THAT(turns, ::testing::ElementsAre(0, 1, 2, 3, 0, 1, 2, 3, 0, 1));
}

/// A candidate of whom one fit of many failed is behind all that have every score.
TEST(UnlikeStages, ASearchRanksWhoLacksAScoreLast) {
  Job job = read_job(job_of(json::array({unlike_experiments()[8]})));
  Plan plan = testing::unlike_plan(job);
  const std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
  Stages stages(job, plan, *rule);
  const Stage first = stages.advance().at(0);
  const std::uint32_t best = plan.fits[first.fits[0]].candidate;
  bool has_failed = false;
  for (const std::uint32_t index : first.fits) {
    const Fit& fit = plan.fits[index];
    FitResult result = result_of(fit.id);
    result.error.clear();
    result.held_out.acc = fit.candidate == best ? 0.9 : 0.3;
    const bool fails = fit.candidate == best && fit.embedding == 1 &&
                       fit.scheme == SplitScheme::k_fold && !std::exchange(has_failed, true);
    stages.take(fails ? testing::failed_result(fit.id) : result);
  }
  ASSERT_TRUE(has_failed);
  const StageRecord second = stages.advance().at(0).record;
  EXPECT_NE(second.leader, "");
  EXPECT_NE(second.leader, job.experiments[0].candidates[best].name);
}

TEST(UnlikeStages, SayInWhichPartAJournalDecidedOtherwise) {
  const json written = job_of(json::array({unlike_experiments()[8], unlike_experiments()[4]}));
  const Played played(written, 1);
  const auto second_of = [&](const std::string& experiment) {
    for (const Stage& stage : played.decided)
      if (stage.record.experiment == experiment && stage.record.number == 1) return stage.record;
    return StageRecord{};
  };
  struct Change {
    const char* experiment;
    void (*apply)(StageRecord&);
    const char* told;
  };
  const std::vector<Change> changes{
      {"race",
       [](StageRecord& r) {
         r.given_up.push_back({"x", "y", 0, {}});
       },
       "(who is given up: "},
      {"learning more", [](StageRecord& r) { r.generation->drawn.emplace_back("x"); },
       "(what is drawn: "},
      {"race", [](StageRecord& r) { r.leader = "x"; }, "(leader: x and not "},
      {"learning more", [](StageRecord& r) { r.leader = "x"; }, "(leader: x and not "},
      {"race", [](StageRecord& r) { r.splits = 99; }, "(splits: 99 and not 4)"},
      {"race", [](StageRecord& r) { r.living = 99; }, "(candidates that go on: 99 and not "},
      {"race", [](StageRecord& r) { r.fits = 99999; }, "(fits: 99999 and not "},
      {"race", [](StageRecord& r) { r.inputs_sha256 = "x"; }, "(the scores that it rests on)"}};
  for (const Change& change : changes) {
    Job job = read_job(written);
    Plan plan = testing::unlike_plan(job);
    const std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
    Stages stages(job, plan, *rule);
    StageRecord record = second_of(change.experiment);
    change.apply(record);
    stages.expect(record);
    for (const Fit& fit : played.plan.fits) stages.take(result_of(fit.id));
    try {
      static_cast<void>(stages.advance());
      ADD_FAILURE() << "a changed stage was taken: " << change.told;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(change.told));
      EXPECT_THAT(error.what(),
                  ::testing::HasSubstr("experiment '" + std::string(change.experiment) + "'"));
    }
  }
}

/// Journals hold stages, and a run goes on only where they come out the same: if this fails, old
/// runs cannot be continued. Where that is meant, record them anew:
/// CROSSFOLD_UPDATE_GOLDEN=1 plan_test.
TEST(UnlikeStages, AreTheRecordedOnes) {
  std::vector<std::string> found;
  for (const Stage& stage : Played(job_of(staged_experiments()), 1).decided)
    found.push_back(text_of(stage.record) + " " + stage.record.inputs_sha256);
  testing::expect_recorded("stages.txt", found);
}

}  // namespace
}  // namespace crossfold
