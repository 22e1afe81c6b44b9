#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "crossfold/solve/feature_rows.h"

namespace crossfold::solve {

/// Rows with a mean taken away and scaled to length one, so that their products are cosines.
struct UnitRows {
  FeatureRows features;              ///< as given; no scaling. What it points to must stay alive
  std::vector<double> mean;          ///< [dim], taken away
  std::vector<double> inverse_norm;  ///< [count]; 0 for a row that is the mean itself
  std::vector<float> values;         ///< [count, dim]
};

/// `mean` [dim] in the units of the features: that of the pool, say. O(count dim).
[[nodiscard]] UnitRows unit_rows(const FeatureRows& features, std::span<const double> mean);

/// Two rows, numbered as in their UnitRows.
struct ClosePair {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  double distance = 0;  ///< of the unit vectors, sqrt(2 (1 - cosine)), in float64
};

struct ClosestPairs {
  std::vector<ClosePair> pairs;  ///< nearest first, equal ones by a and b
  std::uint64_t compared = 0;    ///< pairs of different groups, of rows that have a direction
};

/// Rows and whose they are.
struct GroupedRows {
  const UnitRows* rows = nullptr;
  std::span<const std::uint32_t> groups;  ///< [count]: the patient
};

struct ClosestPairsSettings {
  std::size_t keep = 1000;  ///< pairs at most, >= 1
  unsigned threads = 1;
};

/// The nearest pairs of rows of different groups within a set, exactly: all cosines by blocked
/// products in float32, those kept recomputed in float64. O(n^2 dim) time, O(threads keep) memory.
/// The result does not depend on the number of threads.
[[nodiscard]] ClosestPairs closest_pairs(const GroupedRows& rows,
                                         const ClosestPairsSettings& settings);
/// Likewise of one row of `a` and one of `b`.
[[nodiscard]] ClosestPairs closest_pairs(const GroupedRows& a, const GroupedRows& b,
                                         const ClosestPairsSettings& settings);

}  // namespace crossfold::solve
