#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
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
  FoldIndex fold;  ///< as SplitPlace::fold
  SplitScheme scheme = SplitScheme::k_fold;
  FoldIndex inner = {};  ///< as SplitPlace::inner
  double cost = 0;       ///< estimated floating-point operations
};

/// Fits trained together on one device: network fits of one experiment, embedding set and split
/// with one batch size, at most Job::cohort of them, or one linear fit. No number depends on them:
/// towards the end of a run they are cut, so that no worker stands idle.
struct Cohort {
  std::vector<std::uint32_t> fits;  ///< indices into Plan::fits
  double cost = 0;
};

/// Fits of one experiment that are trained only where a stage asks for them (plan/stages.h): those
/// of candidates that race, or that are drawn by generations.
struct Chain {
  std::uint32_t experiment = 0;  ///< index into Job::experiments
  /// Index into Job::embeddings; empty: on all of them, where one search serves them all.
  std::optional<std::uint32_t> embedding;
  std::vector<std::uint32_t> fits;  ///< indices into Plan::fits, increasing
  std::uint64_t to_come = 0;        ///< fits of candidates that are not drawn yet, at most
};

/// Everything a job implies for a store.
struct Plan {
  PlanBasis basis;
  /// Ordered by experiment, embedding, candidate, scheme, seed, fold, inner fold; behind them
  /// likewise those of each generation of candidates that was added.
  std::vector<Fit> fits;
  /// Each distinct fit id once.
  std::vector<Cohort> cohorts;
  std::vector<Chain> chains;  ///< in the order of their fits; empty: every fit is trained
  /// Over all fit ids in order, but for those added later: two processes with one plan hash do the
  /// same work.
  Digest hash;
};

/// The fits that a job implies. Pure.
[[nodiscard]] Plan make_plan(const Job& job, PlanBasis basis);
/// The same from the store's content; errors as make_basis.
[[nodiscard]] Plan make_plan(const Job& job, const SampleTable& samples,
                             const std::vector<EmbeddingInfo>& embeddings,
                             std::string_view split_csv = {});

/// Adds candidates to those of a chain: to the end of the experiment's list, and their fits to the
/// end of the plan's and the chain's. Returns the indices of these fits.
std::vector<std::uint32_t> add_candidates(Job& job, Plan& plan, std::uint32_t chain,
                                          std::vector<Candidate> candidates);

/// Cohorts of some of a plan's fits, each distinct id once, in their order.
[[nodiscard]] std::vector<Cohort> form_cohorts(const Job& job, std::span<const Fit> plan,
                                               std::span<const std::uint32_t> fits);

/// The split of one fit, rebuilt.
[[nodiscard]] Split split_of(const Job& job, const Plan& plan, const Fit& fit);

/// "cohen", "cohen and nih": what a fit of the scheme leave_out was not trained on.
[[nodiscard]] std::string left_out_in(const PlanBasis& basis, const Fit& fit);

/// "seed 1, fold 3"; "seed 1, source cohen left out"; "seed 1, fold 3, inner fold 0"; "seed 1".
[[nodiscard]] std::string split_text(const Plan& plan, const Fit& fit);

/// Distinct fits of the plan; candidates that differ in name only share theirs.
[[nodiscard]] std::size_t distinct_fits(const Plan& plan);
/// Fits of candidates that are not drawn yet, at most.
[[nodiscard]] std::uint64_t fits_to_come(const Plan& plan);

}  // namespace crossfold
