#include "crossfold/imaging/image_oddity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace crossfold {

std::optional<std::string> image_oddity(const GrayImage& image) {
  constexpr std::size_t kNeighbours = 8;
  constexpr double kNearlyAll = 0.98;
  std::array<std::size_t, 256> counts{};
  for (const std::uint8_t pixel : image.pixels) ++counts[pixel];
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t gray = 0; gray + kNeighbours <= counts.size(); ++gray) {
    std::size_t sum = 0;
    for (std::size_t i = gray; i < gray + kNeighbours; ++i) sum += counts[i];
    if (sum > most) {
      most = sum;
      first = gray;
    }
  }
  const std::size_t one = *std::max_element(counts.begin(), counts.end());
  if (one == image.pixels.size())
    return fmt::format("blank (all of it has the gray {})", image.pixels.front());
  const double share = static_cast<double>(most) / static_cast<double>(image.pixels.size());
  if (share < kNearlyAll) return std::nullopt;
  return fmt::format("nearly blank ({:.1f} % of it has the grays {} to {})",
                     std::floor(1000 * share) / 10, first, first + kNeighbours - 1);
}

}  // namespace crossfold
