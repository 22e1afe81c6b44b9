// Fits on other splits than those of k-fold: with a source left out, and on inner folds.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/job/names.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/plan/race_bounds.h"

#include "core/expect_error.h"
#include "plan/schemes_study.h"
#include "race_rule.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using testing::racing_job;
using testing::result_with;
using testing::schemes_plan;
using ::testing::SizeIs;
using testing::sweep_without_race;
using testing::trained_in;
using testing::with_all_schemes;

std::vector<const Fit*> fits_of(const Plan& plan, SplitScheme scheme) {
  std::vector<const Fit*> fits;
  for (const Fit& fit : plan.fits)
    if (fit.scheme == scheme) fits.push_back(&fit);
  return fits;
}

TEST(SplitSchemes, AreTrainedForEveryCandidateThatTheyServe) {
  const Plan plan = schemes_plan(with_all_schemes());
  EXPECT_THAT(fits_of(plan, SplitScheme::k_fold), SizeIs(3 * 6));
  EXPECT_THAT(fits_of(plan, SplitScheme::source_out), SizeIs(3 * 2 * 3)) << "the baseline too";
  EXPECT_THAT(fits_of(plan, SplitScheme::nested), SizeIs(2 * 6 * 4)) << "drawn ones only";
  EXPECT_THAT(plan.basis.left_out_sources[0], ElementsAre(0, 1, 2));
  EXPECT_EQ(distinct_fits(plan), plan.fits.size());
}

/// A run that was started without them goes on with what it has.
TEST(SplitSchemes, LeaveTheFitsOfKFoldAsTheyAre) {
  const auto ids = [](const Plan& plan) {
    std::set<std::string> found;
    for (const Fit* fit : fits_of(plan, SplitScheme::k_fold)) found.insert(fit->id.hex());
    return found;
  };
  EXPECT_EQ(ids(schemes_plan(with_all_schemes())), ids(schemes_plan(sweep_without_race())));
}

TEST(SplitSchemes, NeverHaveAPatientOnTwoSides) {
  const Job job = with_all_schemes();
  const Plan plan = schemes_plan(job);
  const ExperimentSamples& samples = plan.basis.samples[0];
  for (const Fit& fit : plan.fits) {
    const Split split = split_of(job, plan, fit);
    std::map<std::uint32_t, std::size_t> side_of;
    std::size_t side = 0;
    for (const auto* part : {&split.train, &split.validation, &split.test}) {
      for (const std::uint32_t row : *part)
        EXPECT_EQ(side_of.emplace(samples.group[row], side).first->second, side)
            << split_text(plan, fit);
      ++side;
    }
    EXPECT_FALSE(split.test.empty());
    EXPECT_FALSE(split.train.empty());
  }
}

TEST(SplitSchemes, HoldOutWhatTheySay) {
  const Job job = with_all_schemes();
  const Plan plan = schemes_plan(job);
  const ExperimentSamples& samples = plan.basis.samples[0];
  for (const Fit* fit : fits_of(plan, SplitScheme::source_out))
    for (const std::uint32_t row : split_of(job, plan, *fit).test)
      EXPECT_EQ(samples.domain.codes[row], static_cast<std::int32_t>(fit->fold.value));
  std::map<std::pair<SeedIndex, FoldIndex>, std::multiset<std::uint32_t>> inner;
  for (const Fit* fit : fits_of(plan, SplitScheme::nested)) {
    if (fit->candidate != 1) continue;
    const Split split = split_of(job, plan, *fit);
    inner[{fit->seed, fit->fold}].insert(split.test.begin(), split.test.end());
  }
  EXPECT_THAT(inner, SizeIs(6));
  for (const auto& [outer, tested] : inner) {
    const Split split =
        split_at(job, plan.basis, {.experiment = 0, .seed = outer.first, .fold = outer.second});
    EXPECT_EQ(std::vector<std::uint32_t>(tested.begin(), tested.end()), split.train)
        << "each of the others once";
  }
}

/// 240 patients with one sample each, whose sources are as uneven among the classes as can be.
SampleTable samples_of_single_patients() {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  const std::vector<std::string> classes{"normal", "pneumonia", "covid19"};
  const std::vector<std::string> domains{"rsna", "cohen", "sirm", "fig1"};
  for (std::size_t i = 0; i < 240; ++i) {
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(i));
    samples.class_label.append(classes[i * i % 7 % 3]);
    samples.domain.append(domains[i * i % 11 % 4]);
    samples.role.append("in");
  }
  return samples;
}

/// The most by which a level's count in one part is above that in another, of all levels.
std::size_t spread(const CodedColumn& column,
                   const std::vector<std::vector<std::uint32_t>>& parts) {
  std::size_t widest = 0;
  for (std::size_t level = 0; level < column.levels.size(); ++level) {
    std::vector<std::size_t> counts;
    for (const std::vector<std::uint32_t>& part : parts)
      counts.push_back(static_cast<std::size_t>(
          std::count_if(part.begin(), part.end(), [&](const std::uint32_t row) {
            return column.codes[row] == static_cast<std::int32_t>(level);
          })));
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    widest = std::max(widest, *most - *least);
  }
  return widest;
}

/// Held-out parts of one candidate's fits: for each seed those of its folds, for each split those
/// of its inner folds.
using Dealt =
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::vector<std::uint32_t>>>;
Dealt dealt_by(const Job& job, const Plan& plan, SplitScheme scheme) {
  Dealt dealt;
  const auto drawn = static_cast<std::uint32_t>(job.experiments[0].candidates.size()) - 1;
  for (const Fit* fit : fits_of(plan, scheme))
    if (fit->candidate == drawn)
      dealt[{fit->seed.value, scheme == SplitScheme::nested ? fit->fold.value : 0}].push_back(
          split_of(job, plan, *fit).test);
  return dealt;
}

/// Where each patient has one sample, folds differ by one sample of a level at most; inner ones
/// too.
TEST(SplitSchemes, DealEveryFoldByWhatTheJobStratifiesBy) {
  const std::vector<EmbeddingInfo> embeddings = [] {
    std::vector<EmbeddingInfo> all = testing::small_embeddings();
    for (EmbeddingInfo& one : all) one.rows = 240;
    return all;
  }();
  for (const Label target : {Label::class_label, Label::domain})
    for (const Label stratify : {Label::class_label, Label::domain}) {
      SCOPED_TRACE(::testing::Message() << name_of(target) << " by " << name_of(stratify));
      Job job = with_all_schemes();
      Experiment& experiment = job.experiments[0];
      experiment.sweep->select = {SelectionRule::held_out};
      experiment.evaluate_oos = false;
      experiment.probe.reset();
      experiment.target = target;
      experiment.stratify = stratify;
      const Plan plan = make_plan(job, samples_of_single_patients(), embeddings);
      const Label other = stratify == Label::domain ? Label::class_label : Label::domain;
      for (const auto& [scheme, dealings, parts] :
           {std::tuple(SplitScheme::k_fold, 2U, 3U), std::tuple(SplitScheme::nested, 6U, 4U)}) {
        const Dealt dealt = dealt_by(job, plan, scheme);
        ASSERT_THAT(dealt, SizeIs(dealings));
        std::size_t spread_of_other = 0;
        for (const auto& [place, folds] : dealt) {
          ASSERT_THAT(folds, SizeIs(parts));
          EXPECT_LE(spread(plan.basis.samples[0].column(stratify), folds), 1U);
          spread_of_other =
              std::max(spread_of_other, spread(plan.basis.samples[0].column(other), folds));
        }
        EXPECT_GT(spread_of_other, 1U) << "or nothing is seen";
      }
    }
}

TEST(SplitSchemes, DrawFromStreamsOfTheirOwn) {
  const Job job = with_all_schemes();
  const Plan plan = schemes_plan(job);
  std::map<std::uint64_t, std::set<std::pair<SplitScheme, std::uint32_t>>> users;
  for (const Fit& fit : plan.fits) {
    const StreamKey key = stream_key_at(job, split_place_of(spec_of(job, fit)));
    users[key.root_seed].insert({fit.scheme, fit.inner.value});
    EXPECT_EQ(key.seed, fit.seed);
    EXPECT_EQ(key.fold, fit.fold);
  }
  EXPECT_THAT(users, SizeIs(1 + 1 + 4));
  EXPECT_TRUE(users.contains(job.seed));
  for (const auto& [root, of] : users) EXPECT_THAT(of, SizeIs(1));
}

TEST(SplitSchemes, TravelToTheWorkers) {
  const Job job = with_all_schemes();
  const Plan plan = schemes_plan(job);
  for (const Fit& fit : plan.fits) {
    const FitSpec spec = spec_of(job, fit);
    const FitSpec copy = decode_fits(encode_fits(std::span(&spec, 1))).at(0);
    EXPECT_EQ(split_at(job, plan.basis, split_place_of(copy)), split_of(job, plan, fit));
    const bool inner = fit.scheme == SplitScheme::nested;
    EXPECT_EQ(copy.keep.predictions, job.output.predictions && !inner);
  }
}

TEST(SplitSchemes, AreTrainedInCohortsOfTheirOwn) {
  const Plan plan = schemes_plan(with_all_schemes());
  for (const Cohort& cohort : plan.cohorts)
    for (const std::uint32_t fit : cohort.fits) {
      EXPECT_EQ(plan.fits[fit].scheme, plan.fits[cohort.fits.front()].scheme);
      EXPECT_EQ(plan.fits[fit].inner, plan.fits[cohort.fits.front()].inner);
    }
}

TEST(SplitSchemes, AreNamed) {
  const Plan plan = schemes_plan(with_all_schemes());
  EXPECT_EQ(split_text(plan, *fits_of(plan, SplitScheme::k_fold).at(1)), "seed 0, fold 1");
  EXPECT_EQ(split_text(plan, *fits_of(plan, SplitScheme::source_out).at(4)),
            "seed 1, source cohen left out");
  EXPECT_EQ(split_text(plan, *fits_of(plan, SplitScheme::nested).at(6)),
            "seed 0, fold 1, inner fold 2");
}

TEST(SplitSchemes, RefuseMoreInnerFoldsThanGroups) {
  Job job = with_all_schemes();
  job.experiments[0].sweep->nested->folds = 60;
  expect_error(
      ErrorCode::bad_input,
      "small: /experiments/0/sweep/nested/folds: is 60 (38 groups are left when fold 0 of seed 0 "
      "is held out, and a group is never divided). lower it or widen 'samples'",
      [&] { static_cast<void>(schemes_plan(job)); });
}

/// The sources come last, for those that are left.
TEST(RacingSourceOut, TrainsThoseThatAreLeftInALastStage) {
  Job job = racing_job();
  job.experiments.resize(1);
  job.experiments[0].sweep->select = {SelectionRule::source_out};
  Plan plan = schemes_plan(job);
  const RaceRule rule(job, plan);
  Stages stages(job, plan, rule);
  for (std::vector<Stage> next = stages.advance(); !next.empty(); next = stages.advance())
    for (const Stage& stage : next)
      for (const std::uint32_t index : stage.fits) {
        const Fit& fit = plan.fits[index];
        const double wobble = 1e-3 * ((fit.seed.value * 3 + fit.fold.value) % 5);
        stages.take(result_with(
            fit.id, 0.9 - 0.1 * fit.candidate + wobble * (fit.candidate % 2 == 0 ? 1 : -1)));
      }
  ASSERT_TRUE(stages.complete());
  std::vector<Stage> decided = stages.decided();
  std::erase_if(decided, [](const Stage& stage) { return stage.chain != 0; });
  ASSERT_THAT(decided, SizeIs(5));
  for (std::size_t i = 0; i < 3; ++i)
    for (const std::uint32_t index : decided[i].fits)
      EXPECT_EQ(plan.fits[index].scheme, SplitScheme::k_fold);
  const Stage& last = decided[3];
  for (const std::uint32_t index : last.fits)
    EXPECT_EQ(plan.fits[index].scheme, SplitScheme::source_out);
  EXPECT_EQ(trained_in(job, plan, last), trained_in(job, plan, decided[2]));
  EXPECT_EQ(last.fits.size(), 6U * last.record.living);
  EXPECT_EQ(last.record.splits, 12U);
  EXPECT_EQ(last.record.leader, "d[lambda.from=1]");
  EXPECT_EQ(decided[4].record.splits, 12U);
  EXPECT_TRUE(decided[4].record.over);
  EXPECT_EQ(decided[4].record.fits_of_all, 6U * 12);

  const RaceBounds bounds = race_bounds(job, plan).at(0);
  EXPECT_EQ(bounds.candidates, 6U);
  EXPECT_EQ(bounds.sources_out, 6U);
  EXPECT_EQ(bounds.least, 6U * 2 + 4 + 6);
  EXPECT_EQ(bounds.most, 6U * 12);
  EXPECT_EQ(decided[0].record.fits_at_most, bounds.most);
}

}  // namespace
}  // namespace crossfold
