#include "tpe_rule.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/learning_study.h"
#include "plan/racing_study.h"
#include "plan/sample_result.h"
#include "plan/schemes_study.h"

namespace crossfold {
namespace {

using testing::failed_result;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::learnable_score;
using testing::learning_job;
using testing::result_with;

/// A search on its way: job and plan grow with it.
class Search {
 public:
  explicit Search(Job searched = learning_job(),
                  const SampleTable& samples = testing::small_samples())
      : job(std::move(searched)),
        plan(make_plan(job, samples, testing::small_embeddings())),
        rule_(make_stage_rule(job, plan)),
        stages(job, plan, *rule_) {}

  /// Trains what the stages ask for, in an order of its own; `fails` says by name who fails.
  void play(unsigned order, const std::set<std::string>& failing = {}) {
    std::mt19937 random(order);
    std::vector<std::uint32_t> waiting;
    const auto advance = [&] {
      for (const Stage& stage : stages.advance())
        waiting.insert(waiting.end(), stage.fits.begin(), stage.fits.end());
    };
    advance();
    while (!waiting.empty()) {
      std::shuffle(waiting.begin(), waiting.end(), random);
      const Fit fit = plan.fits[waiting.back()];
      waiting.pop_back();
      const std::string& name = job.experiments[0].candidates[fit.candidate].name;
      stages.take(failing.contains(name) ? failed_result(fit.id)
                                         : result_with(fit.id, score(job, fit)));
      advance();
    }
    EXPECT_TRUE(stages.complete());
  }

  [[nodiscard]] std::vector<StageRecord> records() const {
    std::vector<StageRecord> found;
    for (const Stage& stage : stages.decided()) found.push_back(stage.record);
    return found;
  }
  [[nodiscard]] std::vector<Candidate> drawn() const {
    std::vector<Candidate> found;
    for (const Candidate& candidate : job.experiments[0].candidates)
      if (!candidate.parameters.empty()) found.push_back(candidate);
    return found;
  }

  Job job;
  Plan plan;
  std::function<double(const Job&, const Fit&)> score = learnable_score;

 private:
  std::unique_ptr<StageRule> rule_;

 public:
  Stages stages;
};

TEST(TpeRule, DrawsGenerationsUntilThereAreAsManyAsAskedFor) {
  Search search;
  ASSERT_EQ(search.plan.chains.size(), 1U) << "one search for both embedding sets";
  EXPECT_EQ(search.plan.chains[0].fits.size(), 4U * 12);
  EXPECT_EQ(fits_to_come(search.plan), 6U * 12);
  search.play(1);
  const std::vector<StageRecord> records = search.records();
  ASSERT_EQ(records.size(), 4U);
  const std::vector<std::size_t> sizes{4, 4, 2, 0};
  const std::vector<std::uint32_t> so_far{4, 8, 10, 10};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(records[i].generation->drawn.size(), sizes[i]);
    EXPECT_EQ(records[i].generation->candidates, so_far[i]);
    EXPECT_EQ(records[i].generation->of, 10U);
    EXPECT_EQ(records[i].fits, so_far[i] * 12U);
    EXPECT_EQ(records[i].fits_of_all, 120U);
    EXPECT_EQ(records[i].fits_at_most, 120U);
    EXPECT_EQ(records[i].splits, 6U);
    EXPECT_EQ(records[i].embedding, "");
    EXPECT_EQ(records[i].over, i == 3);
  }
  EXPECT_EQ(records[0].leader, "");
  EXPECT_EQ(records[3].living, 10U);
}

TEST(TpeRule, AddsCandidatesAndTheirFitsAtTheEnd) {
  Search search;
  const std::size_t listed = search.job.experiments[0].candidates.size();
  const std::vector<Fit> before = search.plan.fits;
  const Digest hash = search.plan.hash;
  search.play(1);
  EXPECT_EQ(search.job.experiments[0].candidates.size(), listed + 6);
  EXPECT_EQ(search.plan.fits.size(), before.size() + 6 * 12);
  EXPECT_EQ(search.plan.hash.hex(), hash.hex());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(search.plan.fits[i].id, before[i].id);
  EXPECT_EQ(fits_to_come(search.plan), 0U);
  EXPECT_EQ(distinct_fits(search.plan), search.plan.fits.size());

  // The same plan as if they had all been listed.
  std::vector<Stage> stages = search.stages.decided();
  const Fit first = search.plan.fits[stages[1].fits.front()];
  sort_fits(search.plan, stages);
  const Plan listed_plan = testing::small_plan(search.job);
  ASSERT_EQ(listed_plan.fits.size(), search.plan.fits.size());
  for (std::size_t i = 0; i < listed_plan.fits.size(); ++i)
    EXPECT_EQ(listed_plan.fits[i].id, search.plan.fits[i].id);
  EXPECT_EQ(search.plan.fits[stages[1].fits.front()].id, first.id);
}

TEST(TpeRule, DrawsTheSameInWhateverOrderFitsComeIn) {
  Search first;
  first.play(1);
  for (unsigned order = 2; order < 6; ++order) {
    Search other;
    other.play(order);
    EXPECT_EQ(other.records(), first.records());
    EXPECT_EQ(other.plan.fits.size(), first.plan.fits.size());
  }
}

TEST(TpeRule, DrawsTheSameFromResultsThatAreAllThereAlready) {
  Search first;
  first.play(1);
  Search again;
  for (const StageRecord& record : first.records()) again.stages.expect(record);
  for (const Fit& fit : first.plan.fits)
    again.stages.take(result_with(fit.id, learnable_score(first.job, fit)));
  for (const Stage& stage : again.stages.advance()) EXPECT_TRUE(stage.was_expected);
  EXPECT_TRUE(again.stages.complete());
  EXPECT_EQ(again.records(), first.records());
}

TEST(TpeRule, DrawsNoCandidateTwice) {
  Search search(learning_job(60));
  search.play(1);
  std::set<std::string> names;
  for (const Candidate& candidate : search.drawn()) {
    EXPECT_TRUE(names.insert(candidate.name).second) << candidate.name;
    EXPECT_TRUE(candidate.name.starts_with("d[lambda="));
  }
  EXPECT_EQ(names.size(), 60U);
}

TEST(TpeRule, DrawsAllOfASmallSpace) {
  Job job = parse_job(R"({"name": "small", "store": "small.h5", "embeddings": "texture/raw",
    "experiments": [{"name": "task", "candidates": [{"kind": "disentangled", "name": "d",
        "lambda": {"schedule": "constant", "from": {"choice": [1, 2, 3, 4]}},
        "training": {"epochs": {"int": [1, 5]}}}],
      "sweep": {"sampler": "tpe", "generation": 3, "candidates": 20}}],
    "splits": {"folds": 3, "seeds": 1}})",
                      "job.json");
  Search search(std::move(job));
  search.play(1);
  EXPECT_EQ(search.drawn().size(), 20U);
}

TEST(TpeRule, LearnsWhatIsGood) {
  Search search(learning_job(40));
  search.play(1);
  const std::vector<Candidate> drawn = search.drawn();
  const auto is_good = [](const Candidate& candidate) {
    const LambdaSchedule& lambda = std::get<DisentangledModel>(candidate.model).lambda;
    return lambda.kind == ScheduleKind::constant && lambda.from > 0.5 && lambda.from < 2;
  };
  const auto good_of = [&](std::size_t from, std::size_t to) {
    return std::count_if(drawn.begin() + static_cast<std::ptrdiff_t>(from),
                         drawn.begin() + static_cast<std::ptrdiff_t>(to), is_good);
  };
  EXPECT_GE(good_of(28, 40), 10) << "of 12; of the first 12 there are " << good_of(0, 12);
  const StageRecord end = search.records().back();
  EXPECT_THAT(end.leader, HasSubstr("lambda=constant"));
}

TEST(TpeRule, LearnsFromEveryEmbeddingSet) {
  const auto drawn_where = [](double first, double second) {
    Search search(learning_job(20));
    search.score = [&](const Job& of, const Fit& fit) {
      return 0.5 + (fit.embedding == 0 ? first : second) * (learnable_score(of, fit) - 0.5);
    };
    search.play(1);
    std::vector<std::string> names;
    for (const Candidate& candidate : search.drawn()) names.push_back(candidate.name);
    return names;
  };
  const std::vector<std::string> agreeing = drawn_where(1, 1);
  EXPECT_NE(drawn_where(1, -3), agreeing);
  EXPECT_NE(drawn_where(-3, 1), agreeing);
}

/// They serve the choice at the end: those who learn from them choose by them twice.
TEST(TpeRule, LearnsNothingFromFitsWithASourceLeftOut) {
  const auto drawn_where_these_are = [](double sign) {
    Job job = learning_job(20);
    job.experiments[0].sweep->select = {SelectionRule::held_out, SelectionRule::source_out};
    Search search(std::move(job), testing::samples_of_three_sources());
    std::size_t without_a_source = 0;
    search.score = [&](const Job& of, const Fit& fit) {
      if (fit.scheme != SplitScheme::source_out) return learnable_score(of, fit);
      ++without_a_source;
      return 0.5 + sign * (learnable_score(of, fit) - 0.5);
    };
    search.play(1);
    EXPECT_GE(without_a_source, 20U);
    std::vector<std::string> names;
    for (const Candidate& candidate : search.drawn()) names.push_back(candidate.name);
    return names;
  };
  const std::vector<std::string> agreeing = drawn_where_these_are(1);
  EXPECT_EQ(agreeing.size(), 20U);
  EXPECT_EQ(drawn_where_these_are(-3), agreeing);
}

TEST(TpeRule, RanksWhoFailedLast) {
  Search whole;
  whole.play(1);
  const std::string leader = whole.records()[1].leader;
  Search failing;
  failing.play(1, {leader});
  EXPECT_EQ(failing.records()[0], whole.records()[0]);
  EXPECT_NE(failing.records()[1].leader, leader);
  EXPECT_EQ(failing.records()[1].failed.size(), 12U);
  EXPECT_NE(failing.records()[1].generation->drawn, whole.records()[1].generation->drawn);
}

TEST(TpeRule, GoesOnWithoutAnyScore) {
  Search search;
  std::set<std::string> all;
  for (const Candidate& candidate : search.drawn()) all.insert(candidate.name);
  search.play(1, all);
  EXPECT_EQ(search.records().back().generation->candidates, 10U);
  EXPECT_EQ(search.records()[1].leader, "");
}

TEST(TpeRule, KeepsTwoSpacesApart) {
  Job job = parse_job(R"({"name": "small", "store": "small.h5", "embeddings": "texture/raw",
    "experiments": [{"name": "task", "candidates": [
        {"kind": "disentangled", "name": "d", "lambda": {"from": {"log": [1, 10]}}},
        {"kind": "baseline", "name": "d[", "training": {"learning_rate": {"log": [1e-4, 0.01]}}}],
      "sweep": {"sampler": "tpe", "generation": 3, "candidates": 8, "by": "task_acc"}}],
    "splits": {"folds": 3, "seeds": 1}})",
                      "job.json");
  Search search(std::move(job));
  search.play(1);
  const std::vector<Candidate> drawn = search.drawn();
  EXPECT_EQ(drawn.size(), 16U);
  EXPECT_EQ(std::count_if(drawn.begin(), drawn.end(),
                          [](const Candidate& c) { return c.name.starts_with("d[["); }),
            8);
  EXPECT_EQ(search.records().back().leader, "") << "no accuracy was recorded";
}

/// Two spaces of the same settings, of whose candidates none has a score: nothing but the streams
/// tells them apart.
TEST(TpeRule, DrawsFromAStreamOfItsOwnForEachSpace) {
  Search search(parse_job(R"({"name": "small", "store": "small.h5", "embeddings": "texture/raw",
    "experiments": [{"name": "task", "candidates": [
        {"kind": "disentangled", "name": "one", "lambda": {"from": {"log": [1, 10]}}},
        {"kind": "disentangled", "name": "two", "lambda": {"from": {"log": [1, 10]}}}],
      "sweep": {"sampler": "tpe", "generation": 4, "candidates": 8, "by": "task_acc"}}],
    "splits": {"folds": 3, "seeds": 1}})",
                          "job.json"));
  search.play(1);
  std::vector<double> one, two;
  for (const Candidate& candidate : search.drawn())
    (candidate.name.starts_with("one") ? one : two)
        .push_back(std::get<DisentangledModel>(candidate.model).lambda.from);
  ASSERT_EQ(one.size(), 8U);
  ASSERT_EQ(two.size(), 8U);
  EXPECT_TRUE(std::equal(one.begin(), one.begin() + 4, two.begin())) << "of a sequence";
  for (std::size_t i = 4; i < 8; ++i) EXPECT_NE(one[i], two[i]);
}

struct NoScores final : ChainScores {
  [[nodiscard]] std::optional<double> of(const FitId&) const override { return std::nullopt; }
};

/// After the same candidates, nothing but the number of stages tells two generations apart.
TEST(TpeRule, DrawsFromAStreamOfItsOwnForEachGeneration) {
  const Job job = learning_job();
  const Plan plan = testing::small_plan(job);
  const std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
  const auto drawn_after = [&](std::size_t stages) {
    std::vector<std::string> names;
    for (const Candidate& candidate : rule->next(0, std::vector<Stage>(stages), NoScores{}).drawn)
      names.push_back(candidate.name);
    EXPECT_EQ(names.size(), 4U);
    return names;
  };
  EXPECT_EQ(drawn_after(1), drawn_after(1));
  std::set<std::string> all;
  for (std::size_t stages = 1; stages <= 5; ++stages)
    for (const std::string& name : drawn_after(stages))
      EXPECT_TRUE(all.insert(name).second) << name;
}

TEST(TpeRule, ASuccessToldBeforeItsCandidateIsDrawnCounts) {
  // The reference may be a candidate that is drawn later: its fits have no chain.
  Search first;
  first.play(1);
  Search again;
  for (const Fit& fit : first.plan.fits)
    if (fit.candidate >= again.job.experiments[0].candidates.size())
      again.stages.take(result_with(fit.id, learnable_score(first.job, fit)));
  EXPECT_EQ(again.stages.advance().size(), 1U);
  for (const std::uint32_t fit : again.plan.chains[0].fits)
    again.stages.take(
        result_with(again.plan.fits[fit].id, learnable_score(again.job, again.plan.fits[fit])));
  EXPECT_EQ(again.stages.advance().size(), 3U);
  EXPECT_TRUE(again.stages.complete());
}

TEST(TpeRule, ADifferentDrawIsRefused) {
  Search first;
  first.play(1);
  StageRecord changed = first.records()[1];
  changed.generation->drawn = {"d[lambda=constant,lambda.from=1]"};
  Search again;
  again.stages.expect(changed);
  for (const Fit& fit : first.plan.fits)
    again.stages.take(result_with(fit.id, learnable_score(first.job, fit)));
  try {
    static_cast<void>(again.stages.advance());
    FAIL() << "a changed stage was taken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("tells of stage 1 of experiment 'task' otherwise than the "
                                        "results in it say (what is drawn: "
                                        "d[lambda=constant,lambda.from=1] and not d[lambda="));
  }
}

}  // namespace
}  // namespace crossfold
