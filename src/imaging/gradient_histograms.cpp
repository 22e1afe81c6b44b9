#include "gradient_histograms.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace crossfold {
namespace {

constexpr int kSide = CanonicalImage::kSide;
constexpr int kCellSide = kSide / static_cast<int>(kHogCells);
constexpr double kClip = 0.3;

using Histograms = std::array<double, kHogCells * kHogCells * kHogBins>;

/// Shares a gradient between the two orientation bins next to it.
void vote(int gx, int gy, double* histogram) {
  if (gx == 0 && gy == 0) return;
  const double magnitude = std::sqrt(static_cast<double>(gx * gx + gy * gy));
  double angle = std::atan2(static_cast<double>(gy), static_cast<double>(gx));
  if (angle < 0) angle += std::numbers::pi;
  // In bins, seen from the centre of bin 0; -1/2 .. 8 1/2, so it may lie between bins 8 and 0.
  const double place = angle * (kHogBins / std::numbers::pi) - 0.5;
  const double lower = std::floor(place);
  const double share = place - lower;
  const std::size_t bin = static_cast<std::size_t>(lower + kHogBins) % kHogBins;
  histogram[bin] += magnitude * (1 - share);
  histogram[(bin + 1) % kHogBins] += magnitude * share;
}

Histograms sum_cells(const CanonicalImage& image) {
  Histograms cells{};
  for (int y = 0; y < kSide; ++y) {
    const int above = std::max(y - 1, 0);
    const int below = std::min(y + 1, kSide - 1);
    for (int x = 0; x < kSide; ++x) {
      const int gx = image.at(std::min(x + 1, kSide - 1), y) - image.at(std::max(x - 1, 0), y);
      const int gy = image.at(x, below) - image.at(x, above);
      const auto cell = static_cast<std::size_t>(y / kCellSide) * kHogCells +
                        static_cast<std::size_t>(x / kCellSide);
      vote(gx, gy, &cells[cell * kHogBins]);
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
