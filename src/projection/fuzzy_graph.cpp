#include "crossfold/projection/fuzzy_graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "crossfold/core/error.h"
#include "crossfold/solve/vector_exp.h"

#include "graph_rows.h"
#include "row_blocks.h"

namespace crossfold::projection {
namespace {

constexpr int kWidthBisections = 64;
constexpr double kWidthTolerance = 1e-5;
constexpr double kSmallestScale = 1e-3;  ///< of the mean distance

double membership(double distance, double rho, double sigma) {
  const double off = distance - rho;
  return off <= 0 || sigma == 0 ? 1.0 : solve::exp_of_nonpositive(-off / sigma);
}

double nearest_nonzero(std::span<const double> distances) {
  const auto found = std::find_if(distances.begin(), distances.end(),
                                  [](double distance) { return distance > 0; });
  return found == distances.end() ? 0 : *found;
}

/// The sigma at which the memberships sum to `target`.
double scale_of(std::span<const double> distances, double rho, double target) {
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
  double sigma = 1;
  for (int step = 0; step < kWidthBisections; ++step) {
    double sum = 0;
    for (const double distance : distances) sum += membership(distance, rho, sigma);
    if (std::abs(sum - target) < kWidthTolerance) break;
    (sum > target ? high : low) = sigma;
    sigma = std::isinf(high) ? 2 * sigma : (low + high) / 2;
  }
  return sigma;
}

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

LocalScales local_scales(const Neighbors& neighbors, unsigned threads) {
  const std::size_t n = neighbors.count();
  const auto counted = static_cast<double>(neighbors.k + 1);  // with the point itself, at 0
  const double target = std::log2(counted);
  const double mean_of_all = sum_of(neighbors.distance) / (static_cast<double>(n) * counted);
  LocalScales scales{.rho = std::vector<double>(n), .sigma = std::vector<double>(n)};
  for_row_blocks(n, 256, threads, [&](RowRange range) {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const std::span<const double> distances = neighbors.distances_of(i);
      const double rho = nearest_nonzero(distances);
      const double mean = rho > 0 ? sum_of(distances) / counted : mean_of_all;
      scales.rho[i] = rho;
      scales.sigma[i] = std::max(scale_of(distances, rho, target), kSmallestScale * mean);
    }
  });
  return scales;
}

WeightedGraph fuzzy_graph(const Neighbors& neighbors, const LocalScales& scales) {
  CF_EXPECT(scales.rho.size() == neighbors.count());
  std::vector<double> weight(neighbors.distance.size());
  for (std::size_t i = 0; i < neighbors.count(); ++i)
    for (std::size_t place = 0; place < neighbors.k; ++place)
      weight[i * neighbors.k + place] =
          membership(neighbors.distances_of(i)[place], scales.rho[i], scales.sigma[i]);
  return united(neighbors, weight, Union::fuzzy);
}

WeightedGraph without_light_edges(const WeightedGraph& graph, std::size_t epochs) {
  CF_EXPECT(epochs >= 1 && !graph.weight.empty());
  const double lightest =
      *std::max_element(graph.weight.begin(), graph.weight.end()) / static_cast<double>(epochs);
  WeightedGraph kept;
  kept.begin.push_back(0);
  for (std::size_t i = 0; i < graph.vertices(); ++i) {
    for (std::uint64_t edge = graph.begin[i]; edge < graph.begin[i + 1]; ++edge) {
      if (graph.weight[edge] < lightest) continue;
      kept.target.push_back(graph.target[edge]);
      kept.weight.push_back(graph.weight[edge]);
    }
    kept.begin.push_back(kept.target.size());
  }
  return kept;
}

}  // namespace crossfold::projection
