#include "area_means.h"

#include <algorithm>
#include <cstddef>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

/// An old pixel's share in a new one along one axis, in units of 1 / (new pixels) of an old pixel:
/// all borders are whole numbers then.
struct Share {
  std::size_t from;
  std::size_t to;
  std::uint64_t weight;
};

/// By rising `from`, then `to`. The weights of a new pixel add up to `old_count`.
std::vector<Share> shares(std::size_t old_count, std::size_t new_count) {
  std::vector<Share> result;
  std::size_t at = 0;
  while (at < old_count * new_count) {
    const std::size_t from = at / new_count;
    const std::size_t to = at / old_count;
    const std::size_t end = std::min((from + 1) * new_count, (to + 1) * old_count);
    result.push_back({from, to, end - at});
    at = end;
  }
  return result;
}

}  // namespace

std::vector<std::uint64_t> area_sums(std::span<const std::uint8_t> pixels, int width, int height,
                                     int side) {
  CF_EXPECT(width > 0 && height > 0 && side > 0);
  const auto columns = static_cast<std::size_t>(width);
  const auto new_side = static_cast<std::size_t>(side);
  CF_EXPECT(pixels.size() == columns * static_cast<std::size_t>(height));
  const std::vector<Share> across = shares(columns, new_side);
  std::vector<std::uint64_t> sums(new_side * new_side);
  std::vector<std::uint64_t> row(new_side);
  std::size_t summed = pixels.size();  // the old row in `row`; none yet
  for (const Share& down : shares(static_cast<std::size_t>(height), new_side)) {
    if (summed != down.from) {
      summed = down.from;
      std::fill(row.begin(), row.end(), 0);
      const std::uint8_t* const old_row = &pixels[summed * columns];
      for (const Share& share : across) row[share.to] += share.weight * old_row[share.from];
    }
    for (std::size_t x = 0; x < new_side; ++x) sums[down.to * new_side + x] += down.weight * row[x];
  }
  return sums;
}

}  // namespace crossfold
