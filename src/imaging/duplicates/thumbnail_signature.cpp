#include "thumbnail_signature.h"

#include <algorithm>
#include <cmath>
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
  std::array<double, kThumbnailPixels> centred{};
  double squares = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    const double middle = static_cast<double>(begin + end - 1) / 2;
    for (; begin < end; ++begin) {
      const double rank = middle - static_cast<double>(kThumbnailPixels - 1) / 2;
      centred[order[begin]] = rank;
      squares += rank * rank;
    }
  }
  Thumbnail thumbnail{};
  if (squares == 0) return thumbnail;
  const double scale = kThumbnailLength / std::sqrt(squares);
  std::transform(centred.begin(), centred.end(), thumbnail.begin(), [scale](double rank) {
    return static_cast<std::int16_t>(std::lround(rank * scale));
  });
  return thumbnail;
}

Thumbnail thumbnail_of(const std::vector<std::uint8_t>& base, Window x, Window y) {
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

ThumbnailSignature::ThumbnailSignature(const GrayImage& image) {
  const std::vector<std::uint64_t> sums =
      area_sums(image.pixels, image.width, image.height, kBaseSide);
  const auto area =
      static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height);
  base_.reserve(sums.size());
  for (const std::uint64_t sum : sums)
    base_.push_back(static_cast<std::uint8_t>((2 * sum + area) / (2 * area)));
  whole_ = thumbnail_of(base_, kWindows.front(), kWindows.front());
}

Thumbnail ThumbnailSignature::mirrored() const {
  Thumbnail thumbnail{};
  for (std::size_t row = 0; row < kThumbnailPixels; row += kThumbnailSide)
    std::reverse_copy(whole_.begin() + row, whole_.begin() + row + kThumbnailSide,
                      thumbnail.begin() + row);
  return thumbnail;
}

std::vector<Thumbnail> ThumbnailSignature::crops() const {
  std::vector<Thumbnail> crops;
  crops.reserve(kWindows.size() * kWindows.size());
  for (const Window y : kWindows)
    for (const Window x : kWindows) crops.push_back(thumbnail_of(base_, x, y));
  return crops;
}

}  // namespace crossfold
