#include "crossfold/plan/plan_basis.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/sample_warnings.h"

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
  for (const Label label : labels_needed(experiment))
    for (const RareLevel& rare : rare_levels(samples, label, folds))
      notes.push_back(
          fmt::format("experiment '{}': {} '{}' has {} ({}) for {} folds, so some folds lack it",
                      experiment.name, name_of(label), rare.level, counted(rare.groups, "group"),
                      counted(rare.samples, "sample"), folds));
}

/// What a sweep can ask for and no plan can give yet.
void check_sweep(const Experiment& experiment, const std::string& where, Mistakes& mistakes) {
  if (!experiment.sweep) return;
  const std::vector<SelectionRule>& rules = experiment.sweep->select;
  if (std::find(rules.begin(), rules.end(), SelectionRule::source_out) != rules.end())
    mistakes.add(where + "/sweep/select",
                 "has 'source-out' (this version trains no fits that leave a source out). remove "
                 "it");
}

/// False when the plan would be too large to be looked at any further.
bool check_count(const Job& job, Mistakes& mistakes) {
  std::size_t candidates = 0;
  for (const Experiment& experiment : job.experiments)
    candidates += experiment.candidates.size() + candidates_to_come(experiment);
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

PlanBasis make_basis(const Job& job, const SampleTable& samples,
                     const std::vector<EmbeddingInfo>& embeddings, std::string_view split_csv) {
  Mistakes mistakes;
  PlanBasis basis;
  const SampleTable table = with_roles(samples, job.roles, mistakes);
  const bool roles_are_known = mistakes.empty();
  basis.embeddings = find_embeddings(job, embeddings, mistakes);
  const bool countable = check_count(job, mistakes);
  // Without the roles nobody knows the pools, and too many splits are not gone through one by one.
  if (!roles_are_known || !countable) mistakes.throw_if_any(ErrorCode::bad_input, job.name);
  if (job.splits.file)
    basis.given_splits = SplitTable::parse(split_csv, job.splits.file->string(), table.id);
  for (std::size_t i = 0; i < job.experiments.size(); ++i) {
    const Experiment& experiment = job.experiments[i];
    const std::string where = fmt::format("/experiments/{}", i);
    check_sweep(experiment, where, mistakes);
    basis.samples.push_back(select_samples(table, experiment, where, mistakes));
    const ExperimentSamples& selected = basis.samples.back();
    if (selected.pool.empty()) continue;
    if (basis.given_splits)
      basis.given_splits->check(experiment.name, selected, table, job.splits, mistakes);
    else
      check_folds(selected, job.splits, where, mistakes);
    add_notes(experiment, selected, job.splits.folds, basis.notes);
  }
  mistakes.throw_if_any(ErrorCode::bad_input, job.name);
  basis.warnings = sample_warnings(table);
  return basis;
}

Validation validation_of(CandidateKind kind) {
  return kind == CandidateKind::linear ? Validation::none : Validation::set_aside;
}

Split split_at(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  const Experiment& experiment = job.experiments[place.experiment];
  const ExperimentSamples& samples = basis.samples[place.experiment];
  const StreamKey key{.root_seed = job.seed, .seed = place.seed, .fold = place.fold};
  if (!basis.given_splits)
    return make_split(samples, experiment.stratify, job.splits, key, place.validation);
  const SplitTable::Parts* parts =
      basis.given_splits->find(experiment.name, place.seed, place.fold);
  CF_EXPECT(parts != nullptr);
  return split_from(*parts, samples, experiment.stratify, job.splits, key, place.validation);
}

}  // namespace crossfold
