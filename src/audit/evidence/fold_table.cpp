#include "fold_table.h"

#include "crossfold/samples/splits.h"

namespace crossfold::audit {

bool FoldTable::crosses(std::size_t a, std::size_t b) const {
  for (const std::vector<std::int32_t>& of : fold)
    if (of[a] >= 0 && of[b] >= 0 && of[a] != of[b]) return true;
  return false;
}

FoldTable fold_table(const RunRecords& records, std::size_t experiment) {
  const Experiment& asked = records.job.experiments[experiment];
  const PlanBasis& basis = records.plan.basis;
  const ExperimentSamples& samples = basis.samples[experiment];
  const SplitSettings& settings = records.job.splits;
  FoldTable table{.fold = {}, .folds = static_cast<std::size_t>(settings.folds)};
  for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(settings.seeds); ++seed) {
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

std::vector<FoldTable> fold_tables(const RunRecords& records) {
  std::vector<FoldTable> tables;
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e)
    tables.push_back(fold_table(records, e));
  return tables;
}

}  // namespace crossfold::audit
