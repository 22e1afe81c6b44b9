#include "duplicate_candidates.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <opencv2/core.hpp>

namespace crossfold {
namespace {

/// Pairs less alike than this are never the same film.
constexpr float kLeastLikeness = 0.6F;

using Side = CandidatePair::Side;

/// [2 N, pixels]: all images whole, then all mirrored.
cv::Mat whole_thumbnails(std::span<const ThumbnailSignature> signatures) {
  const int count = static_cast<int>(signatures.size());
  cv::Mat rows(2 * count, static_cast<int>(kThumbnailPixels), CV_32FC1);
  for (int i = 0; i < count; ++i) {
    const ThumbnailSignature& signature = signatures[static_cast<std::size_t>(i)];
    std::copy(signature.whole.begin(), signature.whole.end(), rows.ptr<float>(i));
    std::copy(signature.mirrored.begin(), signature.mirrored.end(), rows.ptr<float>(count + i));
  }
  return rows;
}

/// The best correlation of any crop of `image` with each row of `whole`.
std::vector<float> best_likeness(const ThumbnailSignature& image, const cv::Mat& whole) {
  const int count = static_cast<int>(image.crops.size());
  cv::Mat crops(count, static_cast<int>(kThumbnailPixels), CV_32FC1);
  for (int i = 0; i < count; ++i) {
    const Thumbnail& crop = image.crops[static_cast<std::size_t>(i)];
    std::copy(crop.begin(), crop.end(), crops.ptr<float>(i));
  }
  cv::Mat products;
  cv::gemm(crops, whole, 1, cv::noArray(), 0, products, cv::GEMM_2_T);
  cv::Mat best;
  cv::reduce(products, best, 0, cv::REDUCE_MAX);
  return {best.ptr<float>(), best.ptr<float>() + best.cols};
}

}  // namespace

std::vector<CandidatePair> duplicate_candidates(
    std::span<const ThumbnailSignature> signatures, std::span<const std::string> groups, int count,
    const std::function<void(std::size_t, std::size_t)>& progress) {
  const std::size_t images = signatures.size();
  const cv::Mat whole = whole_thumbnails(signatures);
  std::map<std::tuple<std::size_t, std::size_t, Side>, float> found;
  for (std::size_t i = 0; i < images; ++i) {
    const std::vector<float> likeness = best_likeness(signatures[i], whole);
    std::vector<std::size_t> others;
    for (std::size_t j = 0; j < 2 * images; ++j)
      if (likeness[j] >= kLeastLikeness && groups[j % images] != groups[i]) others.push_back(j);
    const std::size_t kept = std::min(others.size(), static_cast<std::size_t>(count));
    std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(kept),
                      others.end(), [&](std::size_t a, std::size_t b) {
                        return likeness[a] != likeness[b] ? likeness[a] > likeness[b] : a < b;
                      });
    for (std::size_t k = 0; k < kept; ++k) {
      const std::size_t j = others[k] % images;
      const Side side = others[k] < images ? Side::same : Side::mirrored;
      float& best = found[{std::min(i, j), std::max(i, j), side}];
      best = std::max(best, likeness[others[k]]);
    }
    if (progress) progress(i + 1, images);
  }
  std::vector<CandidatePair> pairs;
  pairs.reserve(found.size());
  for (const auto& [key, likeness] : found)
    pairs.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), likeness});
  return pairs;
}

}  // namespace crossfold
