#include "cohort_trainer.h"

#include <exception>
#include <new>
#include <set>
#include <string>
#include <utility>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

bool was_stopped(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.code() == ErrorCode::stopped;
  } catch (const std::exception&) {
    return false;
  }
}

std::string describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

CohortTrainer::CohortTrainer(const SharedStudy& study, const EmbeddingViews& embeddings,
                             std::unique_ptr<Engine> engine)
    : study_(&study), embeddings_(&embeddings), engine_(std::move(engine)) {
  for (const Experiment& full : study.job.experiments) {
    Experiment experiment = full;
    experiment.candidates.clear();
    experiment.evaluate_oos = false;
    experiment.evaluate_sets.clear();
    experiment.probe.reset();
    experiment.probe_attributes.clear();
    target_only_.push_back(std::move(experiment));
  }
}

fleet::Outcome CohortTrainer::run(const fleet::WorkItem& item, const std::atomic<bool>& cancel,
                                  const std::function<void(FitResult)>& take) {
  const std::vector<FitSpec> fits = decode_fits(item.bytes);
  std::vector<FitOutcome> outcomes = train(fits, cancel);
  fleet::Outcome outcome;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const FitSpec& fit = fits[i];
    if (!outcomes[i].failure) {
      outcomes[i].result.id = fit.id;
      try {
        take(std::move(outcomes[i].result));
        continue;
      } catch (const std::bad_alloc&) {  // as if it had been short of memory while it trained
        outcomes[i].failure = std::current_exception();
      }
    }
    std::string bytes = encode_fits(std::span(&fits[i], 1));
    if (was_stopped(outcomes[i].failure))
      outcome.left.push_back({.bytes = std::move(bytes), .cost = fit.cost});
    else
      outcome.failures.push_back(
          {.bytes = std::move(bytes), .cost = fit.cost, .error = describe(outcomes[i].failure)});
  }
  return outcome;
}

std::vector<FitOutcome> CohortTrainer::train(std::span<const FitSpec> fits,
                                             const std::atomic<bool>& cancel) {
  std::vector<FitOutcome> outcomes(fits.size());
  try {
    keep_splits_of(fits);
    std::vector<FitTask> cohort;
    cohort.reserve(fits.size());
    for (const FitSpec& fit : fits) {
      cohort.push_back(task_of(fit));
      cohort.back().cancel = &cancel;
    }
    return engine_->fit_cohort(cohort);
  } catch (const DeviceLost& lost) {
    throw fleet::WorkerUnfit(lost);
  } catch (const std::exception&) {
    for (FitOutcome& outcome : outcomes) outcome.failure = std::current_exception();
  }
  return outcomes;
}

FitTask CohortTrainer::task_of(const FitSpec& fit) {
  const SplitPlace place = split_place_of(fit);
  // Other schemes serve to choose a candidate: no out-of-sample score, and no probe.
  const std::vector<Experiment>& experiments =
      serves_selection(fit.scheme) ? target_only_ : study_->job.experiments;
  return {.experiment = &experiments.at(fit.experiment),
          .candidate = &fit.candidate,
          .samples = &study_->basis.samples.at(fit.experiment),
          .split = &split_for(place),
          .key = stream_key_at(study_->job, place),
          .embedding = embeddings_->at(fit.embedding),
          .dim = study_->basis.embeddings.at(fit.embedding).dim,
          .keep_predictions = fit.keep.predictions,
          .keep_curves = fit.keep.curves,
          .keep_features = fit.keep.features};
}

const Split& CohortTrainer::split_for(const SplitPlace& place) {
  const auto known = splits_.find(place);
  if (known != splits_.end()) return known->second;
  return splits_.emplace(place, split_at(study_->job, study_->basis, place)).first->second;
}

void CohortTrainer::keep_splits_of(std::span<const FitSpec> fits) {
  std::set<SplitPlace> needed;
  for (const FitSpec& fit : fits) needed.insert(split_place_of(fit));
  std::erase_if(splits_, [&](const auto& split) { return !needed.contains(split.first); });
}

}  // namespace crossfold
