#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "crossfold/core/random_stream.h"

namespace crossfold::stats {

/// Two labels of the same units (patients), each in 0..levels-1.
struct PairedLabels {
  std::vector<std::int32_t> a;  ///< [n]
  std::vector<std::int32_t> b;  ///< [n]
  std::size_t a_levels = 0;
  std::size_t b_levels = 0;
};

/// How many units have each pair of levels, [a_levels, b_levels] row-major. O(n).
[[nodiscard]] std::vector<std::uint64_t> contingency_table(const PairedLabels& labels);

/// Cramer's V of a table [rows, columns]: sqrt(chi^2 / (n (min(r, c) - 1))), where r and c count
/// the rows and columns that are not empty (Cramer 1946, section 21.9; no correction for bias): 0
/// where the labels are independent, 1 where one gives the other. Empty with fewer than two of
/// either.
[[nodiscard]] std::optional<double> cramers_v(std::span<const std::uint64_t> table,
                                              std::size_t rows, std::size_t columns);

/// Cramer's V and the share of random orders of `b`, the given one counted in, in which it is at
/// least as large: an exact test for any margins (Phipson and Smyth 2010). `permutations` >= 1.
struct Association {
  double v = 0;
  double p = 1;
};
[[nodiscard]] std::optional<Association> test_association(const PairedLabels& labels,
                                                          std::size_t permutations,
                                                          RandomStream& stream);

}  // namespace crossfold::stats
