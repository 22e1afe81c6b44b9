#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "thumbnail_signature.h"

namespace crossfold {

/// Two images whose thumbnails are alike.
struct CandidatePair {
  std::size_t first = 0;  ///< < second
  std::size_t second = 0;
  enum class Side { same, mirrored } side = Side::same;
  auto operator<=>(const CandidatePair&) const = default;
};

/// For each image the `count` most alike ones of other groups, as pairs, each pair and side once,
/// in order of (first, second, side), whatever the number of threads. Alike is the best
/// correlation of a crop of one with the whole of the other.
[[nodiscard]] std::vector<CandidatePair> duplicate_candidates(
    std::span<const ThumbnailSignature> signatures, std::span<const std::string> groups, int count,
    int threads, const std::function<void(std::size_t done, std::size_t of)>& progress);

}  // namespace crossfold
