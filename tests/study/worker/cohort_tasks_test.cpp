// What a worker hands to its engine, for every fit of a study of many experiments.

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/plan/fit_spec.h"

#include "cohort_trainer.h"
#include "plan/unlike_study.h"

namespace crossfold {
namespace {

/// A study that no store holds, with an embedding set of one number for each of two names.
struct StudyOfMany {
  explicit StudyOfMany(const nlohmann::json& written)
      : job(testing::read_job(written)), plan(testing::unlike_plan(job)) {
    shared = {.job = job, .store = {}, .basis = plan.basis, .hash = plan.hash};
  }

  Job job;
  Plan plan;
  SharedStudy shared;
  std::vector<float> first = {1}, second = {2};
  EmbeddingViews views{first, second};
};

/// Looks at the tasks of a cohort instead of training them; the result of a task tells its place.
class LookingEngine final : public Engine {
 public:
  LookingEngine(const StudyOfMany& study, const std::atomic<bool>& cancel,
                std::set<SplitScheme>& schemes)
      : study_(study), cancel_(cancel), schemes_(schemes) {}

  void expect(std::vector<FitSpec> fits) { fits_ = std::move(fits); }

  std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    EXPECT_EQ(cohort.size(), fits_.size());
    std::vector<FitOutcome> outcomes(cohort.size());
    for (std::size_t i = 0; i < cohort.size(); ++i) {
      look_at(cohort[i], fits_.at(i));
      outcomes[i].result.n_test = static_cast<std::uint32_t>(i);
    }
    return outcomes;
  }

 private:
  void look_at(const FitTask& task, const FitSpec& fit) {
    schemes_.insert(fit.scheme);
    const Experiment& experiment = study_.job.experiments[fit.experiment];
    SCOPED_TRACE(experiment.name + " " + fit.candidate.name);
    EXPECT_EQ(task.experiment->name, experiment.name);
    EXPECT_EQ(task.experiment->target, experiment.target);
    EXPECT_EQ(task.experiment->weights, experiment.weights);
    EXPECT_EQ(task.experiment->standardize, experiment.standardize);
    EXPECT_EQ(task.experiment->probe_on, experiment.probe_on);
    EXPECT_EQ(task.experiment->probe_within, experiment.probe_within);
    const bool chooses = serves_selection(fit.scheme);  // by the score on its test part alone
    EXPECT_EQ(task.experiment->evaluate_oos, !chooses && experiment.evaluate_oos);
    EXPECT_EQ(task.experiment->evaluate_sets,
              chooses ? std::vector<std::string>{} : experiment.evaluate_sets);
    EXPECT_EQ(task.experiment->probe, chooses ? std::nullopt : experiment.probe);
    EXPECT_EQ(task.experiment->probe_attributes,
              chooses ? std::vector<std::string>{} : experiment.probe_attributes);
    EXPECT_EQ(canonical_settings(*task.candidate), canonical_settings(fit.candidate));
    EXPECT_EQ(task.candidate->name, fit.candidate.name);
    EXPECT_EQ(task.samples, &study_.shared.basis.samples[fit.experiment]);
    const SplitPlace place = split_place_of(fit);
    EXPECT_EQ(*task.split, split_at(study_.job, study_.plan.basis, place));
    const StreamKey key = stream_key_at(study_.job, place);
    EXPECT_EQ(task.key.root_seed, key.root_seed);
    EXPECT_EQ(task.key.seed, fit.seed);
    EXPECT_EQ(task.key.fold, fit.fold);
    EXPECT_EQ(task.embedding.data(), study_.views[fit.embedding].data());
    EXPECT_EQ(task.dim, fit.embedding == 0 ? 16U : 8U);
    EXPECT_EQ(task.keep_predictions, fit.keep.predictions);
    EXPECT_EQ(task.keep_curves, fit.keep.curves);
    EXPECT_EQ(task.keep_features, fit.keep.features);
    EXPECT_EQ(task.cancel, &cancel_);
  }

  const StudyOfMany& study_;
  const std::atomic<bool>& cancel_;
  std::set<SplitScheme>& schemes_;
  std::vector<FitSpec> fits_;
};

/// Hands the plan's cohorts to a trainer, in items of three cohorts of one embedding set.
void look_at_all(const StudyOfMany& study, std::set<SplitScheme>& schemes) {
  const std::atomic<bool> cancel = false;
  auto owned = std::make_unique<LookingEngine>(study, cancel, schemes);
  LookingEngine& engine = *owned;
  CohortTrainer trainer(study.shared, study.views, std::move(owned));
  for (std::size_t first = 0; first < study.plan.cohorts.size(); first += 3) {
    std::vector<FitSpec> fits;
    for (std::size_t c = first; c < std::min(first + 3, study.plan.cohorts.size()); ++c)
      for (const std::uint32_t fit : study.plan.cohorts[c].fits)
        fits.push_back(spec_of(study.job, study.plan.fits[fit]));
    engine.expect(fits);
    std::size_t taken = 0;
    const fleet::Outcome outcome = trainer.run({.id = {}, .cost = 1, .bytes = encode_fits(fits)},
                                               cancel, [&](const FitResult& result) {
                                                 EXPECT_EQ(result.id, fits.at(result.n_test).id);
                                                 ++taken;
                                               });
    EXPECT_EQ(taken, fits.size());
    EXPECT_TRUE(outcome.failures.empty() && outcome.left.empty());
  }
}

TEST(CohortTasks, AreHandedOverWithWhatBelongsToEach) {
  nlohmann::json folds = testing::job_of(testing::unlike_experiments());
  folds["output"] = {{"curves", false}, {"features", "all"}};
  nlohmann::json others = testing::job_of(nlohmann::json::array());
  for (const nlohmann::json& one : testing::unlike_experiments())
    if (!one.contains("sweep")) others["experiments"].push_back(one);
  others["output"] = {{"predictions", false}, {"features", "first-split"}};
  others["splits"] = {{"scheme", "hold-out"}, {"test", 0.4}, {"seeds", 2}};
  std::set<SplitScheme> schemes;
  look_at_all(StudyOfMany(folds), schemes);
  look_at_all(StudyOfMany(others), schemes);
  others["splits"] = {{"leave-one-out", "unit"}, {"seeds", 2}};
  look_at_all(StudyOfMany(others), schemes);
  EXPECT_EQ(schemes.size(), 5U);
}

}  // namespace
}  // namespace crossfold
