#include "crossfold/plan/plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/build_info.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/left_out.h"

#include "candidate_splits.h"
#include "fit_cost.h"
#include "split_review.h"
#include "split_warnings.h"

namespace crossfold {
namespace {

/// Named sets enter where there are some: fits without any keep the ids they always had.
Digest hash_split(const Split& split) {
  Hasher hasher;
  hasher.values(std::span<const std::uint32_t>(split.train))
      .values(std::span<const std::uint32_t>(split.validation))
      .values(std::span<const std::uint32_t>(split.test));
  for (const std::vector<std::uint32_t>& set : split.sets)
    hasher.values(std::span<const std::uint32_t>(set));
  return hasher.finish();
}

void hash_column(Hasher& hasher, const CodedColumn& column) {
  hasher.values(std::span<const std::int32_t>(column.codes)).number(column.levels.size());
  for (const std::string& level : column.levels) hasher.text(level);
}

/// What is probed beside a label in the whole pool; nothing where nothing is, so that ids stay as
/// they were before there was more.
void hash_further_probes(Hasher& hasher, const Experiment& experiment,
                         const ExperimentSamples& samples) {
  if (!has_further_probes(experiment)) return;
  hasher.text("further probes").text(name_of(experiment.probe_within));
  for (const ProbedAttribute& attribute : samples.probed) {
    const Digest content =
        Attribute{.name = attribute.name, .values = attribute.values}.content_hash();
    hasher.text(attribute.name).bytes(std::as_bytes(std::span(content.bytes)));
  }
}

/// Attributes that the candidate is disentangled from; nothing where it is none, so that ids stay
/// as they were before there were any.
void hash_adversaries(Hasher& hasher, const Candidate& candidate,
                      const ExperimentSamples& samples) {
  for (const ProbedAttribute& attribute : samples.adversaries) {
    if (!is_disentangled_from(candidate, attribute.name)) continue;
    hasher.text("adversary").text(attribute.name);
    hash_column(hasher, std::get<CodedColumn>(attribute.values));
  }
}

/// Columns of all domain heads together. A candidate without any is counted as if it had the
/// domain's: it takes its place among the others as it always did.
std::size_t adversary_levels(const Candidate& candidate, const ExperimentSamples& samples) {
  if (adversaries_of(candidate).empty()) return samples.domain.levels.size();
  std::size_t levels = 0;
  for (const Adversary& adversary : adversaries_of(candidate))
    levels += adversary_column(samples, adversary.of).levels.size();
  return levels;
}

SplitPlace place_of(const Job& job, const Fit& fit) {
  const Candidate& candidate = job.experiments[fit.experiment].candidates[fit.candidate];
  return {.experiment = fit.experiment,
          .seed = fit.seed,
          .fold = fit.fold,
          .validation = validation_of(candidate),
          .scheme = fit.scheme,
          .inner = fit.inner};
}

/// Builds the fits of one experiment and keeps what their ids share.
class FitBuilder {
 public:
  /// `review` looks at each split, once; nullptr where that was done.
  FitBuilder(const Job& job, Plan& plan, std::uint32_t experiment, SplitReview* review)
      : job_(job),
        plan_(plan),
        review_(review),
        index_(experiment),
        experiment_(job.experiments[experiment]),
        samples_(plan.basis.samples[experiment]) {
    Hasher hasher;
    hasher.text("crossfold-fit").number(kProtocolVersion).number(job.seed);
    hasher.text(name_of(experiment_.target)).text(name_of(experiment_.standardize));
    hasher.text(experiment_.probe ? name_of(*experiment_.probe) : "no probe");
    hasher.number(experiment_.evaluate_oos ? 1 : 0);
    hash_column(hasher, samples_.class_label);
    hash_column(hasher, samples_.domain);
    hasher.values(std::span<const std::uint32_t>(samples_.oos));
    hash_further_probes(hasher, experiment_, samples_);
    for (const Label label : experiment_.weights) hasher.text("weights").text(name_of(label));
    shared_ = hasher.finish();
  }

  void add(std::uint32_t embedding, std::uint32_t candidate) {
    const EmbeddingInfo& info = plan_.basis.embeddings[embedding];
    const Candidate& model = experiment_.candidates[candidate];
    Hasher hasher;
    hasher.text(canonical_settings(with_shared_lambda(model)).dump())
        .text(is_network(model) ? name_of(experiment_.probe_on) : "z")
        .bytes(std::as_bytes(std::span(info.content.bytes)))
        .bytes(std::as_bytes(std::span(shared_.bytes)));
    hash_adversaries(hasher, model, samples_);
    // The solver and the reference engine came first: they are not named.
    const EngineKind engine = engine_of(model, job_.engine);
    if (engine == EngineKind::lockstep) hasher.text(name_of(engine));
    const Digest settings = hasher.finish();
    for (const SplitPlace& place : candidate_splits(job_, plan_.basis, index_, model)) {
      const SplitFacts& split = facts_of(place);
      plan_.fits.push_back(
          {.id = fit_id(settings, place, split.hash),
           .experiment = index_,
           .embedding = embedding,
           .candidate = candidate,
           .seed = place.seed,
           .fold = place.fold,
           .scheme = place.scheme,
           .inner = place.inner,
           .cost =
               estimate_cost(model, {.samples = split.train,
                                     .dim = info.dim,
                                     .classes = samples_.column(experiment_.target).levels.size(),
                                     .domains = adversary_levels(model, samples_)})});
    }
  }

 private:
  struct SplitFacts {
    Digest hash;
    std::size_t train = 0;
  };

  static FitId fit_id(const Digest& settings, const SplitPlace& place, const Digest& split) {
    Hasher hasher;
    hasher.bytes(std::as_bytes(std::span(settings.bytes)))
        .number(place.seed.value)
        .number(place.fold.value)
        .bytes(std::as_bytes(std::span(split.bytes)));
    if (place.scheme != SplitScheme::k_fold)
      hasher.text(name_of(place.scheme)).number(place.inner.value);
    const Digest digest = hasher.finish();
    FitId id;
    std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
  }

  const SplitFacts& facts_of(const SplitPlace& place) {
    const auto known = facts_.find(place);
    if (known != facts_.end()) return known->second;
    const Split split = split_of_place(place);
    if (review_ != nullptr) review_->look_at(place, split);
    return facts_.emplace(place, SplitFacts{hash_split(split), split.train.size()}).first->second;
  }

  Split split_of_place(const SplitPlace& place) {
    if (place.scheme == SplitScheme::nested)
      return hold_inner_out(job_, plan_.basis, place, inner_folds_of(place));
    if (place.scheme != SplitScheme::k_fold || plan_.basis.given_splits ||
        !experiment_.evaluate_sets.empty() || experiment_.balance)
      return split_at(job_, plan_.basis, place);
    return hold_out(folds_of(place), samples_, experiment_.stratify, job_.splits,
                    stream_key_at(job_, place), place.validation);
  }

  /// The inner folds of a split, dealt once for all of them.
  const InnerFolds& inner_folds_of(const SplitPlace& place) {
    const std::pair outer{place.seed, place.fold};
    if (dealt_outer_ != outer) {
      inner_folds_ = inner_folds_at(job_, plan_.basis, place);
      dealt_outer_ = outer;
    }
    return inner_folds_;
  }

  /// The folds of a seed, dealt once for all of them.
  const std::vector<std::uint32_t>& folds_of(const SplitPlace& place) {
    if (dealt_seed_ != place.seed) {
      folds_ = deal_folds(samples_, experiment_.stratify, job_.splits, stream_key_at(job_, place));
      dealt_seed_ = place.seed;
    }
    return folds_;
  }

  const Job& job_;
  Plan& plan_;
  SplitReview* review_;
  std::uint32_t index_;
  const Experiment& experiment_;
  const ExperimentSamples& samples_;
  Digest shared_;
  std::map<SplitPlace, SplitFacts> facts_;
  std::optional<SeedIndex> dealt_seed_;
  std::vector<std::uint32_t> folds_;
  std::optional<std::pair<SeedIndex, FoldIndex>> dealt_outer_;
  InnerFolds inner_folds_;
};

/// What fits have in common that can be trained together.
struct CohortKey {
  std::uint32_t experiment, embedding;
  SeedIndex seed;
  FoldIndex fold;
  SplitScheme scheme;
  FoldIndex inner;
  int batch;
  auto operator<=>(const CohortKey&) const = default;
};

/// The fits of drawn candidates: for each experiment that races and each embedding set, and for
/// each experiment that draws by generations.
std::vector<Chain> find_chains(const Job& job, const std::vector<Fit>& fits) {
  std::vector<Chain> chains;
  for (std::uint32_t index = 0; index < fits.size(); ++index) {
    const Fit& fit = fits[index];
    const Experiment& experiment = job.experiments[fit.experiment];
    if (!experiment.sweep || (!experiment.sweep->race && !has_generations(experiment))) continue;
    if (experiment.candidates[fit.candidate].parameters.empty()) continue;
    const auto embedding =
        has_generations(experiment) ? std::nullopt : std::optional(fit.embedding);
    if (chains.empty() || chains.back().experiment != fit.experiment ||
        chains.back().embedding != embedding)
      chains.push_back(
          {.experiment = fit.experiment, .embedding = embedding, .fits = {}, .to_come = 0});
    chains.back().fits.push_back(index);
  }
  for (Chain& chain : chains) {
    const Experiment& experiment = job.experiments[chain.experiment];
    const std::size_t drawn = drawn_candidates(experiment);
    chain.to_come = candidates_to_come(experiment) * (chain.fits.size() / drawn);
  }
  return chains;
}

}  // namespace

// Fits of one split share their batches, so they are trained together, up to the job's number. A
// logistic regression shares nothing and stays alone.
std::vector<Cohort> form_cohorts(const Job& job, std::span<const Fit> plan,
                                 std::span<const std::uint32_t> fits) {
  std::vector<Cohort> cohorts;
  std::unordered_set<FitId> seen;
  std::map<CohortKey, std::size_t> open;  // the cohort that takes the next fit of its kind
  for (const std::uint32_t index : fits) {
    const Fit& fit = plan[index];
    if (!seen.insert(fit.id).second) continue;
    const Candidate& candidate = job.experiments[fit.experiment].candidates[fit.candidate];
    const bool alone = !is_network(candidate);
    const CohortKey key{fit.experiment,
                        fit.embedding,
                        fit.seed,
                        fit.fold,
                        fit.scheme,
                        fit.inner,
                        alone ? 0 : training_of(candidate).batch};
    const auto place = open.find(key);
    if (alone || place == open.end() ||
        cohorts[place->second].fits.size() == static_cast<std::size_t>(job.cohort)) {
      if (!alone) open[key] = cohorts.size();
      cohorts.push_back({.fits = {index}, .cost = fit.cost});
    } else {
      Cohort& cohort = cohorts[place->second];
      cohort.fits.push_back(index);
      cohort.cost += fit.cost;
    }
  }
  return cohorts;
}

Plan make_plan(const Job& job, PlanBasis basis) {
  Plan plan;
  plan.basis = std::move(basis);
  for (std::uint32_t e = 0; e < job.experiments.size(); ++e) {
    SplitReview review(job.experiments[e], plan.basis.samples[e]);
    FitBuilder builder(job, plan, e, &review);
    for (std::uint32_t z = 0; z < plan.basis.embeddings.size(); ++z)
      for (std::uint32_t c = 0; c < job.experiments[e].candidates.size(); ++c) builder.add(z, c);
    std::vector<std::string> warnings = split_warnings(job, plan, e, review);
    std::move(warnings.begin(), warnings.end(), std::back_inserter(plan.basis.warnings));
  }
  std::vector<std::uint32_t> all(plan.fits.size());
  std::iota(all.begin(), all.end(), 0);
  plan.cohorts = form_cohorts(job, plan.fits, all);
  plan.chains = find_chains(job, plan.fits);
  Hasher hasher;
  for (const Fit& fit : plan.fits) hasher.text(fit.id.hex());
  plan.hash = hasher.finish();
  return plan;
}

std::vector<std::uint32_t> add_candidates(Job& job, Plan& plan, std::uint32_t chain,
                                          std::vector<Candidate> candidates) {
  Chain& of = plan.chains[chain];
  std::vector<Candidate>& listed = job.experiments[of.experiment].candidates;
  const auto first_candidate = static_cast<std::uint32_t>(listed.size());
  std::move(candidates.begin(), candidates.end(), std::back_inserter(listed));
  std::unordered_set<FitId> known;
  for (const Fit& fit : plan.fits) known.insert(fit.id);

  const auto first_fit = static_cast<std::uint32_t>(plan.fits.size());
  FitBuilder builder(job, plan, of.experiment, nullptr);
  for (std::uint32_t z = 0; z < plan.basis.embeddings.size(); ++z)
    for (std::uint32_t c = first_candidate; c < listed.size(); ++c) builder.add(z, c);
  std::vector<std::uint32_t> added(plan.fits.size() - first_fit);
  std::iota(added.begin(), added.end(), first_fit);
  of.fits.insert(of.fits.end(), added.begin(), added.end());
  of.to_come -= std::min<std::uint64_t>(of.to_come, added.size());

  std::vector<std::uint32_t> fresh;
  for (const std::uint32_t fit : added)
    if (!known.contains(plan.fits[fit].id)) fresh.push_back(fit);
  for (Cohort& cohort : form_cohorts(job, plan.fits, fresh))
    plan.cohorts.push_back(std::move(cohort));
  return added;
}

Plan make_plan(const Job& job, const SampleTable& samples,
               const std::vector<EmbeddingInfo>& embeddings, std::string_view split_csv) {
  return make_plan(job, make_basis(job, samples, embeddings, split_csv));
}

Split split_of(const Job& job, const Plan& plan, const Fit& fit) {
  return split_at(job, plan.basis, place_of(job, fit));
}

std::string left_out_in(const PlanBasis& basis, const Fit& fit) {
  return left_out_name(basis.samples[fit.experiment],
                       basis.left_out_turns[fit.experiment].at(fit.fold.value));
}

std::string split_text(const Plan& plan, const Fit& fit) {
  switch (fit.scheme) {
    case SplitScheme::k_fold:
      return fmt::format("seed {}, fold {}", fit.seed.value, fit.fold.value);
    case SplitScheme::source_out:
      return fmt::format("seed {}, source {} left out", fit.seed.value,
                         plan.basis.samples[fit.experiment].domain.levels.at(fit.fold.value));
    case SplitScheme::hold_out:
      return fmt::format("seed {}", fit.seed.value);
    case SplitScheme::leave_out:
      return fmt::format("seed {}, {} left out", fit.seed.value, left_out_in(plan.basis, fit));
    case SplitScheme::nested:
      return fmt::format("seed {}, fold {}, inner fold {}", fit.seed.value, fit.fold.value,
                         fit.inner.value);
  }
  return "";
}

std::size_t distinct_fits(const Plan& plan) {
  std::size_t count = 0;
  for (const Cohort& cohort : plan.cohorts) count += cohort.fits.size();
  return count;
}

std::uint64_t fits_to_come(const Plan& plan) {
  std::uint64_t count = 0;
  for (const Chain& chain : plan.chains) count += chain.to_come;
  return count;
}

}  // namespace crossfold
