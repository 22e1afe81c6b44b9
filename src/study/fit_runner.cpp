#include "fit_runner.h"

#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

bool keeps_features(const OutputSettings& output, const Fit& fit) {
  switch (output.features) {
    case FeatureOutput::none:
      return false;
    case FeatureOutput::first_split:
      return fit.seed == SeedIndex{} && fit.fold == FoldIndex{};
    case FeatureOutput::all:
      return true;
  }
  return false;
}

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

std::string encode_fits(std::span<const std::uint32_t> fits) {
  std::string bytes(fits.size_bytes(), '\0');
  if (!fits.empty()) std::memcpy(bytes.data(), fits.data(), bytes.size());
  return bytes;
}

std::vector<std::uint32_t> decode_fits(std::string_view bytes) {
  CF_EXPECT(bytes.size() % sizeof(std::uint32_t) == 0);
  std::vector<std::uint32_t> fits(bytes.size() / sizeof(std::uint32_t));
  if (!fits.empty()) std::memcpy(fits.data(), bytes.data(), bytes.size());
  return fits;
}

std::vector<fleet::WorkItem> remaining_work(const Plan& plan,
                                            const std::unordered_set<FitId>& done) {
  std::vector<fleet::WorkItem> items;
  for (std::size_t cohort = 0; cohort < plan.cohorts.size(); ++cohort) {
    std::vector<std::uint32_t> fits;
    double cost = 0;
    for (const std::uint32_t fit : plan.cohorts[cohort].fits) {
      if (done.contains(plan.fits[fit].id)) continue;
      fits.push_back(fit);
      cost += plan.fits[fit].cost;
    }
    if (!fits.empty())
      items.push_back({.id = fleet::ItemId(cohort), .cost = cost, .bytes = encode_fits(fits)});
  }
  return items;
}

FitRunner::FitRunner(const Study& study, const EmbeddingViews& embeddings,
                     std::unique_ptr<Engine> engine, Origin origin)
    : study_(&study),
      embeddings_(&embeddings),
      engine_(std::move(engine)),
      origin_(std::move(origin)) {}

fleet::Outcome FitRunner::run(const fleet::WorkItem& item, const std::atomic<bool>& cancel) {
  const std::vector<std::uint32_t> fits = decode_fits(item.bytes);
  std::vector<FitOutcome> outcomes = train(fits, cancel);
  fleet::Outcome outcome;
  std::vector<FitResult> results;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const Fit& fit = study_->plan.fits.at(fits[i]);
    if (!outcomes[i].failure) {
      outcomes[i].result.id = fit.id;
      results.push_back(std::move(outcomes[i].result));
      continue;
    }
    std::string bytes = encode_fits(std::span(&fits[i], 1));
    if (was_stopped(outcomes[i].failure))
      outcome.left.push_back({.bytes = std::move(bytes), .cost = fit.cost});
    else
      outcome.failures.push_back(
          {.bytes = std::move(bytes), .cost = fit.cost, .error = describe(outcomes[i].failure)});
  }
  if (!results.empty()) outcome.results = encode_records(origin_, results);
  return outcome;
}

std::vector<FitOutcome> FitRunner::train(std::span<const std::uint32_t> fits,
                                         const std::atomic<bool>& cancel) {
  std::vector<FitOutcome> outcomes(fits.size());
  try {
    std::vector<FitTask> cohort;
    cohort.reserve(fits.size());
    for (const std::uint32_t index : fits) {
      cohort.push_back(task_of(study_->plan.fits.at(index)));
      cohort.back().cancel = &cancel;
    }
    return engine_->fit_cohort(cohort);
  } catch (const std::exception&) {
    for (FitOutcome& outcome : outcomes) outcome.failure = std::current_exception();
  }
  return outcomes;
}

FitTask FitRunner::task_of(const Fit& fit) {
  const Experiment& experiment = study_->job.experiments[fit.experiment];
  const OutputSettings& output = study_->job.output;
  return {.experiment = &experiment,
          .candidate = &experiment.candidates[fit.candidate],
          .samples = &study_->plan.samples[fit.experiment],
          .split = &split_for(fit),
          .key = {.root_seed = study_->job.seed, .seed = fit.seed, .fold = fit.fold},
          .embedding = (*embeddings_)[fit.embedding],
          .dim = study_->plan.embeddings[fit.embedding].dim,
          .keep_predictions = output.predictions,
          .keep_curves = output.curves,
          .keep_features = keeps_features(output, fit)};
}

const Split& FitRunner::split_for(const Fit& fit) {
  const auto kind_of = [&](const Fit& f) {
    return study_->job.experiments[f.experiment].candidates[f.candidate].kind ==
           CandidateKind::linear;
  };
  const bool same = split_fit_ != nullptr && split_fit_->experiment == fit.experiment &&
                    split_fit_->seed == fit.seed && split_fit_->fold == fit.fold &&
                    kind_of(*split_fit_) == kind_of(fit);
  if (!same) {
    split_ = split_of(study_->job, study_->plan, fit);
    split_fit_ = &fit;
  }
  return split_;
}

}  // namespace crossfold
