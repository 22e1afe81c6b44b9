#include "thumbnail_signature.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "area_means.h"

namespace crossfold {
namespace {

constexpr int kBaseSide = 80;

/// Where a window begins along one side of the base, and its size.
struct Window {
  int begin;
  int size;
};
constexpr std::array kWindows = {Window{0, 80}, Window{0, 72},  Window{4, 72},
                                 Window{8, 72}, Window{0, 64},  Window{4, 64},
                                 Window{8, 64}, Window{12, 64}, Window{16, 64}};

Thumbnail ranks(const std::vector<std::uint64_t>& values) {
  std::array<std::size_t, kThumbnailPixels> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  Thumbnail thumbnail{};
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double middle = static_cast<double>(begin + end - 1) / 2;
    for (; begin < end; ++begin)
      thumbnail[order[begin]] =
          static_cast<float>(middle - static_cast<double>(kThumbnailPixels - 1) / 2);
  }
  double squares = 0;
  for (const float rank : thumbnail) squares += static_cast<double>(rank) * rank;
  if (squares > 0)
    for (float& rank : thumbnail) rank = static_cast<float>(rank / std::sqrt(squares));
  return thumbnail;
}

using Base = std::array<std::uint8_t, static_cast<std::size_t>(kBaseSide) * kBaseSide>;

Thumbnail thumbnail_of(const Base& base, Window x, Window y) {
  std::vector<std::uint8_t> part;
  part.reserve(static_cast<std::size_t>(x.size) * static_cast<std::size_t>(y.size));
  for (int row = y.begin; row < y.begin + y.size; ++row) {
    const auto begin = base.begin() + static_cast<std::ptrdiff_t>(row) * kBaseSide + x.begin;
    part.insert(part.end(), begin, begin + x.size);
  }
  // Thumbnails compare by rank, so sums over equal areas serve as well as means.
  return ranks(area_sums(part, x.size, y.size, kThumbnailSide));
}

}  // namespace

ThumbnailSignature thumbnail_signature(const GrayImage& image) {
  const std::vector<std::uint64_t> sums =
      area_sums(image.pixels, image.width, image.height, kBaseSide);
  const auto area =
      static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height);
  Base base{};
  std::transform(sums.begin(), sums.end(), base.begin(), [area](std::uint64_t sum) {
    return static_cast<std::uint8_t>((2 * sum + area) / (2 * area));
  });
  ThumbnailSignature signature;
  for (const Window y : kWindows)
    for (const Window x : kWindows) signature.crops.push_back(thumbnail_of(base, x, y));
  signature.whole = signature.crops.front();
  for (int y = 0; y < kThumbnailSide; ++y)
    for (int x = 0; x < kThumbnailSide; ++x)
      signature.mirrored[static_cast<std::size_t>(y * kThumbnailSide + x)] =
          signature.whole[static_cast<std::size_t>(y * kThumbnailSide + kThumbnailSide - 1 - x)];
  return signature;
}

}  // namespace crossfold
