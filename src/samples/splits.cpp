#include "crossfold/samples/splits.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "capped_rows.h"
#include "group_dealer.h"

namespace crossfold {
namespace {

/// Bins of some rows of the pool.
std::vector<std::uint32_t> deal_rows(const ExperimentSamples& samples, Label stratify,
                                     std::span<const std::uint32_t> rows,
                                     std::span<const double> shares, RandomStream stream) {
  std::vector<std::uint32_t> groups;
  std::vector<std::int32_t> strata;
  groups.reserve(rows.size());
  strata.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    groups.push_back(samples.group[row]);
    strata.push_back(samples.column(stratify).codes[row]);
  }
  return deal_groups(groups, strata, shares, stream);
}

}  // namespace

std::vector<std::uint32_t> all_other_folds(const Split& split) {
  std::vector<std::uint32_t> rows;
  rows.reserve(split.train.size() + split.validation.size());
  std::merge(split.train.begin(), split.train.end(), split.validation.begin(),
             split.validation.end(), std::back_inserter(rows));
  return rows;
}

Split set_validation_aside(const ExperimentSamples& samples, Label stratify, double share,
                           const StreamKey& key, std::vector<std::uint32_t> test,
                           const std::vector<std::uint32_t>& others) {
  Split split{.train = {}, .validation = {}, .test = std::move(test)};
  if (share == 0) {
    split.train = others;
    return split;
  }
  const double shares[] = {1 - share, share};
  const std::vector<std::uint32_t> part =
      deal_rows(samples, stratify, others, shares, RandomStream(key, "validation"));
  for (std::size_t i = 0; i < others.size(); ++i)
    (part[i] == 0 ? split.train : split.validation).push_back(others[i]);
  return split;
}

std::vector<std::uint32_t> deal_folds(const ExperimentSamples& samples, Label stratify,
                                      const SplitSettings& settings, const StreamKey& key) {
  const std::vector<double> equal_shares(static_cast<std::size_t>(settings.folds), 1.0);
  const StreamKey seed_key{.root_seed = key.root_seed, .seed = key.seed, .fold = FoldIndex{}};
  return deal_rows(samples, stratify, samples.pool, equal_shares, RandomStream(seed_key, "split"));
}

std::vector<std::uint32_t> deal_inner_folds(const ExperimentSamples& samples, Label stratify,
                                            const std::vector<std::uint32_t>& rows, int folds,
                                            const StreamKey& key) {
  const std::vector<double> equal_shares(static_cast<std::size_t>(folds), 1.0);
  return deal_rows(samples, stratify, rows, equal_shares, RandomStream(key, "split"));
}

Split hold_out(const std::vector<std::uint32_t>& folds, const ExperimentSamples& samples,
               Label stratify, const SplitSettings& settings, const StreamKey& key,
               Validation validation) {
  CF_EXPECT(folds.size() == samples.pool.size());
  std::vector<std::uint32_t> test;
  std::vector<std::uint32_t> others;
  for (std::size_t i = 0; i < folds.size(); ++i)
    (folds[i] == key.fold.value ? test : others).push_back(samples.pool[i]);
  const double share = validation == Validation::set_aside ? settings.validation : 0;
  return set_validation_aside(samples, stratify, share, key, std::move(test), others);
}

Split make_split(const ExperimentSamples& samples, Label stratify, const SplitSettings& settings,
                 const StreamKey& key, Validation validation) {
  return hold_out(deal_folds(samples, stratify, settings, key), samples, stratify, settings, key,
                  validation);
}

Split balanced(const ExperimentSamples& samples, Label label, Split split, const StreamKey& key) {
  const CodedColumn& column = samples.column(label);
  for (std::vector<std::uint32_t>* part : {&split.train, &split.validation}) {
    std::vector<std::int64_t> counts(column.levels.size(), 0);
    for (const std::uint32_t row : *part)
      if (column.codes[row] >= 0) ++counts[static_cast<std::size_t>(column.codes[row])];
    std::int64_t least = 0;
    for (const std::int64_t count : counts)
      if (count > 0 && (least == 0 || count < least)) least = count;
    const std::vector<std::int64_t> caps(counts.size(), least);
    *part = capped_rows(*part, samples.group, column.codes, caps, RandomStream(key, "balance"));
  }
  return split;
}

std::vector<std::vector<std::uint32_t>> scorable_sets(const ExperimentSamples& samples,
                                                      const Split& split,
                                                      const std::vector<bool>* held_out) {
  std::unordered_set<std::uint32_t> trained;
  for (const auto* rows : {&split.train, &split.validation})
    for (const std::uint32_t row : *rows) trained.insert(samples.group[row]);
  std::vector<std::vector<std::uint32_t>> sets;
  for (const std::vector<std::uint32_t>& rows : samples.sets) {
    std::vector<std::uint32_t>& kept = sets.emplace_back();
    for (const std::uint32_t row : rows)
      if ((held_out == nullptr || (*held_out)[row]) && !trained.contains(samples.group[row]))
        kept.push_back(row);
  }
  return sets;
}

void check_folds(const ExperimentSamples& samples, const SplitSettings& settings,
                 const std::string& where, ValidationErrors& errors) {
  std::set<std::uint32_t> groups;
  for (const std::uint32_t row : samples.pool) groups.insert(samples.group[row]);
  if (groups.size() < static_cast<std::size_t>(settings.folds))
    errors.add(where, fmt::format("has {} groups for {} folds (a group is never divided, so some "
                                  "folds would be empty). lower splits.folds or widen 'samples'",
                                  groups.size(), settings.folds));
}

std::vector<RareLevel> rare_levels(const ExperimentSamples& samples, Label label, int folds) {
  const CodedColumn& column = samples.column(label);
  std::vector<std::set<std::uint32_t>> groups(column.levels.size());
  std::vector<std::size_t> count(column.levels.size());
  for (const std::uint32_t row : samples.pool) {
    if (column.codes[row] < 0) continue;
    const auto level = static_cast<std::size_t>(column.codes[row]);
    groups[level].insert(samples.group[row]);
    ++count[level];
  }
  std::vector<RareLevel> rare;
  for (std::size_t level = 0; level < groups.size(); ++level)
    if (groups[level].size() < static_cast<std::size_t>(folds))
      rare.push_back({column.levels[level], groups[level].size(), count[level]});
  return rare;
}

}  // namespace crossfold
