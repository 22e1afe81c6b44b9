#include "crossfold/plan/plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/build_info.h"
#include "crossfold/core/counted.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/sample_warnings.h"

#include "fit_cost.h"

namespace crossfold {
namespace {

constexpr int kMostFits = 10'000'000;

std::vector<EmbeddingInfo> find_embeddings(const Job& job,
                                           const std::vector<EmbeddingInfo>& available,
                                           Mistakes& mistakes) {
  std::vector<EmbeddingInfo> found;
  std::vector<std::string> names;
  names.reserve(available.size());
  for (const EmbeddingInfo& info : available) names.push_back(info.name);
  for (const std::string& wanted : job.embeddings) {
    const auto at = std::find(names.begin(), names.end(), wanted);
    if (at != names.end())
      found.push_back(available[static_cast<std::size_t>(at - names.begin())]);
    else if (names.empty())
      mistakes.add("/embeddings", fmt::format("has \"{}\" (the store holds no embedding set). add "
                                              "it to the store or name another store",
                                              wanted));
    else
      mistakes.add("/embeddings",
                   fmt::format("has \"{}\" (the store does not hold it). take one of {}", wanted,
                               fmt::join(names, ", ")));
  }
  return found;
}

Validation validation_of(const Candidate& candidate) {
  return candidate.kind == CandidateKind::linear ? Validation::none : Validation::set_aside;
}

void add_notes(const Experiment& experiment, const ExperimentSamples& samples, int folds,
               std::vector<std::string>& notes) {
  for (const auto& [reason, count] : samples.left_out)
    notes.push_back(fmt::format("experiment '{}': {} left out ({})", experiment.name,
                                counted(count, "sample"), reason));
  for (const Label label : labels_needed(experiment))
    for (const RareLevel& rare : rare_levels(samples, label, folds))
      notes.push_back(
          fmt::format("experiment '{}': {} '{}' has {} ({}) for {} folds, so some folds lack it",
                      experiment.name, name_of(label), rare.level, counted(rare.groups, "group"),
                      counted(rare.samples, "sample"), folds));
}

Digest hash_split(const Split& split) {
  return Hasher()
      .values(std::span<const std::uint32_t>(split.train))
      .values(std::span<const std::uint32_t>(split.validation))
      .values(std::span<const std::uint32_t>(split.test))
      .finish();
}

void hash_column(Hasher& hasher, const CodedColumn& column) {
  hasher.values(std::span<const std::int32_t>(column.codes)).number(column.levels.size());
  for (const std::string& level : column.levels) hasher.text(level);
}

StreamKey stream_key(const Job& job, const Fit& fit) {
  return {.root_seed = job.seed, .seed = fit.seed, .fold = fit.fold};
}

/// Builds the fits of one experiment and keeps what their ids share.
class FitBuilder {
 public:
  FitBuilder(const Job& job, Plan& plan, std::uint32_t experiment)
      : job_(job),
        plan_(plan),
        index_(experiment),
        experiment_(job.experiments[experiment]),
        samples_(plan.samples[experiment]) {
    Hasher hasher;
    hasher.text("crossfold-fit").number(kProtocolVersion).number(job.seed);
    hasher.text(name_of(experiment_.target)).text(name_of(experiment_.standardize));
    hasher.text(experiment_.probe ? name_of(*experiment_.probe) : "no probe");
    hasher.number(experiment_.evaluate_oos ? 1 : 0);
    hash_column(hasher, samples_.klass);
    hash_column(hasher, samples_.domain);
    hasher.values(std::span<const std::uint32_t>(samples_.oos));
    shared_ = hasher.finish();
  }

  void add(std::uint32_t embedding, std::uint32_t candidate) {
    const EmbeddingInfo& info = plan_.embeddings[embedding];
    const Candidate& model = experiment_.candidates[candidate];
    const bool linear = model.kind == CandidateKind::linear;
    Hasher hasher;
    hasher.text(canonical_settings(model).dump())
        .text(linear ? "z" : name_of(experiment_.probe_on))
        .bytes(std::as_bytes(std::span(info.content.bytes)))
        .bytes(std::as_bytes(std::span(shared_.bytes)));
    // Logistic regression is the same in all engines; the reference engine came first.
    if (!linear && job_.engine != EngineKind::reference) hasher.text(name_of(job_.engine));
    const Digest settings = hasher.finish();
    for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(job_.splits.seeds); ++seed)
      for (std::uint32_t fold = 0; fold < static_cast<std::uint32_t>(job_.splits.folds); ++fold) {
        Fit fit{.id = {},
                .experiment = index_,
                .embedding = embedding,
                .candidate = candidate,
                .seed = SeedIndex(seed),
                .fold = FoldIndex(fold),
                .cost = 0};
        const SplitFacts& split = facts_of(fit);
        const Digest id = Hasher()
                              .bytes(std::as_bytes(std::span(settings.bytes)))
                              .number(seed)
                              .number(fold)
                              .bytes(std::as_bytes(std::span(split.hash.bytes)))
                              .finish();
        fit.id.hex = id.hex().substr(0, 32);
        fit.cost =
            estimate_cost(model, {.samples = split.train,
                                  .dim = info.dim,
                                  .classes = samples_.column(experiment_.target).levels.size(),
                                  .domains = samples_.domain.levels.size()});
        plan_.fits.push_back(std::move(fit));
      }
  }

 private:
  struct SplitFacts {
    Digest hash;
    std::size_t train = 0;
  };

  const SplitFacts& facts_of(const Fit& fit) {
    const Validation validation = validation_of(experiment_.candidates[fit.candidate]);
    const auto key = std::make_tuple(validation, fit.seed, fit.fold);
    const auto known = facts_.find(key);
    if (known != facts_.end()) return known->second;
    const Split split = plan_.given_splits
                            ? split_of(job_, plan_, fit)
                            : hold_out(folds_of(fit), samples_, experiment_.stratify, job_.splits,
                                       stream_key(job_, fit), validation);
    return facts_.emplace(key, SplitFacts{hash_split(split), split.train.size()}).first->second;
  }

  /// The folds of the fit's seed, dealt once for all of its folds.
  const std::vector<std::uint32_t>& folds_of(const Fit& fit) {
    if (dealt_seed_ != fit.seed) {
      folds_ = deal_folds(samples_, experiment_.stratify, job_.splits, stream_key(job_, fit));
      dealt_seed_ = fit.seed;
    }
    return folds_;
  }

  const Job& job_;
  Plan& plan_;
  std::uint32_t index_;
  const Experiment& experiment_;
  const ExperimentSamples& samples_;
  Digest shared_;
  std::map<std::tuple<Validation, SeedIndex, FoldIndex>, SplitFacts> facts_;
  std::optional<SeedIndex> dealt_seed_;
  std::vector<std::uint32_t> folds_;
};

/// What fits have in common that can be trained together.
struct CohortKey {
  std::uint32_t experiment, embedding;
  SeedIndex seed;
  FoldIndex fold;
  int batch;
  auto operator<=>(const CohortKey&) const = default;
};

/// Fits of one split share their batches, so they are trained together, in the order of the plan,
/// up to the job's number. A logistic regression shares nothing and stays alone.
void form_cohorts(const Job& job, Plan& plan) {
  std::unordered_set<FitId> seen;
  std::map<CohortKey, std::size_t> open;  // the cohort that takes the next fit of its kind
  for (std::uint32_t index = 0; index < plan.fits.size(); ++index) {
    const Fit& fit = plan.fits[index];
    if (!seen.insert(fit.id).second) continue;
    const Candidate& candidate = job.experiments[fit.experiment].candidates[fit.candidate];
    const bool alone = candidate.kind == CandidateKind::linear;
    const CohortKey key{fit.experiment, fit.embedding, fit.seed, fit.fold,
                        candidate.training.batch};
    const auto place = open.find(key);
    if (alone || place == open.end() ||
        plan.cohorts[place->second].fits.size() == static_cast<std::size_t>(job.cohort)) {
      if (!alone) open[key] = plan.cohorts.size();
      plan.cohorts.push_back({.fits = {index}, .cost = fit.cost});
    } else {
      Cohort& cohort = plan.cohorts[place->second];
      cohort.fits.push_back(index);
      cohort.cost += fit.cost;
    }
  }
}

/// False when the plan would be too large to be looked at any further.
bool check_count(const Job& job, Mistakes& mistakes) {
  std::size_t candidates = 0;
  for (const Experiment& experiment : job.experiments) candidates += experiment.candidates.size();
  // In double, where the product cannot wrap around.
  const double fits = static_cast<double>(candidates) * static_cast<double>(job.embeddings.size()) *
                      job.splits.seeds * job.splits.folds;
  if (fits <= kMostFits) return true;
  mistakes.add("", fmt::format("asks for {:.15g} fits (at most {} are accepted). split it into "
                               "several jobs",
                               fits, kMostFits));
  return false;
}

}  // namespace

Plan make_plan(const Job& job, const SampleTable& samples,
               const std::vector<EmbeddingInfo>& embeddings, std::string_view split_csv) {
  Mistakes mistakes;
  Plan plan;
  const SampleTable table = with_roles(samples, job.roles, mistakes);
  const bool roles_are_known = mistakes.empty();
  plan.embeddings = find_embeddings(job, embeddings, mistakes);
  const bool countable = check_count(job, mistakes);
  // Without the roles nobody knows the pools, and too many splits are not gone through one by one.
  if (!roles_are_known || !countable) mistakes.throw_if_any(ErrorCode::bad_input, job.name);
  if (job.splits.file)
    plan.given_splits = SplitTable::parse(split_csv, job.splits.file->string(), table.id);
  for (std::size_t i = 0; i < job.experiments.size(); ++i) {
    const Experiment& experiment = job.experiments[i];
    const std::string where = fmt::format("/experiments/{}", i);
    plan.samples.push_back(select_samples(table, experiment, where, mistakes));
    const ExperimentSamples& selected = plan.samples.back();
    if (selected.pool.empty()) continue;
    if (plan.given_splits)
      plan.given_splits->check(experiment.name, selected, table, job.splits, mistakes);
    else
      check_folds(selected, job.splits, where, mistakes);
    add_notes(experiment, selected, job.splits.folds, plan.notes);
  }
  mistakes.throw_if_any(ErrorCode::bad_input, job.name);

  for (std::uint32_t e = 0; e < job.experiments.size(); ++e) {
    FitBuilder builder(job, plan, e);
    for (std::uint32_t z = 0; z < plan.embeddings.size(); ++z)
      for (std::uint32_t c = 0; c < job.experiments[e].candidates.size(); ++c) builder.add(z, c);
  }
  form_cohorts(job, plan);
  plan.warnings = sample_warnings(table);
  Hasher hasher;
  for (const Fit& fit : plan.fits) hasher.text(fit.id.hex);
  plan.hash = hasher.finish();
  return plan;
}

Split split_of(const Job& job, const Plan& plan, const Fit& fit) {
  const Experiment& experiment = job.experiments[fit.experiment];
  const ExperimentSamples& samples = plan.samples[fit.experiment];
  const StreamKey key = stream_key(job, fit);
  const Validation validation = validation_of(experiment.candidates[fit.candidate]);
  if (!plan.given_splits)
    return make_split(samples, experiment.stratify, job.splits, key, validation);
  const SplitTable::Parts* parts = plan.given_splits->find(experiment.name, fit.seed, fit.fold);
  CF_EXPECT(parts != nullptr);
  return split_from(*parts, samples, experiment.stratify, job.splits, key, validation);
}

std::size_t distinct_fits(const Plan& plan) {
  std::size_t count = 0;
  for (const Cohort& cohort : plan.cohorts) count += cohort.fits.size();
  return count;
}

}  // namespace crossfold
