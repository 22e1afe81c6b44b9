#include "gradient_histograms.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace crossfold {
namespace {

constexpr int kCellSide = CanonicalImage::kSide / static_cast<int>(kHogCells);
constexpr double kClip = 0.3;

using Histograms = std::array<double, kHogCells * kHogCells * kHogBins>;

/// Between which orientation bins a gradient lies.
struct Place {
  double share = 0;      ///< of the bin behind `bin`
  std::uint8_t bin = 0;  ///< the one before it; around the circle, so it may be the last
};

Place place_of(int gx, int gy) {
  double angle = std::atan2(static_cast<double>(gy), static_cast<double>(gx));
  if (angle < 0) angle += std::numbers::pi;
  // In bins, seen from the centre of bin 0; -1/2 .. 8 1/2, so it may lie between bins 8 and 0.
  const double place = angle * (kHogBins / std::numbers::pi) - 0.5;
  const double lower = std::floor(place);
  return {place - lower,
          static_cast<std::uint8_t>(static_cast<std::size_t>(lower + kHogBins) % kHogBins)};
}

/// place_of for all gradients that pixels of 8 bits can have: most of the time went to arc
/// tangents.
class Places {
 public:
  Places() {
    for (int gy = -kMost; gy <= kMost; ++gy)
      for (int gx = -kMost; gx <= kMost; ++gx) places_.push_back(place_of(gx, gy));
  }
  [[nodiscard]] const Place& at(int gx, int gy) const {
    const int number = (gy + kMost) * (2 * kMost + 1) + gx + kMost;
    return places_[static_cast<std::size_t>(number)];
  }

 private:
  static constexpr int kMost = 255;
  std::vector<Place> places_;
};

/// Shares a gradient between the two orientation bins next to it; one of no length gives nothing.
void vote(int gx, int gy, const Place& place, double* histogram) {
  const double magnitude = std::sqrt(static_cast<double>(gx * gx + gy * gy));
  histogram[place.bin] += magnitude * (1 - place.share);
  histogram[place.bin + 1 == kHogBins ? 0 : place.bin + 1] += magnitude * place.share;
}

Histograms sum_cells(const CanonicalImage& image) {
  static const Places places;
  Histograms cells{};
  for (int y = 0; y < CanonicalImage::kSide; ++y) {
    const int above = std::max(y - 1, 0);
    const int below = std::min(y + 1, CanonicalImage::kSide - 1);
    for (int x = 0; x < CanonicalImage::kSide; ++x) {
      const int gx =
          image.at(std::min(x + 1, CanonicalImage::kSide - 1), y) - image.at(std::max(x - 1, 0), y);
      const int gy = image.at(x, below) - image.at(x, above);
      const auto cell = static_cast<std::size_t>(y / kCellSide) * kHogCells +
                        static_cast<std::size_t>(x / kCellSide);
      vote(gx, gy, places.at(gx, gy), &cells[cell * kHogBins]);
    }
  }
  return cells;
}

/// Scales one block of 2 x 2 cells. The 1 keeps a block without gradients at 0.
void normalise_block(Histograms& cells, std::size_t top, std::size_t left) {
  constexpr std::size_t kPair = 2 * kHogBins;  // two neighbouring cells of one row
  const std::array rows = {&cells[(top * kHogCells + left) * kHogBins],
                           &cells[((top + 1) * kHogCells + left) * kHogBins]};
  double squares = 1;
  for (const double* row : rows)
    for (std::size_t i = 0; i < kPair; ++i) squares += row[i] * row[i];
  const double norm = std::sqrt(squares);
  for (double* row : rows)
    for (std::size_t i = 0; i < kPair; ++i) row[i] = std::min(row[i] / norm, kClip);
}

}  // namespace

Histograms gradient_histograms(const CanonicalImage& image) {
  Histograms cells = sum_cells(image);
  for (std::size_t top = 0; top < kHogCells; top += 2)
    for (std::size_t left = 0; left < kHogCells; left += 2) normalise_block(cells, top, left);
  return cells;
}

}  // namespace crossfold
