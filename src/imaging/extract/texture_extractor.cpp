#include "crossfold/imaging/texture_extractor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "crossfold/core/error.h"

#include "area_means.h"
#include "canonical_image.h"
#include "gradient_histograms.h"
#include "local_binary_patterns.h"

namespace crossfold {
namespace {

constexpr int kCoarseSide = 14;
constexpr int kGraysPerBin = 16;
constexpr std::size_t kIntensityBins = 256 / kGraysPerBin;

CanonicalImage canonical(const GrayImage& image) {
  const std::vector<std::uint64_t> sums =
      area_sums(image.pixels, image.width, image.height, CanonicalImage::kSide);
  const auto area =
      static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height);
  CanonicalImage result;
  std::transform(sums.begin(), sums.end(), result.pixels.begin(), [area](std::uint64_t sum) {
    return static_cast<std::uint8_t>((2 * sum + area) / (2 * area));
  });
  return result;
}

std::array<double, TextureExtractor::kThumbnail.size> thumbnail(const CanonicalImage& image) {
  const std::vector<std::uint64_t> sums =
      area_sums(image.pixels, CanonicalImage::kSide, CanonicalImage::kSide, kCoarseSide);
  std::array<double, TextureExtractor::kThumbnail.size> values{};
  std::transform(sums.begin(), sums.end(), values.begin(), [](std::uint64_t sum) {
    return static_cast<double>(sum) / (255.0 * CanonicalImage::kSide * CanonicalImage::kSide);
  });
  return values;
}

std::array<double, kIntensityBins> intensity_histogram(const CanonicalImage& image) {
  std::array<double, kIntensityBins> values{};
  for (const std::uint8_t pixel : image.pixels) values[pixel / kGraysPerBin] += 1;
  for (double& value : values)
    value = std::sqrt(value / (CanonicalImage::kSide * CanonicalImage::kSide));
  return values;
}

template <std::size_t N>
void put(const TextureBlock& block, const std::array<double, N>& values, std::span<float> out) {
  CF_EXPECT(block.size == N);
  for (std::size_t i = 0; i < N; ++i)
    out[block.offset + i] = static_cast<float>((values[i] - block.centre) * block.scale);
}

}  // namespace

std::string TextureExtractor::identity() const {
  return "texture version 1: HOG 8x8x9, uniform LBP 4x59, thumbnail 14x14, intensity 16";
}

void TextureExtractor::extract(const GrayImage& image, std::span<float> out) const {
  CF_EXPECT(out.size() == kDim);
  const CanonicalImage square = canonical(image);
  put(kHog, gradient_histograms(square), out);
  put(kLbp, local_binary_patterns(square), out);
  put(kThumbnail, thumbnail(square), out);
  put(kIntensity, intensity_histogram(square), out);
}

}  // namespace crossfold
