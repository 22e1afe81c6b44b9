#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

namespace crossfold {

inline constexpr std::size_t kDescriptorSize = 128;

/// SIFT features (Lowe 2004) of an image, the strongest 350 at most; 50 kB.
struct LocalFeatures {
  struct Place {
    cv::Point2f at;    ///< pixels
    float angle = 0;   ///< degrees, 0 to 360
    float radius = 0;  ///< pixels
  };
  using Descriptor = std::array<std::uint8_t, kDescriptorSize>;
  std::vector<Place> places;
  std::vector<Descriptor> descriptors;  ///< one for each place
};

[[nodiscard]] LocalFeatures local_features(const cv::Mat& gray);

/// Of the same image with left and right exchanged, `width` pixels wide; without looking at it.
[[nodiscard]] LocalFeatures mirrored(const LocalFeatures& features, int width);

/// Places that may show the same, (of a, of b): the ratio test from a to b, and from b to a,
/// without those that are turned or scaled more than films are.
struct FeatureMatches {
  std::vector<cv::Point2f> a;
  std::vector<cv::Point2f> b;
};
struct MatchesBothWays {
  FeatureMatches from_a;
  FeatureMatches from_b;
};
[[nodiscard]] MatchesBothWays match_features(const LocalFeatures& a, const LocalFeatures& b);

}  // namespace crossfold
