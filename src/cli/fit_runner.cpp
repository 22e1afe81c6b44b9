#include "fit_runner.h"

#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "crossfold/core/error.h"

namespace crossfold::cli {
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

std::string describe(const std::exception& failure) {
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) return "out of memory";
  return failure.what();
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
  fleet::Outcome outcome;
  std::vector<FitResult> results;
  for (const std::uint32_t index : decode_fits(item.bytes)) {
    const Fit& fit = study_->plan.fits.at(index);
    const std::uint32_t one[] = {index};
    try {
      results.push_back(train(fit, cancel));
    } catch (const std::exception& failure) {
      if (cancel) {
        outcome.left.push_back({.bytes = encode_fits(one), .cost = fit.cost});
        continue;
      }
      outcome.failures.push_back(
          {.bytes = encode_fits(one), .cost = fit.cost, .error = describe(failure)});
    }
  }
  if (!results.empty()) outcome.results = encode_records(origin_, results);
  return outcome;
}

FitResult FitRunner::train(const Fit& fit, const std::atomic<bool>& cancel) {
  CF_VALIDATE(!cancel, ErrorCode::stopped, "stopped before it began");
  const Experiment& experiment = study_->job.experiments[fit.experiment];
  const OutputSettings& output = study_->job.output;
  FitResult result =
      engine_->fit({.experiment = &experiment,
                    .candidate = &experiment.candidates[fit.candidate],
                    .samples = &study_->plan.samples[fit.experiment],
                    .split = &split_for(fit),
                    .key = {.root_seed = study_->job.seed, .seed = fit.seed, .fold = fit.fold},
                    .embedding = (*embeddings_)[fit.embedding],
                    .dim = study_->plan.embeddings[fit.embedding].dim,
                    .keep_predictions = output.predictions,
                    .keep_curves = output.curves,
                    .keep_features = keeps_features(output, fit),
                    .cancel = &cancel});
  result.id = fit.id;
  return result;
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

}  // namespace crossfold::cli
