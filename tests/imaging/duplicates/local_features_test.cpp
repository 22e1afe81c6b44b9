#include "local_features.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

/// Soft blobs, each with features of its own.
cv::Mat blobs() {
  cv::Mat image(200, 160, CV_8UC1);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      double value = 120;
      for (int blob = 0; blob < 40; ++blob) {
        const double dx = x - (blob * 61 % 160);
        const double dy = y - (blob * 37 % 200);
        const double radius = 3 + blob % 7;
        value +=
            (blob % 2 == 0 ? 70 : -60) * std::exp(-(dx * dx + 2 * dy * dy) / (radius * radius));
      }
      image.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
    }
  return image;
}

TEST(LocalFeatures, OfAMirroredImageAreThoseFoundInIt) {
  const cv::Mat image = blobs();
  cv::Mat flipped;
  cv::flip(image, flipped, 1);
  const LocalFeatures made = mirrored(local_features(image), image.cols);
  const LocalFeatures found = local_features(flipped);
  ASSERT_GE(found.places.size(), 30U);
  const MatchesBothWays matches = match_features(made, found);
  ASSERT_GE(matches.from_a.a.size(), found.places.size() * 8 / 10);
  std::size_t close = 0;
  for (std::size_t i = 0; i < matches.from_a.a.size(); ++i)
    if (cv::norm(matches.from_a.a[i] - matches.from_a.b[i]) < 1) ++close;
  EXPECT_GE(close, matches.from_a.a.size() * 9 / 10);
  EXPECT_EQ(mirrored(made, image.cols).descriptors, local_features(image).descriptors);
}

TEST(LocalFeatures, MatchOnlyWhereTurnedAndScaledLittle) {
  const LocalFeatures::Descriptor one = {100, 50};
  const LocalFeatures::Descriptor other = {0, 0, 100};
  const LocalFeatures a = {{{{10, 10}, 350, 3}, {{20, 20}, 90, 3}}, {one, other}};
  const auto matches_with = [&](float angle, float radius) {
    const LocalFeatures b = {{{{11, 12}, angle, radius}, {{90, 90}, 270, 3}}, {one, other}};
    return match_features(a, b).from_b.a.size();
  };
  EXPECT_EQ(matches_with(350, 3), 1U);
  EXPECT_EQ(matches_with(20, 3), 1U);  // 30 degrees on
  EXPECT_EQ(matches_with(40, 3), 0U);
  EXPECT_EQ(matches_with(350, 7), 1U);
  EXPECT_EQ(matches_with(350, 8), 0U);
  EXPECT_EQ(matches_with(350, 1), 0U);
}

TEST(LocalFeatures, WithoutAnyMatchNothing) {
  const LocalFeatures none;
  const LocalFeatures some = local_features(blobs());
  EXPECT_TRUE(match_features(none, some).from_a.a.empty());
  EXPECT_TRUE(match_features(none, some).from_b.a.empty());
  EXPECT_TRUE(match_features(some, none).from_a.a.empty());
}

}  // namespace
}  // namespace crossfold
