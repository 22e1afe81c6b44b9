#include "crossfold/projection/umap.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "crossfold/projection/quality.h"

#include "projection/recorded.h"
#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

/// The combined Tausworthe generator that umap-learn draws vertices by (L'Ecuyer 1996, table 1), as
/// a signed number of 32 bits, from a state that fits 32 bits.
class Tausworthe {
 public:
  explicit Tausworthe(const nlohmann::json& state)
      : a_(state.at(0)), b_(state.at(1)), c_(state.at(2)) {}
  std::int32_t next() {
    a_ = ((a_ & 4294967294U) << 12U) ^ (((a_ << 13U) ^ a_) >> 19U);
    b_ = ((b_ & 4294967288U) << 4U) ^ (((b_ << 2U) ^ b_) >> 25U);
    c_ = ((c_ & 4294967280U) << 17U) ^ (((c_ << 3U) ^ c_) >> 11U);
    return static_cast<std::int32_t>(a_ ^ b_ ^ c_);
  }

 private:
  std::uint32_t a_, b_, c_;
};

std::vector<MapPoint> map_from(const nlohmann::json& values) {
  std::vector<MapPoint> map;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    map.push_back({.x = values[i].get<float>(), .y = values[i + 1].get<float>()});
  return map;
}

TEST(MembershipCurve, IsThatOfUmapLearn) {
  const MembershipCurve curve = membership_curve(0.1);
  EXPECT_NEAR(curve.a, 1.576943460, 1e-6);
  EXPECT_NEAR(curve.b, 0.895060878, 1e-6);
  for (const auto& one : recorded("umap").at("curves")) {
    const MembershipCurve fitted = membership_curve(one[0]);
    EXPECT_NEAR(fitted.a, one[1].get<double>(), 1e-5) << one[0];
    EXPECT_NEAR(fitted.b, one[2].get<double>(), 1e-5) << one[0];
  }
}

TEST(SerialLayout, IsThatOfUmapLearnAfterFiveEpochs) {
  const nlohmann::json& umap_learn = recorded("umap");
  Tausworthe generator(umap_learn.at("state"));
  const auto next_vertex = [&generator] {
    const std::int64_t remainder = generator.next() % static_cast<std::int64_t>(kTestPoints);
    return static_cast<std::uint32_t>(remainder < 0 ? remainder + std::int64_t{kTestPoints}
                                                    : remainder);
  };
  const auto map = serial_layout(
      recorded_graph(umap_learn), {.a = umap_learn.at("curve")[0], .b = umap_learn.at("curve")[1]},
      map_from(umap_learn.at("start")), {.epochs = 5, .learning_rate = 0.1}, next_vertex);
  const auto expected = map_from(umap_learn.at("five_epochs"));
  const auto by_x = [](const MapPoint& a, const MapPoint& b) { return a.x < b.x; };
  const auto [low, high] = std::minmax_element(expected.begin(), expected.end(), by_x);
  const float limit = 1e-4F * (high->x - low->x);
  for (std::size_t i = 0; i < kTestPoints; ++i) {
    EXPECT_NEAR(map[i].x, expected[i].x, limit) << i;
    EXPECT_NEAR(map[i].y, expected[i].y, limit) << i;
  }
}

std::vector<MapPoint> umap_of(const Points& points, const UmapSettings& settings) {
  return umap(points, nearest_neighbors(points, 15, settings.threads), settings);
}

TEST(Umap, KeepsAsMuchAsUmapLearn) {
  const OwnedPoints owned;
  const Points points = owned.points();
  const Neighbors neighbors = nearest_neighbors(points, 15, 1);
  const std::vector<double> theirs = recorded_numbers(recorded("umap").at("quality"));
  std::vector<double> ours(3, 0);
  for (const std::uint64_t seed : {0U, 1U, 2U, 3U, 4U}) {
    const auto map = umap(points, neighbors, {.seed = seed});
    const MapQuality quality =
        map_quality(points, neighbors, nearest_neighbors(as_points(map), 15, 1), map, {});
    ours[0] += quality.trustworthiness / 5;
    ours[1] += quality.continuity / 5;
    ours[2] += quality.neighbors_kept / 5;
  }
  EXPECT_GE(ours[0], theirs[0] - 0.005);
  EXPECT_GE(ours[1], theirs[1] - 0.005);
  EXPECT_GE(ours[2], theirs[2] - 0.01);
}

TEST(Umap, HasTheSameBytesForAnyNumberOfThreads) {
  const OwnedPoints owned;
  const auto one = umap_of(owned.points(), {.epochs = 60, .seed = 3});
  for (const unsigned threads : {2U, 3U, 8U})
    EXPECT_EQ(umap_of(owned.points(), {.epochs = 60, .seed = 3, .threads = threads}), one);
}

TEST(Umap, IsAnotherForAnotherSeed) {
  const OwnedPoints owned;
  EXPECT_NE(umap_of(owned.points(), {.epochs = 10, .seed = 1}),
            umap_of(owned.points(), {.epochs = 10, .seed = 2}));
}

/// Nothing is drawn in the first epoch, so that one epoch gives the start itself.
TEST(Umap, ShakesTheStartByItsSeed) {
  const OwnedPoints owned;
  const auto start = [&](std::uint64_t seed) {
    return umap_of(owned.points(), {.epochs = 1, .seed = seed});
  };
  const std::vector<MapPoint> one = start(1);
  const std::vector<MapPoint> two = start(2);
  EXPECT_EQ(start(1), one);
  EXPECT_NE(two, one);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_NEAR(one[i].x, two[i].x, 0.01) << i;
    EXPECT_NEAR(one[i].y, two[i].y, 0.01) << i;
  }
}

TEST(Umap, OfEqualPointsIsFinite) {
  const std::vector<float> values(3 * 40, 2.0F);
  for (const MapPoint& point : umap_of({.values = values, .dim = 3}, {.epochs = 50})) {
    EXPECT_TRUE(std::isfinite(point.x));
    EXPECT_TRUE(std::isfinite(point.y));
  }
}

}  // namespace
}  // namespace crossfold::projection
