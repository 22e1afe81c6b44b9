#include "crossfold/stats/contingency.h"

#include <algorithm>
#include <cmath>

#include "crossfold/core/error.h"

namespace crossfold::stats {

std::vector<std::uint64_t> contingency_table(const PairedLabels& labels) {
  CF_EXPECT(labels.a.size() == labels.b.size());
  std::vector<std::uint64_t> table(labels.a_levels * labels.b_levels, 0);
  for (std::size_t i = 0; i < labels.a.size(); ++i) {
    const auto a = static_cast<std::size_t>(labels.a[i]);
    const auto b = static_cast<std::size_t>(labels.b[i]);
    CF_EXPECT(labels.a[i] >= 0 && a < labels.a_levels && labels.b[i] >= 0 && b < labels.b_levels);
    ++table[a * labels.b_levels + b];
  }
  return table;
}

std::optional<double> cramers_v(std::span<const std::uint64_t> table, std::size_t rows,
                                std::size_t columns) {
  CF_EXPECT(table.size() == rows * columns);
  std::vector<double> of_row(rows, 0);
  std::vector<double> of_column(columns, 0);
  double n = 0;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      const auto count = static_cast<double>(table[r * columns + c]);
      of_row[r] += count;
      of_column[c] += count;
      n += count;
    }
  const auto occupied = [](const std::vector<double>& sums) {
    return std::count_if(sums.begin(), sums.end(), [](double sum) { return sum > 0; });
  };
  const auto least = std::min(occupied(of_row), occupied(of_column));
  if (least < 2) return std::nullopt;
  double chi_squared = 0;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      const double expected = of_row[r] * of_column[c] / n;
      if (expected == 0) continue;
      const double off = static_cast<double>(table[r * columns + c]) - expected;
      chi_squared += off * off / expected;
    }
  return std::sqrt(chi_squared / (n * static_cast<double>(least - 1)));
}

std::optional<Association> test_association(const PairedLabels& labels, std::size_t permutations,
                                            RandomStream& stream) {
  CF_EXPECT(permutations >= 1);
  const auto v_of = [](const PairedLabels& some) {
    return cramers_v(contingency_table(some), some.a_levels, some.b_levels);
  };
  const std::optional<double> v = v_of(labels);
  if (!v) return std::nullopt;
  constexpr double kRounding = 1e-12;  // equal tables, summed in another order
  PairedLabels shuffled = labels;
  std::size_t as_large = 1;
  for (std::size_t i = 0; i < permutations; ++i) {
    stream.shuffle(std::span(shuffled.b));
    if (*v_of(shuffled) >= *v - kRounding) ++as_large;
  }
  return Association{.v = *v,
                     .p = static_cast<double>(as_large) / static_cast<double>(permutations + 1)};
}

}  // namespace crossfold::stats
