#include "crossfold/plan/plan_basis.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/sample_warnings.h"
#include "crossfold/samples/source_splits.h"

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

void add_notes(const Experiment& experiment, const ExperimentSamples& samples, int folds,
               std::vector<std::string>& notes) {
  for (const auto& [reason, count] : samples.left_out)
    notes.push_back(fmt::format("experiment '{}': {} left out ({})", experiment.name,
                                counted(count, "sample"), reason));
  for (const ProbedAttribute& attribute : samples.probed)
    if (attribute.missing > 0)
      notes.push_back(
          fmt::format("experiment '{}': {} have no '{}' and are left out where it is "
                      "probed",
                      experiment.name, counted(attribute.missing, "sample"), attribute.name));
  for (const Label label : labels_needed(experiment))
    for (const RareLevel& rare : rare_levels(samples, label, folds))
      notes.push_back(
          fmt::format("experiment '{}': {} '{}' has {} ({}) for {} folds, so some folds lack it",
                      experiment.name, name_of(label), rare.level, counted(rare.groups, "group"),
                      counted(rare.samples, "sample"), folds));
}

bool leaves_sources_out(const Experiment& experiment) {
  return experiment.sweep && experiment.sweep->selects(SelectionRule::source_out);
}

std::vector<std::uint32_t> usable_sources(const ExperimentSamples& samples,
                                          const Experiment& experiment) {
  std::vector<std::uint32_t> usable;
  if (!leaves_sources_out(experiment)) return usable;
  for (const LeftOutSource& out : leave_sources_out(samples))
    if (is_usable(out, experiment)) usable.push_back(out.source);
  return usable;
}

/// Fits of an experiment on one embedding set, in double, where the product cannot wrap around.
double fits_of(const Experiment& experiment, const SplitSettings& splits, std::size_t sources) {
  double per_candidate = static_cast<double>(splits.seeds) * splits.folds;
  const double inner =
      experiment.sweep && experiment.sweep->nested ? experiment.sweep->nested->folds : 0;
  const auto drawn = static_cast<double>(
      std::count_if(experiment.candidates.begin(), experiment.candidates.end(),
                    [](const Candidate& candidate) { return !candidate.parameters.empty(); }));
  const double nested = drawn * per_candidate * inner;
  if (leaves_sources_out(experiment))
    per_candidate += static_cast<double>(splits.seeds) * static_cast<double>(sources);
  const std::size_t all = experiment.candidates.size() + candidates_to_come(experiment);
  return static_cast<double>(all) * per_candidate + nested;
}

/// Every split must leave as many groups as there are inner folds.
void check_inner_folds(const Job& job, const PlanBasis& basis, std::uint32_t experiment,
                       const std::string& where, Mistakes& mistakes) {
  const std::optional<SweepSettings>& sweep = job.experiments[experiment].sweep;
  if (!sweep || !sweep->nested) return;
  const ExperimentSamples& samples = basis.samples[experiment];
  for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(job.splits.seeds); ++seed)
    for (std::uint32_t fold = 0; fold < static_cast<std::uint32_t>(job.splits.folds); ++fold) {
      const Split outer = split_at(
          job, basis, {.experiment = experiment, .seed = SeedIndex(seed), .fold = FoldIndex(fold)});
      std::set<std::uint32_t> groups;
      for (const std::uint32_t row : outer.train) groups.insert(samples.group[row]);
      if (groups.size() >= static_cast<std::size_t>(sweep->nested->folds)) continue;
      mistakes.add(
          where + "/sweep/nested/folds",
          fmt::format("is {} ({} are left when fold {} of seed {} is held out, and a group "
                      "is never divided). lower it or widen 'samples'",
                      sweep->nested->folds, counted(groups.size(), "group"), fold, seed));
      return;
    }
}

/// False when the plan would be too large to be looked at any further.
bool check_count(const Job& job, std::size_t sources, Mistakes& mistakes) {
  double fits = 0;
  for (const Experiment& experiment : job.experiments)
    fits += fits_of(experiment, job.splits, sources);
  fits *= static_cast<double>(job.embeddings.size());
  if (fits <= kMostFits) return true;
  mistakes.add("", fmt::format("asks for {:.15g} fits (at most {} are accepted). split it into "
                               "several jobs",
                               fits, kMostFits));
  return false;
}

}  // namespace

PlanBasis make_basis(const Job& job, const SampleTable& samples,
                     const std::vector<EmbeddingInfo>& embeddings, std::string_view split_csv) {
  Mistakes mistakes;
  PlanBasis basis;
  const SampleTable table = with_roles(samples, job.roles, mistakes);
  const bool roles_are_known = mistakes.empty();
  basis.embeddings = find_embeddings(job, embeddings, mistakes);
  const bool countable = check_count(job, table.domain.levels.size(), mistakes);
  // Without the roles nobody knows the pools, and too many splits are not gone through one by one.
  if (!roles_are_known || !countable) mistakes.throw_if_any(ErrorCode::bad_input, job.name);
  if (job.splits.file)
    basis.given_splits = SplitTable::parse(split_csv, job.splits.file->string(), table.id);
  for (std::size_t i = 0; i < job.experiments.size(); ++i) {
    const Experiment& experiment = job.experiments[i];
    const std::string where = fmt::format("/experiments/{}", i);
    basis.samples.push_back(select_samples(table, experiment, where, mistakes));
    basis.left_out_sources.emplace_back();
    const ExperimentSamples& selected = basis.samples.back();
    if (selected.pool.empty()) continue;
    if (basis.given_splits)
      basis.given_splits->check(experiment.name, selected, table, job.splits, mistakes);
    else
      check_folds(selected, job.splits, where, mistakes);
    add_notes(experiment, selected, job.splits.folds, basis.notes);
    if (!leaves_sources_out(experiment)) continue;
    basis.left_out_sources.back() = usable_sources(selected, experiment);
    for (std::string& note : check_sources(selected, experiment, where + "/sweep/select", mistakes))
      basis.notes.push_back(std::move(note));
  }
  mistakes.throw_if_any(ErrorCode::bad_input, job.name);
  for (std::uint32_t i = 0; i < job.experiments.size(); ++i)
    check_inner_folds(job, basis, i, fmt::format("/experiments/{}", i), mistakes);
  mistakes.throw_if_any(ErrorCode::bad_input, job.name);
  basis.warnings = sample_warnings(table);
  return basis;
}

Validation validation_of(CandidateKind kind) {
  return kind == CandidateKind::linear ? Validation::none : Validation::set_aside;
}

StreamKey stream_key_at(const Job& job, const SplitPlace& place) {
  StreamKey key{.root_seed = job.seed, .seed = place.seed, .fold = place.fold};
  if (place.scheme == SplitScheme::k_fold) return key;
  const Digest digest = Hasher()
                            .text("crossfold-scheme")
                            .number(job.seed)
                            .text(name_of(place.scheme))
                            .number(place.inner.value)
                            .finish();
  key.root_seed = 0;
  for (std::size_t i = 0; i < sizeof key.root_seed; ++i)
    key.root_seed = key.root_seed << 8 | digest.bytes[i];
  return key;
}

namespace {

double validation_share(const Job& job, const SplitPlace& place) {
  return place.validation == Validation::set_aside ? job.splits.validation : 0;
}

Split fold_held_out(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  const Experiment& experiment = job.experiments[place.experiment];
  const ExperimentSamples& samples = basis.samples[place.experiment];
  const StreamKey key = stream_key_at(job, place);
  if (!basis.given_splits)
    return make_split(samples, experiment.stratify, job.splits, key, place.validation);
  const SplitTable::Parts* parts =
      basis.given_splits->find(experiment.name, place.seed, place.fold);
  CF_EXPECT(parts != nullptr);
  return split_from(*parts, samples, experiment.stratify, job.splits, key, place.validation);
}

Split source_held_out(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  const ExperimentSamples& samples = basis.samples[place.experiment];
  LeftOutSource out = leave_source_out(samples, place.fold.value);
  return set_validation_aside(samples, job.experiments[place.experiment].stratify,
                              validation_share(job, place), stream_key_at(job, place),
                              std::move(out.test), out.others);
}

}  // namespace

InnerFolds inner_folds_at(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  const SplitPlace outer{.experiment = place.experiment, .seed = place.seed, .fold = place.fold};
  SplitPlace dealt = outer;  // one dealing for all inner folds
  dealt.scheme = SplitScheme::nested;
  const Experiment& experiment = job.experiments[place.experiment];
  CF_EXPECT(experiment.sweep && experiment.sweep->nested);
  InnerFolds inner;
  inner.rows = all_other_folds(fold_held_out(job, basis, outer));
  inner.folds = deal_inner_folds(basis.samples[place.experiment], experiment.stratify, inner.rows,
                                 experiment.sweep->nested->folds, stream_key_at(job, dealt));
  return inner;
}

Split hold_inner_out(const Job& job, const PlanBasis& basis, const SplitPlace& place,
                     const InnerFolds& inner) {
  std::vector<std::uint32_t> test, others;
  for (std::size_t i = 0; i < inner.rows.size(); ++i)
    (inner.folds[i] == place.inner.value ? test : others).push_back(inner.rows[i]);
  return set_validation_aside(
      basis.samples[place.experiment], job.experiments[place.experiment].stratify,
      validation_share(job, place), stream_key_at(job, place), std::move(test), others);
}

Split split_at(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  switch (place.scheme) {
    case SplitScheme::k_fold:
      return fold_held_out(job, basis, place);
    case SplitScheme::source_out:
      return source_held_out(job, basis, place);
    case SplitScheme::nested:
      return hold_inner_out(job, basis, place, inner_folds_at(job, basis, place));
  }
  throw_contract_error("a known scheme", __FILE__, __LINE__);
}

}  // namespace crossfold
