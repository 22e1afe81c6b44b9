#include "crossfold/projection/spectral_start.h"

#include <cmath>

#include <gtest/gtest.h>

#include "projection/recorded.h"
#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / n;
    mean_b += b[i] / n;
  }
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

TEST(SpectralStart, IsTheDenseEigenvectorsOfTheLaplacian) {
  const OwnedPoints owned;
  const auto start = spectral_start(recorded_graph(recorded("umap")), owned.points());
  const std::vector<double> dense = recorded_numbers(recorded("umap").at("spectral"));
  for (std::size_t d = 0; d < 2; ++d) {
    std::vector<double> ours, theirs;
    double largest = 0;
    for (std::size_t i = 0; i < kTestPoints; ++i) {
      ours.push_back(start[i][d]);
      theirs.push_back(dense[2 * i + d]);
      if (std::abs(ours.back()) > std::abs(largest)) largest = ours.back();
    }
    EXPECT_GE(std::abs(correlation(ours, theirs)), 0.999) << d;
    EXPECT_GT(largest, 0);
  }
}

/// Rings of `size` points each; no edge between two rings.
WeightedGraph rings(std::uint32_t count, std::uint32_t size) {
  WeightedGraph graph{.begin = {0}, .target = {}, .weight = {}};
  for (std::uint32_t ring = 0; ring < count; ++ring)
    for (std::uint32_t i = 0; i < size; ++i) {
      for (const std::uint32_t j : {(i + size - 1) % size, (i + 1) % size}) {
        graph.target.push_back(ring * size + j);
        graph.weight.push_back(1);
      }
      graph.begin.push_back(graph.target.size());
    }
  return graph;
}

TEST(SpectralStart, KeepsComponentsApart) {
  for (const std::uint32_t count : {2U, 4U, 7U}) {
    const std::uint32_t size = 10;
    std::vector<float> values;
    for (std::uint32_t i = 0; i < count * size; ++i) {
      const auto ring = static_cast<float>(i / size);
      values.insert(values.end(), {10 * ring, ring * ring, 1});
    }
    const auto start = spectral_start(rings(count, size), {.values = values, .dim = 3});
    for (std::uint32_t a = 0; a < count * size; ++a)
      for (std::uint32_t b = 0; b < a; ++b) {
        if (a / size == b / size) continue;
        EXPECT_GT(std::hypot(start[a][0] - start[b][0], start[a][1] - start[b][1]), 1e-3)
            << count << " rings: " << a << " and " << b;
      }
  }
}

TEST(SpectralStart, SpreadsComponentsTooSmallForEigenvectors) {
  const std::vector<float> values(2 * 6, 1.0F);
  const auto start = spectral_start(rings(2, 3), {.values = values, .dim = 2});
  for (std::size_t a = 0; a < 6; ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(start[a], start[b]);
}

}  // namespace
}  // namespace crossfold::projection
