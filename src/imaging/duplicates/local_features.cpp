#include "local_features.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <opencv2/features2d.hpp>

namespace crossfold {
namespace {

constexpr int kFeatures = 350;
constexpr double kLeastContrast = 0.02;
constexpr float kRatio = 0.8F;  // Lowe's test
/// Wider than what an alignment may be, as angle and radius are estimates.
constexpr float kMostTurn_deg = 35;
constexpr float kMostScale = 2.5F;

/// A descriptor of 4 x 4 cells (rows, columns) of 8 directions, all seen from the feature's angle.
constexpr std::size_t kCells = 4;
constexpr std::size_t kDirections = 8;

/// Wide enough for products to be summed without conversion, which is several times as fast.
using WideDescriptor = std::array<std::int16_t, kDescriptorSize>;

std::vector<WideDescriptor> widened(const std::vector<LocalFeatures::Descriptor>& descriptors) {
  std::vector<WideDescriptor> wide(descriptors.size());
  for (std::size_t i = 0; i < wide.size(); ++i)
    std::copy(descriptors[i].begin(), descriptors[i].end(), wide[i].begin());
  return wide;
}

std::int32_t product(const WideDescriptor& a, const WideDescriptor& b) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kDescriptorSize; ++i) sum += std::int32_t{a[i]} * b[i];
  return sum;
}

std::vector<std::int32_t> squares(const std::vector<WideDescriptor>& descriptors) {
  std::vector<std::int32_t> sums(descriptors.size());
  std::transform(descriptors.begin(), descriptors.end(), sums.begin(),
                 [](const WideDescriptor& one) { return product(one, one); });
  return sums;
}

/// The two nearest of those offered.
struct Nearest {
  std::int32_t distance = std::numeric_limits<std::int32_t>::max();  // squared
  std::int32_t next = std::numeric_limits<std::int32_t>::max();
  std::size_t index = 0;

  void offer(std::int32_t other, std::size_t its_index) {
    if (other < distance) {
      next = distance;
      distance = other;
      index = its_index;
    } else if (other < next) {
      next = other;
    }
  }
  [[nodiscard]] bool is_distinct() const {
    return static_cast<float>(distance) < kRatio * kRatio * static_cast<float>(next);
  }
};

bool may_be_the_same(const LocalFeatures::Place& a, const LocalFeatures::Place& b) {
  const float turn = std::abs(a.angle - b.angle);
  const float scale = a.radius / b.radius;
  return std::min(turn, 360 - turn) <= kMostTurn_deg && scale <= kMostScale &&
         scale >= 1 / kMostScale;
}

void add_match(const LocalFeatures::Place& a, const LocalFeatures::Place& b,
               FeatureMatches& matches) {
  if (!may_be_the_same(a, b)) return;
  matches.a.push_back(a.at);
  matches.b.push_back(b.at);
}

}  // namespace

LocalFeatures local_features(const cv::Mat& gray) {
  std::vector<cv::KeyPoint> points;
  cv::Mat descriptors;
  cv::SIFT::create(kFeatures, 3, kLeastContrast)
      ->detectAndCompute(gray, cv::noArray(), points, descriptors);
  LocalFeatures features;
  for (std::size_t i = 0; i < points.size(); ++i) {
    features.places.push_back({points[i].pt, points[i].angle, points[i].size / 2});
    const float* const values = descriptors.ptr<float>(static_cast<int>(i));
    LocalFeatures::Descriptor& descriptor = features.descriptors.emplace_back();
    std::transform(values, values + kDescriptorSize, descriptor.begin(),
                   [](float value) { return static_cast<std::uint8_t>(value); });  // whole numbers
  }
  return features;
}

LocalFeatures mirrored(const LocalFeatures& features, int width) {
  LocalFeatures result;
  result.places.reserve(features.places.size());
  for (const LocalFeatures::Place& place : features.places)
    result.places.push_back({{static_cast<float>(width - 1) - place.at.x, place.at.y},
                             std::fmod(540 - place.angle, 360.0F),
                             place.radius});
  // What was on one side of the feature's direction is on the other; along it nothing changes.
  result.descriptors.resize(features.descriptors.size());
  for (std::size_t i = 0; i < features.descriptors.size(); ++i)
    for (std::size_t row = 0; row < kCells; ++row)
      for (std::size_t column = 0; column < kCells; ++column)
        for (std::size_t k = 0; k < kDirections; ++k)
          result.descriptors[i][(row * kCells + column) * kDirections + k] =
              features.descriptors[i][((kCells - 1 - row) * kCells + column) * kDirections +
                                      (kDirections - k) % kDirections];
  return result;
}

MatchesBothWays match_features(const LocalFeatures& a, const LocalFeatures& b) {
  const std::vector<WideDescriptor> of_a = widened(a.descriptors);
  const std::vector<WideDescriptor> of_b = widened(b.descriptors);
  const std::vector<std::int32_t> squares_a = squares(of_a);
  const std::vector<std::int32_t> squares_b = squares(of_b);
  std::vector<Nearest> nearest_to_b(of_b.size());
  MatchesBothWays matches;
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    Nearest nearest;
    for (std::size_t j = 0; j < of_b.size(); ++j) {
      const std::int32_t distance = squares_a[i] + squares_b[j] - 2 * product(of_a[i], of_b[j]);
      nearest.offer(distance, j);
      nearest_to_b[j].offer(distance, i);
    }
    if (of_b.size() >= 2 && nearest.is_distinct())
      add_match(a.places[i], b.places[nearest.index], matches.from_a);
  }
  for (std::size_t j = 0; j < of_b.size(); ++j)
    if (of_a.size() >= 2 && nearest_to_b[j].is_distinct())
      add_match(a.places[nearest_to_b[j].index], b.places[j], matches.from_b);
  return matches;
}

}  // namespace crossfold
