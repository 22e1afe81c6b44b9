#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "crossfold/audit/run_evidence.h"
#include "crossfold/solve/closest_pairs.h"
#include "crossfold/stats/exponential_tail.h"

namespace crossfold::audit {

/// The nearest pairs of rows of different patients, and how near pairs are that are not the same
/// picture.
///
/// Rows are centred by the pool's mean and scaled to length one, r is the distance of two. Around
/// a point of data with d dimensions the share of others within r is proportional to r^d
/// (Levina and Bickel 2004), so y = -log r has an exponential upper tail with rate d, which is
/// fitted to the store's own nearest pairs. Copies among them would make the tail look heavier;
/// the nearest quarter only counts as ranks. Rows of isotropic noise thin out faster than the fit
/// says, so that it errs towards calling near pairs ordinary.
struct NearPairs {
  std::vector<solve::ClosePair> pairs;  ///< rows of the store, nearest first; none identical
  std::uint64_t compared = 0;
  std::optional<stats::ExponentialTail> tail;  ///< of -log(distance); empty: too few pairs

  /// How many pairs of different pictures are expected to be at least so near in such a store.
  [[nodiscard]] double expected(const solve::ClosePair& pair) const;
  /// The first of `pairs` whose expected number is at most `most`.
  [[nodiscard]] std::size_t count_within(double most) const;
};

/// How many of so many pairs are kept: those that the tail is fitted to.
[[nodiscard]] std::size_t kept_pairs(std::uint64_t pairs);
/// Sets `tail` from `pairs`, whose nearest quarter may be copies.
void fit_tail(NearPairs& near);

struct NearRows {
  /// Rows of the store that are equal to the bit, two or more each, ascending.
  std::vector<std::vector<std::uint32_t>> identical;
  NearPairs pool;  ///< both in the pool of an experiment
  NearPairs oos;   ///< `a` out of sample, `b` in a pool
};

/// All pairs of an embedding set, on all cores that this process may use. Identical rows are
/// compared once. Each experiment's pool counts.
[[nodiscard]] NearRows find_near_rows(const RunEvidence& evidence, std::size_t embedding);

/// The least number of events that a Poisson variable of this mean reaches with at most 1 %.
[[nodiscard]] std::size_t surprising_count(double mean);

/// For every row of the store, the rows of other patients that are identical to it or nearer than
/// `most` pairs are expected to be.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> linked_rows(const RunEvidence& evidence,
                                                                  std::size_t embedding,
                                                                  double most);

}  // namespace crossfold::audit
