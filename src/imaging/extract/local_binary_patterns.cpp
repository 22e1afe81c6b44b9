#include "local_binary_patterns.h"

#include <bit>
#include <cmath>

namespace crossfold {
namespace {

constexpr int kQuarterSide = CanonicalImage::kSide / 2;
constexpr int kCodedPerQuarter = (kQuarterSide - 1) * (kQuarterSide - 1);

/// The bin of each code: the uniform ones by rising code, then one for all others.
constexpr std::array<std::uint8_t, 256> make_bins() {
  std::array<std::uint8_t, 256> bins{};
  std::uint8_t next = 0;
  for (unsigned code = 0; code < 256; ++code) {
    const auto bits = static_cast<std::uint8_t>(code);
    const int changes = std::popcount(static_cast<std::uint8_t>(bits ^ std::rotl(bits, 1)));
    bins[code] = changes <= 2 ? next++ : static_cast<std::uint8_t>(kLbpBins - 1);
  }
  return bins;
}

unsigned code_at(const CanonicalImage& image, int x, int y) {
  const int centre = image.at(x, y);
  const std::array neighbours = {
      image.at(x + 1, y), image.at(x + 1, y + 1), image.at(x, y + 1), image.at(x - 1, y + 1),
      image.at(x - 1, y), image.at(x - 1, y - 1), image.at(x, y - 1), image.at(x + 1, y - 1)};
  unsigned code = 0;
  for (std::size_t k = 0; k < neighbours.size(); ++k)
    code |= static_cast<unsigned>(neighbours[k] >= centre) << k;
  return code;
}

}  // namespace

std::array<double, kLbpQuarters * kLbpBins> local_binary_patterns(const CanonicalImage& image) {
  static constexpr std::array<std::uint8_t, 256> kBins = make_bins();
  std::array<double, kLbpQuarters * kLbpBins> values{};
  for (int y = 1; y < CanonicalImage::kSide - 1; ++y)
    for (int x = 1; x < CanonicalImage::kSide - 1; ++x) {
      const auto quarter = static_cast<std::size_t>(y / kQuarterSide) * 2 +
                           static_cast<std::size_t>(x / kQuarterSide);
      values[quarter * kLbpBins + kBins[code_at(image, x, y)]] += 1;
    }
  for (double& value : values) value = std::sqrt(value / kCodedPerQuarter);
  return values;
}

}  // namespace crossfold
