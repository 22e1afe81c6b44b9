#pragma once

#include <cstddef>

#include "crossfold/imaging/extractor.h"

namespace crossfold {

/// One block of the texture embedding: where it stands and how its values are shifted and scaled.
struct TextureBlock {
  std::size_t offset;
  std::size_t size;
  double centre;
  double scale;
};

/// 1,024 features of an image without any learned weights.
///
/// The image, of any size, is first resampled to a square I[y][x] of 128 x 128 pixels of 8 bits;
/// the aspect ratio is not kept. This is done by area means, up or down: each new pixel is the mean
/// over its rectangle of the old image, fractions of pixels counted, halves rounded up. Then four
/// blocks, in this order:
///
/// 1. **hog**, 576 numbers: histograms of oriented gradients (Dalal and Triggs 2005).
///    - Gradient: gx = I[y][x+1] - I[y][x-1], gy = I[y+1][x] - I[y-1][x], indices clamped to the
///      border; magnitude m = sqrt(gx^2 + gy^2), orientation a = atan2(gy, gx) modulo pi, in
///      [0, pi).
///    - Nine bins, bin b centred at (b + 1/2) pi/9. A pixel's m is shared between the two bins
///      whose centres lie next to a, linearly in the distance and around the circle (bin 8 is next
///      to bin 0).
///    - Cells of 16 x 16 pixels (8 x 8 cells) sum their pixels; nothing is shared between cells.
///    - Blocks of 2 x 2 cells, side by side (4 x 4 blocks): the 36 sums v of a block become
///      min(v / sqrt(|v|^2 + 1), 0.3).
///    - Order: cell row cy, cell column cx, bin: number (cy * 8 + cx) * 9 + b of the block.
///
/// 2. **lbp**, 236 numbers: uniform local binary patterns (Ojala, Pietikainen, Maenpaa 2002).
///    - Bit k (value 2^k) of a pixel's code is set when neighbour k >= the pixel, for k = 0..7 the
///      neighbour to the right, lower right, below, lower left, left, upper left, above, upper
///      right; each at distance 1 along both axes, not interpolated.
///    - The 58 codes with at most two changes between neighbouring bits, around the circle, are
///    bins
///      0..57 by rising code; all others are bin 58.
///    - The outermost rows and columns have no code. The other pixels are counted in the quarter of
///      I they lie in (63 x 63 of each): value = sqrt(count / 3969).
///    - Order: upper left, upper right, lower left, lower right quarter; bins 0..58 in each.
///
/// 3. **thumbnail**, 196 numbers: I / 255 resampled to 14 x 14 by area means, not rounded. Order:
///    row, column.
///
/// 4. **intensity**, 16 numbers: value j = sqrt(n_j / 16384), with n_j pixels of I having gray
///    16 j to 16 j + 15.
///
/// Each value then becomes (value - centre) * scale with its block's constants below, chosen so
/// that on frontal chest X-rays the numbers of every block have a mean near 0 and, on average, a
/// variance near 1/2: a ridge penalty or a learning rate then treats the blocks alike. No number
/// depends on other images. Work is done in double precision and rounded to float once, at the end.
class TextureExtractor final : public Extractor {
 public:
  static constexpr std::size_t kDim = 1024;
  static constexpr TextureBlock kHog{0, 576, 0.1, 10};
  static constexpr TextureBlock kLbp{576, 236, 0.11, 24};
  static constexpr TextureBlock kThumbnail{812, 196, 0.5, 4};
  static constexpr TextureBlock kIntensity{1008, 16, 0.2, 8};

  [[nodiscard]] std::string name() const override { return "texture"; }
  [[nodiscard]] std::string identity() const override;
  [[nodiscard]] std::size_t dim() const override { return kDim; }
  void extract(const GrayImage& image, std::span<float> out) const override;
};

}  // namespace crossfold
