#include "duplicate_candidates.h"

#include <algorithm>

#include "row_workers.h"

namespace crossfold {
namespace {

/// Pairs less alike than this are never the same film.
constexpr auto kLeastLikeness =
    static_cast<std::int32_t>(0.6 * kThumbnailLength * kThumbnailLength);

using Side = CandidatePair::Side;

/// All images whole, then all mirrored.
std::vector<Thumbnail> whole_thumbnails(std::span<const ThumbnailSignature> signatures) {
  std::vector<Thumbnail> thumbnails;
  thumbnails.reserve(2 * signatures.size());
  for (const ThumbnailSignature& signature : signatures) thumbnails.push_back(signature.whole());
  for (const ThumbnailSignature& signature : signatures) thumbnails.push_back(signature.mirrored());
  return thumbnails;
}

std::int32_t best_likeness(const std::vector<Thumbnail>& crops, const Thumbnail& whole) {
  std::int32_t best = 0;
  for (const Thumbnail& crop : crops) best = std::max(best, likeness(crop, whole));
  return best;
}

}  // namespace

std::vector<CandidatePair> duplicate_candidates(
    std::span<const ThumbnailSignature> signatures, std::span<const std::string> groups, int count,
    int threads, const std::function<void(std::size_t, std::size_t)>& progress) {
  struct Other {
    std::int32_t likeness;
    std::size_t column;
  };
  const std::size_t images = signatures.size();
  const std::vector<Thumbnail> whole = whole_thumbnails(signatures);
  std::vector<std::vector<CandidatePair>> found(images);
  const auto look_at = [&](std::size_t i) {
    const std::vector<Thumbnail> crops = signatures[i].crops();
    std::vector<Other> others;
    for (std::size_t column = 0; column < whole.size(); ++column) {
      if (groups[column % images] == groups[i]) continue;
      const std::int32_t likeness = best_likeness(crops, whole[column]);
      if (likeness >= kLeastLikeness) others.push_back({likeness, column});
    }
    const std::size_t kept = std::min(others.size(), static_cast<std::size_t>(count));
    std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(kept),
                      others.end(), [](const Other& a, const Other& b) {
                        return a.likeness != b.likeness ? a.likeness > b.likeness
                                                        : a.column < b.column;
                      });
    for (std::size_t k = 0; k < kept; ++k) {
      const std::size_t j = others[k].column % images;
      found[i].push_back({std::min(i, j), std::max(i, j),
                          others[k].column < images ? Side::same : Side::mirrored});
    }
  };
  for_each_row(images, threads, look_at, progress);
  std::vector<CandidatePair> pairs;
  for (const std::vector<CandidatePair>& some : found)
    pairs.insert(pairs.end(), some.begin(), some.end());
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace crossfold
