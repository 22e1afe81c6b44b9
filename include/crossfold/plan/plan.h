#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/core/ids.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan_basis.h"

namespace crossfold {

/// One candidate trained on one split of one embedding set: the unit of work.
struct Fit {
  FitId id;
  std::uint32_t experiment = 0;  ///< index into Job::experiments
  std::uint32_t embedding = 0;   ///< index into Job::embeddings
  std::uint32_t candidate = 0;   ///< index into the experiment's candidates
  SeedIndex seed;
  FoldIndex fold;
  double cost = 0;  ///< estimated floating-point operations
};

/// Fits trained together on one device: network fits of one experiment, embedding set and split
/// with one batch size, at most Job::cohort of them, or one linear fit. No number depends on them:
/// towards the end of a run they are cut, so that no worker stands idle.
struct Cohort {
  std::vector<std::uint32_t> fits;  ///< indices into Plan::fits
  double cost = 0;
};

/// Everything a job implies for a store.
struct Plan {
  PlanBasis basis;
  /// Ordered by experiment, embedding, candidate, seed, fold.
  std::vector<Fit> fits;
  /// Each distinct fit id once.
  std::vector<Cohort> cohorts;
  /// Over all fit ids in order: two processes with one plan hash do the same work.
  Digest hash;
};

/// The fits that a job implies. Pure.
[[nodiscard]] Plan make_plan(const Job& job, PlanBasis basis);
/// The same from the store's content; errors as make_basis.
[[nodiscard]] Plan make_plan(const Job& job, const SampleTable& samples,
                             const std::vector<EmbeddingInfo>& embeddings,
                             std::string_view split_csv = {});

/// The split of one fit, rebuilt.
[[nodiscard]] Split split_of(const Job& job, const Plan& plan, const Fit& fit);

/// Distinct fits of the plan; candidates that differ in name only share theirs.
[[nodiscard]] std::size_t distinct_fits(const Plan& plan);

}  // namespace crossfold
