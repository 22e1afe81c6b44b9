#include "crossfold/plan/fit_spec.h"

#include "crossfold/core/bytes.h"
#include "crossfold/core/error.h"

namespace crossfold {
namespace {

bool keeps_features(const OutputSettings& output, const Fit& fit) {
  if (serves_selection(fit.scheme)) return false;
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

}  // namespace

// Each function below serves writing and reading. A field that is missing here would be trained
// with its default: the test compares the canonical forms of candidates with everything set.

void byte_fields(auto& codec, same_but_const<LambdaSchedule> auto& s) {
  codec(s.kind, s.from, s.to, s.gamma, s.factor, s.every, s.values, s.over, s.warm_up);
}

void byte_fields(auto& codec, same_but_const<PlateauSettings> auto& p) {
  codec(p.patience, p.factor, p.stop_after, p.min_improvement);
}

void byte_fields(auto& codec, same_but_const<TrainingSettings> auto& t) {
  codec(t.epochs, t.batch, t.learning_rate, t.weight_decay, t.plateau, t.model);
}

void byte_fields(auto& codec, same_but_const<Adversary> auto& a) { codec(a.of, a.lambda); }

void byte_fields(auto& codec, same_but_const<LinearModel> auto& m) { codec(m.c); }

void byte_fields(auto& codec, same_but_const<BaselineModel> auto& m) { codec(m.training); }

void byte_fields(auto& codec, same_but_const<DisentangledModel> auto& m) {
  codec(m.training, m.lambda, m.adversaries, m.domain_head);
}

void byte_fields(auto& codec, same_but_const<Candidate> auto& c) { codec(c.name, c.model); }

void byte_fields(auto& codec, same_but_const<KeptOutput> auto& k) {
  codec(k.predictions, k.curves, k.features);
}

void byte_fields(auto& codec, same_but_const<FitSpec> auto& f) {
  codec(f.id, f.experiment, f.embedding, f.candidate, f.seed, f.fold, f.scheme, f.inner, f.keep,
        f.cost);
}

KeptOutput kept_output(const OutputSettings& output, const Fit& fit) {
  const bool is_inner = fit.scheme == SplitScheme::nested;  // only its score is needed
  return {.predictions = output.predictions && !is_inner,
          .curves = output.curves && !is_inner,
          .features = keeps_features(output, fit)};
}

FitSpec spec_of(const Job& job, const Fit& fit) {
  return {.id = fit.id,
          .experiment = fit.experiment,
          .embedding = fit.embedding,
          .candidate = job.experiments[fit.experiment].candidates[fit.candidate],
          .seed = fit.seed,
          .fold = fit.fold,
          .scheme = fit.scheme,
          .inner = fit.inner,
          .keep = kept_output(job.output, fit),
          .cost = fit.cost};
}

SplitPlace split_place_of(const FitSpec& fit) {
  return {.experiment = fit.experiment,
          .seed = fit.seed,
          .fold = fit.fold,
          .validation = validation_of(fit.candidate),
          .scheme = fit.scheme,
          .inner = fit.inner};
}

std::string encode_fits(std::span<const FitSpec> fits) { return to_bytes(fits); }

std::vector<FitSpec> decode_fits(std::string_view bytes) {
  return from_bytes<std::vector<FitSpec>>(bytes);
}

}  // namespace crossfold
