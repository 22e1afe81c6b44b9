#include "race_foresight.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/sweep/race_order.h"

#include "forecast.h"
#include "plan/racing_study.h"

namespace crossfold {
namespace {

using testing::racing_job;
using testing::result_with;

/// A race of sixteen candidates on one embedding set, 4 folds x 3 seeds, rungs at 4 and 8.
class RaceForesightTest : public ::testing::Test {
 protected:
  RaceForesightTest() {
    job_ = racing_job(16);
    job_.experiments.resize(1);
    job_.embeddings.resize(1);
    job_.splits.folds = 4;
    job_.splits.seeds = 3;
    job_.experiments[0].sweep->race->rungs = {4, 8};
    job_.experiments[0].sweep->race->indifference = 0.01;
    begin();
  }

  void begin() {
    plan_ = testing::small_plan(job_);
    foresight_.emplace(job_, plan_);
    rule_ = foresight_->watch(make_stage_rule(job_, plan_));
    stages_.emplace(job_, plan_, *rule_);
    (void)stages_->advance();
  }

  /// Candidates behind one another by `step`; noise that differs from split to split and candidate
  /// to candidate.
  [[nodiscard]] double score_of(const Fit& fit, double step) const {
    const std::uint32_t split = 4 * fit.seed.value + fit.fold.value;
    return 0.9 - step * fit.candidate + 0.01 * ((5 * split + 3 * fit.candidate * split) % 7);
  }

  /// Trains what the latest stage asks for of its first `candidates`.
  void train(std::size_t candidates, double step) {
    const Stage stage = stages_->decided().back();
    std::vector<std::uint32_t> seen;
    for (const std::uint32_t index : stage.fits) {
      const Fit& fit = plan_.fits[index];
      if (seen.empty() || seen.back() != fit.candidate) seen.push_back(fit.candidate);
      if (seen.size() > candidates) break;
      stages_->take(result_with(fit.id, score_of(fit, step)));
    }
  }

  [[nodiscard]] double mean_cost(std::size_t chain = 0) const {
    const std::vector<std::uint32_t>& fits = plan_.chains[chain].fits;
    double sum = 0;
    for (const std::uint32_t fit : fits) sum += plan_.fits[fit].cost;
    return sum / static_cast<double>(fits.size());
  }

  [[nodiscard]] sweep::Expected foreseen() {
    (void)foresight_->look();
    return foresight_->fits().at(0);
  }

  Job job_;
  Plan plan_;
  std::unique_ptr<StageRule> rule_;
  std::optional<Stages> stages_;
  std::optional<RaceForesight> foresight_;
};

TEST_F(RaceForesightTest, IsAGuessBeforeThereAreScores) {
  const sweep::Expected fits = foreseen();
  EXPECT_NEAR(fits.mean, 16 * 0.4 * 4 + 16 * 0.16 * 4, 1e-9);
  EXPECT_EQ(fits.low, 1 * 4 + 1 * 4) << "the leader alone";
  EXPECT_EQ(fits.high, 16 * 4 + 16 * 4) << "all";
  train(7, 0.3);
  EXPECT_NEAR(foreseen().mean, 16 * 0.4 * 4 + 16 * 0.16 * 4, 1e-9) << "seven say too little";
}

TEST_F(RaceForesightTest, IsToldByAPartOfTheFirstRung) {
  train(8, 0.3);
  EXPECT_NEAR(foreseen().mean, 8, 0.5) << "far apart: the leader alone";
  begin();
  train(8, 0);
  EXPECT_GT(foreseen().mean, 60) << "equal: most";
}

TEST_F(RaceForesightTest, HangsOnHowFarTheScoresAreApart) {
  for (const auto& [step, least, most] :
       {std::tuple{0.3, 4.0, 4.5}, std::tuple{0.02, 4.0, 40.0}, std::tuple{0.0, 24.0, 64.0}}) {
    begin();
    train(16, step);
    ASSERT_EQ(stages_->advance().size(), 1U);
    const sweep::Expected fits = foreseen();
    EXPECT_GE(fits.mean, least) << step;
    EXPECT_LE(fits.mean, most) << step;
    EXPECT_LE(fits.low, fits.high) << step;
  }
}

TEST_F(RaceForesightTest, LooksAgainWhereMoreIsKnown) {
  EXPECT_TRUE(foresight_->look());
  EXPECT_FALSE(foresight_->look());
  train(1, 0.1);
  EXPECT_TRUE(foresight_->look()) << "a sixteenth";
  train(16, 0.1);
  (void)stages_->advance();
  EXPECT_TRUE(foresight_->look()) << "a stage";
  EXPECT_FALSE(foresight_->look());
}

TEST_F(RaceForesightTest, IsNothingInTheLastStages) {
  for (int stage = 0; stage < 2; ++stage) {
    train(16, 0.02);
    (void)stages_->advance();
  }
  EXPECT_EQ(foreseen().mean, 0);
  EXPECT_EQ(foreseen().high, 0);
  train(16, 0.02);
  (void)stages_->advance();
  ASSERT_TRUE(stages_->complete());
  EXPECT_EQ(foreseen().high, 0);
}

/// A fit of the chain in each stage, until all are trained.
class OneByOne final : public StageRule {
 public:
  explicit OneByOne(const Plan& plan) : plan_(&plan) {}
  [[nodiscard]] std::optional<double> score(std::uint32_t /*chain*/,
                                            const FitResult& result) const override {
    return result.held_out.auc;
  }
  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& /*scores*/) const override {
    const std::vector<std::uint32_t>& fits = plan_->chains[chain].fits;
    Stage stage;
    stage.record.over = before.size() == fits.size();
    if (stage.record.over) return stage;
    stage.fits = {fits[before.size()]};
    stage.record.splits = 1;
    stage.record.living = 1;
    return stage;
  }

 private:
  const Plan* plan_;
};

/// A forecast is no reason to end a run.
TEST_F(RaceForesightTest, IsNothingWhereARuleHasMoreStagesThanTheRaceHasRungs) {
  rule_ = foresight_->watch(std::make_unique<OneByOne>(plan_));
  stages_.emplace(job_, plan_, *rule_);
  (void)stages_->advance();
  for (int stage = 0; stage < 5; ++stage) {
    EXPECT_EQ(foreseen().mean > 0, stage < 2) << stage;
    train(1, 0.1);
    (void)stages_->advance();
  }
}

TEST_F(RaceForesightTest, IsAThirdFromRungToRungOfAGreedyRace) {
  job_.experiments[0].sweep->race->risk.reset();
  begin();
  EXPECT_NEAR(foreseen().mean, 6 * 4 + 2 * 4, 1e-9);
  EXPECT_EQ(foreseen().high, foreseen().low);
}

TEST_F(RaceForesightTest, LeavesSearchesByGenerationsAlone) {
  job_.experiments[0].sweep->race.reset();
  EXPECT_FALSE(foresight_->look());
  EXPECT_TRUE(foresight_->fits().empty());
}

TEST_F(RaceForesightTest, CostsWhatItsFitsCost) {
  const std::vector<Stage> latest = stages_->decided();
  const double each = mean_cost();
  const CostToCome costs =
      expected_to_come(job_, plan_, latest, {{0, {.mean = 10, .low = 5, .high = 20}}}, {});
  EXPECT_NEAR(sum_of(costs.mean), 10 * each, 1e-6 * each);
  EXPECT_NEAR(sum_of(costs.least), 5 * each, 1e-6 * each);
  EXPECT_NEAR(sum_of(costs.most), 20 * each, 1e-6 * each);
}

TEST_F(RaceForesightTest, CostsNothingForWhatIsTrainedAhead) {
  const std::vector<Stage> latest = stages_->decided();
  const double each = mean_cost();
  std::unordered_set<FitId> ahead;
  for (std::size_t i = 0; i < 3; ++i) ahead.insert(plan_.fits[plan_.chains[0].fits[i]].id);
  const CostToCome costs =
      expected_to_come(job_, plan_, latest, {{0, {.mean = 10, .low = 2, .high = 20}}}, ahead);
  EXPECT_NEAR(sum_of(costs.mean), 7 * each, 1e-6 * each);
  EXPECT_EQ(sum_of(costs.least), 0);
}

TEST_F(RaceForesightTest, CostsAllThatASearchAllows) {
  Stage search = stages_->decided().back();
  search.record.generation.emplace();
  search.record.fits = 36;
  search.record.fits_at_most = 108;
  const double each = mean_cost();
  const auto all = [&] {
    return sum_of(expected_to_come(job_, plan_, std::vector<Stage>{search}, {}, {}).most);
  };
  EXPECT_NEAR(all(), 72 * each, 1e-6 * each);
  search.record.over = true;
  EXPECT_EQ(all(), 0);
}

/// Of two races, one of which has been trained to its first rung, in both orders.
TEST_F(RaceForesightTest, IsOfEachRaceByItsOwnScoresAndRungs) {
  Experiment brief = job_.experiments[0];
  brief.name = "brief";
  brief.standardize = Standardize::train;  // or the fits would be those of the other race
  brief.sweep->race->rungs = {6};
  job_.experiments.push_back(brief);
  for (int order = 0; order < 2; ++order) {
    for (const std::uint32_t trained : {0U, 1U}) {
      begin();
      ASSERT_EQ(plan_.chains.size(), 2U);
      for (const Stage& stage : stages_->decided())
        if (stage.chain == trained)
          for (const std::uint32_t index : stage.fits)
            stages_->take(result_with(plan_.fits[index].id, score_of(plan_.fits[index], 0.3)));
      ASSERT_EQ(stages_->advance().size(), 1U);
      (void)foresight_->look();
      for (const std::uint32_t chain : {0U, 1U}) {
        const bool is_brief = job_.experiments[plan_.chains[chain].experiment].name == "brief";
        SCOPED_TRACE(::testing::Message() << "brief " << is_brief << ", trained " << trained);
        const sweep::Expected fits = foresight_->fits().at(chain);
        if (chain == trained) {
          EXPECT_GE(fits.mean, is_brief ? 0.0 : 4.0) << "the leader alone";
          EXPECT_LE(fits.mean, is_brief ? 0.0 : 4.5);
        } else {
          EXPECT_NEAR(fits.mean, 16 * 0.4 * (is_brief ? 6 : 4) + (is_brief ? 0 : 16 * 0.16 * 4),
                      1e-9);
          EXPECT_EQ(fits.high, is_brief ? 16 * 6 : 16 * 4 + 16 * 4);
        }
      }
    }
    std::swap(job_.experiments[0], job_.experiments[1]);
  }
}

/// Three regressions in a race like another one.
Experiment race_of_regressions(const Experiment& like) {
  Experiment race = like;
  race.name = "regressions";
  race.candidates.clear();
  for (const double c : {1.0, 2.0, 3.0}) {
    Candidate candidate =
        testing::small_candidate("r[c=" + std::to_string(c) + "]", CandidateKind::linear);
    std::get<LinearModel>(candidate.model).c = c;
    candidate.parameters = {{.key = "c", .value = c}};
    race.candidates.push_back(std::move(candidate));
  }
  return race;
}

/// What is foreseen, allowed, trained ahead or over of one race says nothing of the other one.
TEST_F(RaceForesightTest, CostsOfEachRaceAreThoseOfItsOwnFits) {
  job_.experiments.push_back(race_of_regressions(job_.experiments[0]));
  for (const std::uint32_t networks : {0U, 1U}) {
    const std::uint32_t regressions = 1U - networks;
    plan_ = testing::small_plan(job_);
    ASSERT_EQ(plan_.chains.size(), 2U);
    std::vector<Stage> latest(2);
    latest[1].chain = 1;
    latest[networks].record.fits = 8;
    latest[networks].record.fits_at_most = 20;
    latest[regressions].record.fits = 9;
    latest[regressions].record.fits_at_most = 16;
    const auto first_fits = [&](std::uint32_t chain, std::size_t count) {
      std::unordered_set<FitId> ids;
      for (std::size_t i = 0; i < count; ++i)
        ids.insert(plan_.fits[plan_.chains[chain].fits[i]].id);
      return ids;
    };
    const auto costs = [&](const ForeseenFits& foreseen, const std::unordered_set<FitId>& ahead) {
      return expected_to_come(job_, plan_, latest, foreseen, ahead);
    };
    const auto expect_fits = [&](const CostByKind& found, double of_networks,
                                 double of_regressions) {
      const double network = mean_cost(networks);
      const double regression = mean_cost(regressions);
      EXPECT_NEAR(found[index_of(WorkKind::network)], of_networks * network, 1e-6 * network);
      EXPECT_NEAR(found[index_of(WorkKind::linear)], of_regressions * regression,
                  1e-6 * regression);
    };
    expect_fits(costs({}, {}).mean, 12, 7);
    const CostToCome one = costs({{networks, {.mean = 5, .low = 2, .high = 9}}}, {});
    expect_fits(one.mean, 5, 7);
    expect_fits(one.least, 2, 7);
    expect_fits(one.most, 9, 7);
    const CostToCome other = costs({{regressions, {.mean = 3, .low = 1, .high = 6}}}, {});
    expect_fits(other.mean, 12, 3);
    expect_fits(other.least, 12, 1);
    expect_fits(other.most, 12, 6);
    expect_fits(costs({}, first_fits(networks, 4)).mean, 8, 7);
    expect_fits(costs({}, first_fits(regressions, 2)).mean, 12, 5);
    latest[networks].record.over = true;
    expect_fits(costs({}, {}).mean, 0, 7);
    latest[networks].record.over = false;
    latest[regressions].record.over = true;
    expect_fits(costs({}, {}).mean, 12, 0);
    std::swap(job_.experiments[0], job_.experiments[1]);
  }
}

}  // namespace
}  // namespace crossfold
