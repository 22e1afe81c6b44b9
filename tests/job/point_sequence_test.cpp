#include "crossfold/job/point_sequence.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <fstream>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crossfold {
namespace {

using nlohmann::json;
using Points = std::vector<std::vector<double>>;

const json& recorded() {
  static const json kRecorded = [] {
    std::ifstream file(CROSSFOLD_SOURCE_DIR "/tests/job/sobol_points.json");
    return json::parse(file);
  }();
  return kRecorded;
}

std::vector<std::vector<std::uint32_t>> sobol_digits(std::size_t dimensions, std::size_t count) {
  SobolSequence sequence(dimensions);
  std::vector<std::vector<std::uint32_t>> digits(count, std::vector<std::uint32_t>(dimensions));
  for (auto& point : digits) sequence.next(point);
  return digits;
}

Points drawn(Sampler sampler, std::size_t dimensions, std::size_t count, std::uint64_t seed) {
  const auto sequence = make_point_sequence(sampler, dimensions, seed);
  Points points(count, std::vector<double>(dimensions));
  for (auto& point : points) sequence->next(point);
  return points;
}

/// The square of the centred L2 discrepancy (Hickernell 1998), which is the number that scipy
/// gives.
double centred_discrepancy(const Points& points) {
  const auto n = static_cast<double>(points.size());
  const std::size_t d = points.front().size();
  double singles = 0, pairs = 0;
  Points centred = points;
  for (auto& point : centred)
    for (double& x : point) x -= 0.5;
  for (const auto& a : centred) {
    double product = 1;
    for (const double x : a) product *= 1 + std::abs(x) / 2 - x * x / 2;
    singles += product;
    for (const auto& b : centred) {
      product = 1;
      for (std::size_t i = 0; i < d; ++i)
        product *= 1 + (std::abs(a[i]) + std::abs(b[i]) - std::abs(a[i] - b[i])) / 2;
      pairs += product;
    }
  }
  return std::pow(13.0 / 12, static_cast<double>(d)) - 2 / n * singles + pairs / (n * n);
}

TEST(SobolSequence, HasThePointsOfScipy) {
  const json& first = recorded().at("first_of_8");
  EXPECT_EQ(json(sobol_digits(8, first.size())), first);
  EXPECT_EQ(json(sobol_digits(256, 1001).back()), recorded().at("point_1000_of_256"));
}

TEST(SobolSequence, HasTheDiscrepancyThatScipyFinds) {
  for (const json& known : recorded().at("discrepancies")) {
    Points points;
    for (const auto& digits : sobol_digits(known.at("dimensions"), known.at("points"))) {
      points.emplace_back();
      for (const std::uint32_t digit : digits) points.back().push_back(digit * 0x1.0p-32);
    }
    EXPECT_NEAR(centred_discrepancy(points) / known.at("centred").get<double>(), 1, 1e-6);
  }
}

TEST(ScrambledDigits, KeepThoseBeforeTheFirstDifferenceEqual) {
  for (const std::uint64_t key : {0U, 1U, 77U})
    for (int bit = 0; bit < 32; ++bit) {
      const std::uint32_t a = 0x9D2C5680U;
      const std::uint32_t b = a ^ (std::uint32_t{1} << bit);
      const std::uint32_t difference = scrambled_digits(a, key) ^ scrambled_digits(b, key);
      EXPECT_EQ(difference >> bit, 1U) << key << " " << bit;
    }
}

TEST(ScrambledDigits, AreFlippedByChance) {
  std::vector<int> flips(32);
  constexpr int kKeys = 4000;
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    const std::uint32_t flipped = scrambled_digits(12345U << 8, key * 977) ^ (12345U << 8);
    for (std::size_t bit = 0; bit < 32; ++bit) flips[bit] += static_cast<int>(flipped >> bit & 1U);
  }
  for (const int count : flips) EXPECT_NEAR(count, kKeys / 2, 5 * std::sqrt(kKeys / 4.0));
}

TEST(PointSequence, OfSobolIsStillANet) {
  const Points points = drawn(Sampler::sobol, 5, 256, 3);
  for (std::size_t d = 0; d < 5; ++d) {
    std::set<int> cells;
    for (const auto& point : points) cells.insert(static_cast<int>(point[d] * 256));
    EXPECT_EQ(cells.size(), 256U) << d;
  }
  // Two dimensions of the net: each box of 2^-4 x 2^-4 has one point.
  std::set<int> boxes;
  for (const auto& point : points)
    boxes.insert(static_cast<int>(point[0] * 16) * 16 + static_cast<int>(point[1] * 16));
  EXPECT_EQ(boxes.size(), 256U);
}

TEST(PointSequence, OfSobolIsFarMoreEvenThanOfRandom) {
  const double sobol = centred_discrepancy(drawn(Sampler::sobol, 8, 4096, 1));
  const double random = centred_discrepancy(drawn(Sampler::random, 8, 4096, 1));
  RecordProperty("ratio", std::to_string(random / sobol));
  EXPECT_LT(sobol, random / 10);
}

TEST(PointSequence, IsAPrefixOfALongerOne) {
  for (const Sampler sampler : {Sampler::random, Sampler::sobol, Sampler::tpe}) {
    const Points few = drawn(sampler, 6, 10, 4);
    Points many = drawn(sampler, 6, 100, 4);
    many.resize(10);
    EXPECT_EQ(few, many);
  }
}

TEST(PointSequence, IsAnotherOneForAnotherSeed) {
  for (const Sampler sampler : {Sampler::random, Sampler::sobol}) {
    const Points one = drawn(sampler, 6, 50, 4), other = drawn(sampler, 6, 50, 5);
    for (std::size_t i = 0; i < one.size(); ++i)
      for (std::size_t d = 0; d < 6; ++d) EXPECT_NE(one[i][d], other[i][d]);
  }
}

TEST(PointSequence, StaysInsideTheUnitCube) {
  for (const Sampler sampler : {Sampler::random, Sampler::sobol})
    for (const auto& point : drawn(sampler, 256, 300, 9))
      for (const double u : point) {
        EXPECT_GE(u, 0);
        EXPECT_LT(u, 1);
      }
}

}  // namespace
}  // namespace crossfold
