#include "crossfold/projection/affinities.h"

#include <cmath>
#include <limits>
#include <span>

#include "crossfold/core/error.h"
#include "crossfold/solve/vector_exp.h"

#include "graph_rows.h"
#include "row_blocks.h"

namespace crossfold::projection {
namespace {

constexpr int kPerplexityBisections = 100;
constexpr double kPerplexityTolerance = 1e-5;

/// Fills a row for the width `beta` = 1 / (2 sigma^2) and returns its perplexity,
/// exp(H) = sum_j w_j exp(beta E[d^2]), which takes no logarithm. Squares are counted from the
/// nearest one's: that changes no p(j|i).
double fill_row(std::span<const double> distances, double beta, std::span<double> row) {
  const double nearest = distances.front() * distances.front();
  double sum = 0;
  double mean = 0;
  for (std::size_t j = 0; j < distances.size(); ++j) {
    const double square = distances[j] * distances[j] - nearest;
    row[j] = solve::exp_of_nonpositive(-beta * square);
    sum += row[j];
    mean += row[j] * square;
  }
  mean /= sum;
  for (double& value : row) value /= sum;
  return sum / solve::exp_of_nonpositive(-beta * mean);
}

void search_row(std::span<const double> distances, double perplexity, std::span<double> row) {
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
  // A scale of the row's own: the search takes as many steps in metres as in millimetres.
  const double spread = distances.back() * distances.back() - distances.front() * distances.front();
  double beta = spread > 0 ? 1 / spread : 1;
  for (int step = 0; step < kPerplexityBisections; ++step) {
    const double reached = fill_row(distances, beta, row);
    if (std::abs(reached - perplexity) <= kPerplexityTolerance * perplexity) return;
    (reached > perplexity ? low : high) = beta;
    beta = std::isinf(high) ? 2 * beta : (low + high) / 2;
    if (std::isinf(beta)) return;
  }
}

}  // namespace

std::vector<double> conditional_similarities(const Neighbors& neighbors, double perplexity,
                                             unsigned threads) {
  CF_EXPECT(perplexity >= 1 && perplexity < static_cast<double>(neighbors.k));
  std::vector<double> similarities(neighbors.distance.size());
  for_row_blocks(neighbors.count(), 256, threads, [&](RowRange range) {
    for (std::size_t i = range.begin; i < range.end; ++i)
      search_row(neighbors.distances_of(i), perplexity,
                 std::span(similarities).subspan(i * neighbors.k, neighbors.k));
  });
  return similarities;
}

WeightedGraph joint_similarities(const Neighbors& neighbors,
                                 const std::vector<double>& conditional) {
  WeightedGraph graph = united(neighbors, conditional, Union::sum);
  const double pairs = 2 * static_cast<double>(neighbors.count());
  for (double& weight : graph.weight) weight /= pairs;
  return graph;
}

}  // namespace crossfold::projection
