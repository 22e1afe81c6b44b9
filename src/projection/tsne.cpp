#include "crossfold/projection/tsne.h"

#include <algorithm>
#include <cmath>

#include "crossfold/core/error.h"
#include "crossfold/projection/affinities.h"
#include "crossfold/projection/pca.h"

#include "quad_tree.h"
#include "row_blocks.h"

namespace crossfold::projection {
namespace {

constexpr std::size_t kPointsAtOnce = 256;
constexpr double kStartSd = 1e-4;

Push push_of_all(std::span<const TsnePoint> map, std::size_t i) {
  Push push;
  for (std::size_t j = 0; j < map.size(); ++j) {
    if (j == i) continue;
    const double x = map[i][0] - map[j][0];
    const double y = map[i][1] - map[j][1];
    const double q = 1 / (1 + x * x + y * y);
    push.sum += q;
    push.x += q * q * x;
    push.y += q * q * y;
  }
  return push;
}

std::vector<Push> pushes_on(std::span<const TsnePoint> map, const TsneSettings& settings) {
  std::vector<Push> pushes(map.size());
  if (settings.repulsion == Repulsion::exact) {
    for_row_blocks(map.size(), kPointsAtOnce, settings.threads, [&](RowRange range) {
      for (std::size_t i = range.begin; i < range.end; ++i) pushes[i] = push_of_all(map, i);
    });
    return pushes;
  }
  const QuadTree tree(map);
  for_row_blocks(map.size(), kPointsAtOnce, settings.threads, [&](RowRange range) {
    for (std::size_t place = range.begin; place < range.end; ++place)
      pushes[tree.point_at(place)] = tree.push_at(place, settings.theta);
  });
  return pushes;
}

double sum_of(const std::vector<Push>& pushes) {
  double sum = 0;
  for (const Push& push : pushes) sum += push.sum;
  return sum;
}

/// sum over j of p(i,j) q(i,j) (y_i - y_j), q not normalised.
TsnePoint pull_on(const WeightedGraph& similarities, std::span<const TsnePoint> map,
                  std::size_t i) {
  TsnePoint pull{};
  for (std::uint64_t edge = similarities.begin[i]; edge < similarities.begin[i + 1]; ++edge) {
    const TsnePoint& other = map[similarities.target[edge]];
    const double x = map[i][0] - other[0];
    const double y = map[i][1] - other[1];
    const double weight = similarities.weight[edge] / (1 + x * x + y * y);
    pull[0] += weight * x;
    pull[1] += weight * y;
  }
  return pull;
}

/// The descent's memory.
struct Descent {
  std::vector<TsnePoint> map;
  std::vector<TsnePoint> step;
  std::vector<TsnePoint> gain;
};

/// How far a step goes.
struct Stride {
  double rate = 0;
  double momentum = 0;
};

void move(Descent& descent, const std::vector<TsnePoint>& gradient, const Stride& stride) {
  for (std::size_t i = 0; i < descent.map.size(); ++i)
    for (std::size_t d = 0; d < 2; ++d) {
      double& step = descent.step[i][d];
      double& gain = descent.gain[i][d];
      gain = step * gradient[i][d] < 0 ? gain + 0.2 : std::max(0.8 * gain, 0.01);
      step = stride.momentum * step - stride.rate * gain * gradient[i][d];
      descent.map[i][d] += step;
    }
}

std::vector<TsnePoint> start_of(const Points& points, unsigned threads) {
  const PrincipalMap map = principal_map(points, threads);
  // ddof 0, as scikit-learn's
  const auto n = static_cast<double>(points.count());
  const double sd = std::sqrt(map.variance[0] * (n - 1) / n);
  const double scale = sd > 0 ? kStartSd / sd : 1;
  std::vector<TsnePoint> start;
  for (const MapPoint& point : map.points)
    start.push_back({static_cast<double>(point.x) * scale, static_cast<double>(point.y) * scale});
  return start;
}

}  // namespace

std::size_t tsne_neighbors(double perplexity) { return static_cast<std::size_t>(3 * perplexity); }

std::vector<TsnePoint> tsne_gradient(const WeightedGraph& similarities,
                                     std::span<const TsnePoint> map, const TsneSettings& settings,
                                     double exaggeration) {
  CF_EXPECT(map.size() == similarities.vertices());
  const std::vector<Push> pushes = pushes_on(map, settings);
  const double sum = sum_of(pushes);
  std::vector<TsnePoint> gradient(map.size());
  for_row_blocks(map.size(), kPointsAtOnce, settings.threads, [&](RowRange range) {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const TsnePoint pull = pull_on(similarities, map, i);
      gradient[i] = {4 * (exaggeration * pull[0] - pushes[i].x / sum),
                     4 * (exaggeration * pull[1] - pushes[i].y / sum)};
    }
  });
  return gradient;
}

double tsne_divergence(const WeightedGraph& similarities, std::span<const TsnePoint> map,
                       unsigned threads) {
  const double normaliser = sum_over_rows(map.size(), threads, [&](RowRange range) {
    double sum = 0;
    for (std::size_t i = range.begin; i < range.end; ++i) sum += push_of_all(map, i).sum;
    return sum;
  });
  return sum_over_rows(map.size(), threads, [&](RowRange range) {
    double sum = 0;
    for (std::uint64_t edge = similarities.begin[range.begin], row = range.begin;
         edge < similarities.begin[range.end]; ++edge) {
      while (edge >= similarities.begin[row + 1]) ++row;
      const TsnePoint& other = map[similarities.target[edge]];
      const double x = map[row][0] - other[0];
      const double y = map[row][1] - other[1];
      const double p = similarities.weight[edge];
      if (p > 0) sum += p * std::log(p * (1 + x * x + y * y) * normaliser);
    }
    return sum;
  });
}

std::vector<TsnePoint> tsne_layout(const WeightedGraph& similarities, std::vector<TsnePoint> start,
                                   const TsneSettings& settings) {
  const std::size_t n = start.size();
  CF_EXPECT(n == similarities.vertices() && n >= 2);
  Descent descent{.map = std::move(start),
                  .step = std::vector<TsnePoint>(n),
                  .gain = std::vector<TsnePoint>(n, TsnePoint{1, 1})};
  const double rate = std::max(static_cast<double>(n) / (4 * settings.exaggeration), 50.0);
  const std::size_t epochs = settings.exaggerated_epochs + settings.epochs;
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    const bool is_early = epoch < settings.exaggerated_epochs;
    move(descent,
         tsne_gradient(similarities, descent.map, settings, is_early ? settings.exaggeration : 1),
         {.rate = rate, .momentum = is_early ? 0.5 : 0.8});
  }
  return std::move(descent.map);
}

std::vector<MapPoint> tsne(const Points& points, const Neighbors& neighbors,
                           const TsneSettings& settings) {
  const std::size_t wanted = tsne_neighbors(settings.perplexity);
  CF_EXPECT(neighbors.k >= wanted && neighbors.count() == points.count());
  const Neighbors nearest = first_neighbors(neighbors, wanted);
  const WeightedGraph similarities = joint_similarities(
      nearest, conditional_similarities(nearest, settings.perplexity, settings.threads));
  const std::vector<TsnePoint> map =
      tsne_layout(similarities, start_of(points, settings.threads), settings);
  std::vector<MapPoint> rounded;
  for (const TsnePoint& point : map)
    rounded.push_back({.x = static_cast<float>(point[0]), .y = static_cast<float>(point[1])});
  return rounded;
}

}  // namespace crossfold::projection
