#include "fold_table.h"

#include <fmt/format.h>

#include "crossfold/samples/left_out.h"
#include "crossfold/samples/splits.h"

namespace crossfold::audit {
namespace {

/// Folds of k-fold, one division for each seed.
FoldTable folds_of_seeds(const RunRecords& records, std::size_t experiment) {
  const Experiment& asked = records.job.experiments[experiment];
  const PlanBasis& basis = records.plan.basis;
  const ExperimentSamples& samples = basis.samples[experiment];
  const SplitSettings& settings = records.job.splits;
  FoldTable table;
  table.folds = static_cast<std::size_t>(settings.folds);
  for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(settings.seeds); ++seed) {
    table.names.push_back(fmt::format("seed {}", seed));
    std::vector<std::int32_t>& of = table.fold.emplace_back(records.samples.size(), -1);
    if (!basis.given_splits) {
      const StreamKey key{.root_seed = records.job.seed, .seed = SeedIndex{seed}, .fold = {}};
      const auto dealt = deal_folds(samples, asked.stratify, settings, key);
      for (std::size_t i = 0; i < dealt.size(); ++i)
        of[samples.pool[i]] = static_cast<std::int32_t>(dealt[i]);
      continue;
    }
    for (std::uint32_t fold = 0; fold < table.folds; ++fold)
      if (const auto* parts =
              basis.given_splits->find(asked.name, SeedIndex{seed}, FoldIndex{fold}))
        for (const std::uint32_t row : parts->test) of[row] = static_cast<std::int32_t>(fold);
  }
  return table;
}

/// A division for each split.
FoldTable divisions(const RunRecords& records, std::uint32_t experiment) {
  const PlanBasis& basis = records.plan.basis;
  FoldTable table;
  table.folds = 1;
  table.divisions_of_a_seed = splits_of_a_seed(records.job, basis, experiment);
  for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(records.job.splits.seeds); ++seed)
    for (std::uint32_t turn = 0; turn < table.divisions_of_a_seed; ++turn) {
      const Split split = split_at(records.job, basis,
                                   {.experiment = experiment,
                                    .seed = SeedIndex{seed},
                                    .fold = FoldIndex{turn},
                                    .validation = Validation::none,
                                    .scheme = records.job.splits.scheme});
      std::vector<std::int32_t>& of = table.fold.emplace_back(records.samples.size(), -1);
      for (const std::uint32_t row : split.test) of[row] = 0;
      for (const std::uint32_t row : split.train) of[row] = 1;
      std::string name = fmt::format("seed {}", seed);
      if (records.job.splits.scheme == SplitScheme::leave_out)
        name += " without " +
                left_out_name(basis.samples[experiment], basis.left_out_turns[experiment][turn]);
      table.names.push_back(std::move(name));
    }
  return table;
}

}  // namespace

const std::vector<std::int32_t>& FoldTable::of(const Fit& fit) const {
  const bool has_folds = folds > 1;
  return fold.at(has_folds ? fit.seed.value
                           : fit.seed.value * divisions_of_a_seed + fit.fold.value);
}

bool FoldTable::crosses(std::size_t a, std::size_t b) const {
  for (const std::vector<std::int32_t>& of : fold)
    if (of[a] >= 0 && of[b] >= 0 && of[a] != of[b]) return true;
  return false;
}

FoldTable fold_table(const RunRecords& records, std::size_t experiment) {
  return records.job.splits.scheme == SplitScheme::k_fold
             ? folds_of_seeds(records, experiment)
             : divisions(records, static_cast<std::uint32_t>(experiment));
}

std::vector<FoldTable> fold_tables(const RunRecords& records) {
  std::vector<FoldTable> tables;
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e)
    tables.push_back(fold_table(records, e));
  return tables;
}

}  // namespace crossfold::audit
