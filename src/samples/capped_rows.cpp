#include "capped_rows.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace crossfold {

std::vector<std::uint32_t> capped_rows(std::span<const std::uint32_t> rows,
                                       std::span<const std::uint32_t> group,
                                       std::span<const std::int32_t> codes,
                                       std::span<const std::int64_t> caps, RandomStream stream) {
  std::vector<std::vector<std::uint32_t>> patients;
  std::unordered_map<std::uint32_t, std::size_t> number_of;
  for (const std::uint32_t row : rows) {
    const auto [found, is_new] = number_of.emplace(group[row], patients.size());
    if (is_new) patients.emplace_back();
    patients[found->second].push_back(row);
  }
  std::vector<std::size_t> order(patients.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  stream.shuffle(std::span<std::size_t>(order));

  std::vector<std::int64_t> taken(caps.size(), 0);
  std::vector<std::uint32_t> kept;
  for (const std::size_t patient : order) {
    std::vector<std::int64_t> with = taken;
    bool fits = true;
    for (const std::uint32_t row : patients[patient]) {
      if (codes[row] < 0) continue;
      const auto code = static_cast<std::size_t>(codes[row]);
      fits = fits && (++with[code] <= caps[code] || caps[code] < 0);
    }
    if (!fits) continue;
    taken = std::move(with);
    kept.insert(kept.end(), patients[patient].begin(), patients[patient].end());
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace crossfold
