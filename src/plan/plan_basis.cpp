#include "crossfold/plan/plan_basis.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/left_out.h"
#include "crossfold/samples/sample_warnings.h"

namespace crossfold {
namespace {

constexpr int kMostFits = 10'000'000;

std::vector<EmbeddingInfo> find_embeddings(const Job& job,
                                           const std::vector<EmbeddingInfo>& available,
                                           ValidationErrors& errors) {
  std::vector<EmbeddingInfo> found;
  std::vector<std::string> names;
  names.reserve(available.size());
  for (const EmbeddingInfo& info : available) names.push_back(info.name);
  for (const std::string& wanted : job.embeddings) {
    const auto at = std::find(names.begin(), names.end(), wanted);
    if (at != names.end())
      found.push_back(available[static_cast<std::size_t>(at - names.begin())]);
    else if (names.empty())
      errors.add("/embeddings", fmt::format("has \"{}\" (the store holds no embedding set). add "
                                            "it to the store or name another store",
                                            wanted));
    else
      errors.add("/embeddings",
                 fmt::format("has \"{}\" (the store does not hold it). choose one of {}", wanted,
                             fmt::join(names, ", ")));
  }
  return found;
}

void add_notes(const Experiment& experiment, const ExperimentSamples& samples,
               const SplitSettings& splits, std::vector<std::string>& notes) {
  for (const auto& [reason, count] : samples.left_out)
    notes.push_back(fmt::format("experiment '{}': {} left out ({})", experiment.name,
                                counted(count, "sample"), reason));
  for (const ProbedAttribute& attribute : samples.probed)
    if (attribute.missing > 0)
      notes.push_back(
          fmt::format("experiment '{}': {} have no '{}' and are left out where it is "
                      "probed",
                      experiment.name, counted(attribute.missing, "sample"), attribute.name));
  for (const ProbedAttribute& attribute : samples.adversaries)
    if (attribute.missing > 0)
      notes.push_back(fmt::format(
          "experiment '{}': {} have no '{}' and are left out of the loss of that adversary",
          experiment.name, counted(attribute.missing, "sample"), attribute.name));
  if (splits.scheme != SplitScheme::k_fold) return;
  for (const Label label : labels_needed(experiment))
    for (const RareLevel& rare : rare_levels(samples, label, splits.folds))
      notes.push_back(
          fmt::format("experiment '{}': {} '{}' has {} ({}) for {} folds, so some folds lack it",
                      experiment.name, name_of(label), rare.level, counted(rare.groups, "group"),
                      counted(rare.samples, "sample"), splits.folds));
}

bool leaves_sources_out(const Experiment& experiment) {
  return experiment.sweep && experiment.sweep->selects(SelectionRule::source_out);
}

/// Fits of an experiment on one embedding set, in double, where the product cannot wrap around. Of
/// levels that are left out nobody knows the number yet: one turn.
double fits_of(const Experiment& experiment, const SplitSettings& splits, std::size_t sources) {
  double per_candidate =
      static_cast<double>(splits.seeds) * (splits.scheme == SplitScheme::k_fold ? splits.folds : 1);
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

/// Every division must leave something to train on and something to score.
void check_division(const Job& job, const PlanBasis& basis, std::uint32_t experiment,
                    const std::string& where, ValidationErrors& errors) {
  const Experiment& of = job.experiments[experiment];
  const CodedColumn& target = basis.samples[experiment].column(of.target);
  for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(job.splits.seeds); ++seed) {
    const Split split = split_at(job, basis,
                                 {.experiment = experiment,
                                  .seed = SeedIndex(seed),
                                  .fold = {},
                                  .validation = Validation::none,
                                  .scheme = SplitScheme::hold_out});
    std::set<std::int32_t> levels;
    for (const std::uint32_t row : split.train) levels.insert(target.codes[row]);
    if (levels.size() >= 2 && !split.test.empty()) continue;
    const bool is_given = basis.given_splits.has_value();
    const std::string why =
        is_given ? "the split file divides so"
                 : fmt::format("the division of the store holds {:g} of it out", job.splits.test);
    errors.add(where, fmt::format("has {} to train on and {} to score in seed {} ({}). {}, or "
                                  "widen 'samples'",
                                  counted(levels.size(), name_of(of.target)),
                                  counted(split.test.size(), "sample"), seed, why,
                                  is_given ? "change the file" : "change splits.test"));
    return;
  }
}

/// Adds a note for each named set that some of the experiment's fits cannot be scored on.
void note_sets(const Job& job, const PlanBasis& basis, std::uint32_t experiment,
               std::vector<std::string>& notes, ValidationErrors& errors) {
  const Experiment& of = job.experiments[experiment];
  if (of.evaluate_sets.empty()) return;
  const auto seeds = static_cast<std::uint32_t>(job.splits.seeds);
  const std::uint32_t folds = splits_of_a_seed(job, basis, experiment);
  std::vector<std::size_t> empty(of.evaluate_sets.size(), 0);
  std::vector<std::size_t> left_out(of.evaluate_sets.size(), 0);
  for (std::uint32_t seed = 0; seed < seeds; ++seed)
    for (std::uint32_t fold = 0; fold < folds; ++fold) {
      const Split split = split_at(job, basis,
                                   {.experiment = experiment,
                                    .seed = SeedIndex(seed),
                                    .fold = FoldIndex(fold),
                                    .validation = Validation::none,
                                    .scheme = job.splits.scheme});
      for (std::size_t i = 0; i < empty.size(); ++i) {
        empty[i] += split.sets[i].empty() ? 1 : 0;
        left_out[i] += basis.samples[experiment].sets[i].size() - split.sets[i].size();
      }
    }
  const std::size_t splits = std::size_t{seeds} * folds;
  for (std::size_t i = 0; i < empty.size(); ++i) {
    const std::string& name = of.evaluate_sets[i];
    if (empty[i] == splits)
      errors.add(fmt::format("/experiments/{}/evaluate", experiment),
                 fmt::format("has \"{}\" (every split trains on its patients, so that nothing of "
                             "it is left to score). remove it",
                             name));
    else if (empty[i] > 0)
      notes.push_back(fmt::format("experiment '{}': {} of {} splits leave nothing of '{}' to score",
                                  of.name, empty[i], splits, name));
    const std::size_t all = basis.samples[experiment].sets[i].size() * splits;
    if (empty[i] < splits && left_out[i] > 0 && job.splits.scheme != SplitScheme::hold_out)
      notes.push_back(fmt::format(
          "experiment '{}': of '{}', {:.3g} % of the samples are left out "
          "of a fit's score, for it trains on their patients",
          of.name, name, 100 * static_cast<double>(left_out[i]) / static_cast<double>(all)));
  }
}

/// Every split must leave as many groups as there are inner folds.
void check_inner_folds(const Job& job, const PlanBasis& basis, std::uint32_t experiment,
                       const std::string& where, ValidationErrors& errors) {
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
      errors.add(where + "/sweep/nested/folds",
                 fmt::format("is {} ({} are left when fold {} of seed {} is held out, and a group "
                             "is never divided). lower it or widen 'samples'",
                             sweep->nested->folds, counted(groups.size(), "group"), fold, seed));
      return;
    }
}

/// Fills in the samples of each experiment, and the sources of which each is left out once.
void select_all(const Job& job, const SampleTable& table, const JobSelection& selection,
                PlanBasis& basis, ValidationErrors& errors) {
  for (std::size_t i = 0; i < job.experiments.size(); ++i) {
    const Experiment& experiment = job.experiments[i];
    basis.samples.push_back(
        select_samples(table, experiment, selection, fmt::format("/experiments/{}", i), errors));
    const ExperimentSamples& selected = basis.samples.back();
    basis.left_out_sources.emplace_back();
    if (leaves_sources_out(experiment) && !selected.pool.empty())
      basis.left_out_sources.back() = usable_sources(selected, experiment);
  }
}

/// False when the plan would be too large to be looked at any further.
bool check_count(const Job& job, const PlanBasis& basis, ValidationErrors& errors) {
  double fits = 0;
  for (std::size_t i = 0; i < job.experiments.size(); ++i) {
    const bool selected = i < basis.left_out_sources.size();
    fits +=
        fits_of(job.experiments[i], job.splits, selected ? basis.left_out_sources[i].size() : 0);
  }
  fits *= static_cast<double>(job.embeddings.size());
  if (fits <= kMostFits) return true;
  errors.add("", fmt::format("asks for {:.15g} fits (at most {} are accepted). split it into "
                             "several jobs",
                             fits, kMostFits));
  return false;
}

}  // namespace

PlanBasis make_basis(const Job& job, const SampleTable& samples,
                     const std::vector<EmbeddingInfo>& embeddings, std::string_view split_csv) {
  ValidationErrors errors;
  PlanBasis basis;
  const SampleTable table = with_roles(samples, job.roles, errors);
  const bool roles_are_known = errors.empty();
  basis.embeddings = find_embeddings(job, embeddings, errors);
  JobSelection selection;
  if (job.splits.scheme == SplitScheme::leave_out) selection.leave_out = job.splits.leave_out;
  // Without the roles nobody knows the pools, and too many splits are not gone through one by one.
  if (roles_are_known) {
    selection.sets = find_sets(table, job, errors);
    select_all(job, table, selection, basis, errors);
  }
  const bool countable = check_count(job, basis, errors);
  if (!roles_are_known || !countable) errors.throw_if_any(ErrorCode::bad_input, job.name);
  if (job.splits.file)
    basis.given_splits = SplitTable::parse(split_csv, job.splits.file->string(), table.id);
  if (job.splits.scheme == SplitScheme::hold_out)
    basis.division = division_of(table, job.splits.test);
  for (std::size_t i = 0; i < job.experiments.size(); ++i) {
    const Experiment& experiment = job.experiments[i];
    const std::string where = fmt::format("/experiments/{}", i);
    basis.left_out_turns.emplace_back();
    const ExperimentSamples& selected = basis.samples[i];
    if (selected.pool.empty()) continue;
    if (basis.given_splits)
      basis.given_splits->check(experiment.name, selected, table, job.splits, errors);
    else if (job.splits.scheme == SplitScheme::k_fold)
      check_folds(selected, job.splits, where, errors);
    add_notes(experiment, selected, job.splits, basis.notes);
    if (selection.leave_out && !selected.left_out_by.codes.empty()) {
      LeftOutTurns turns =
          left_out_turns(selected, experiment, *selection.leave_out, where, errors);
      basis.left_out_turns.back() = std::move(turns.levels);
      std::move(turns.notes.begin(), turns.notes.end(), std::back_inserter(basis.notes));
    }
    if (!leaves_sources_out(experiment)) continue;
    for (std::string& note : check_sources(selected, experiment, where + "/sweep/select", errors))
      basis.notes.push_back(std::move(note));
  }
  errors.throw_if_any(ErrorCode::bad_input, job.name);
  for (std::uint32_t i = 0; i < job.experiments.size(); ++i) {
    const std::string where = fmt::format("/experiments/{}", i);
    check_inner_folds(job, basis, i, where, errors);
    if (job.splits.scheme == SplitScheme::hold_out) check_division(job, basis, i, where, errors);
    note_sets(job, basis, i, basis.notes, errors);
  }
  errors.throw_if_any(ErrorCode::bad_input, job.name);
  basis.warnings = sample_warnings(table);
  return basis;
}

std::uint32_t splits_of_a_seed(const Job& job, const PlanBasis& basis, std::uint32_t experiment) {
  switch (job.splits.scheme) {
    case SplitScheme::leave_out:
      return static_cast<std::uint32_t>(basis.left_out_turns[experiment].size());
    case SplitScheme::hold_out:
      return 1;
    default:
      return static_cast<std::uint32_t>(job.splits.folds);
  }
}

Validation validation_of(const Candidate& candidate) {
  return is_network(candidate) ? Validation::set_aside : Validation::none;
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

/// As the file says.
Split given_split(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  const Experiment& experiment = job.experiments[place.experiment];
  const SplitTable::Parts* parts =
      basis.given_splits->find(experiment.name, place.seed, place.fold);
  CF_EXPECT(parts != nullptr);
  return split_from(*parts, basis.samples[place.experiment], experiment.stratify, job.splits,
                    stream_key_at(job, place), place.validation);
}

Split fold_held_out(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  if (basis.given_splits) return given_split(job, basis, place);
  return make_split(basis.samples[place.experiment], job.experiments[place.experiment].stratify,
                    job.splits, stream_key_at(job, place), place.validation);
}

Split share_held_out(const Job& job, const PlanBasis& basis, const SplitPlace& place,
                     const std::vector<bool>& held_out) {
  const ExperimentSamples& samples = basis.samples[place.experiment];
  std::vector<std::uint32_t> test, others;
  for (const std::uint32_t row : samples.pool) (held_out[row] ? test : others).push_back(row);
  return set_validation_aside(samples, job.experiments[place.experiment].stratify,
                              validation_share(job, place), stream_key_at(job, place),
                              std::move(test), others);
}

Split levels_held_out(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  const Experiment& experiment = job.experiments[place.experiment];
  const ExperimentSamples& samples = basis.samples[place.experiment];
  LeftOut out = leave_out(samples, experiment.target, samples.left_out_by,
                          basis.left_out_turns[place.experiment].at(place.fold.value));
  return set_validation_aside(samples, experiment.stratify, validation_share(job, place),
                              stream_key_at(job, place), std::move(out.test), out.others);
}

Split source_held_out(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  const ExperimentSamples& samples = basis.samples[place.experiment];
  LeftOut out = leave_source_out(samples, place.fold.value);
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

std::vector<bool> held_out_of(const Job& job, const PlanBasis& basis, SeedIndex seed) {
  const SplitPlace place{.seed = seed, .fold = {}, .scheme = SplitScheme::hold_out};
  return held_out_rows(basis.division.value(), stream_key_at(job, place));
}

Split split_at(const Job& job, const PlanBasis& basis, const SplitPlace& place) {
  const ExperimentSamples& samples = basis.samples[place.experiment];
  const std::optional<Label>& balance = job.experiments[place.experiment].balance;
  const auto with_sets = [&](Split split, const std::vector<bool>* held_out) {
    if (balance) split = balanced(samples, *balance, std::move(split), stream_key_at(job, place));
    split.sets = scorable_sets(samples, split, held_out);
    return split;
  };
  switch (place.scheme) {
    case SplitScheme::k_fold:
      return with_sets(fold_held_out(job, basis, place), nullptr);
    case SplitScheme::hold_out: {
      if (basis.given_splits) return with_sets(given_split(job, basis, place), nullptr);
      const std::vector<bool> held_out = held_out_of(job, basis, place.seed);
      return with_sets(share_held_out(job, basis, place, held_out), &held_out);
    }
    case SplitScheme::leave_out:
      return with_sets(levels_held_out(job, basis, place), nullptr);
    case SplitScheme::source_out:
      return source_held_out(job, basis, place);
    case SplitScheme::nested:
      return hold_inner_out(job, basis, place, inner_folds_at(job, basis, place));
  }
  throw_contract_error("a known scheme", __FILE__, __LINE__);
}

}  // namespace crossfold
