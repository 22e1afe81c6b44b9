#include "crossfold/projection/spectral_start.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "crossfold/core/error.h"
#include "crossfold/projection/pca.h"

#include "eigenpairs.h"

namespace crossfold::projection {
namespace {

constexpr double kSpectralTolerance = 1e-7;
constexpr std::size_t kMaxSteps = 3000;
constexpr std::size_t kFewest = 4;  ///< vertices with eigenvectors worth having

/// The vertices of each connected component, ascending; components by their first vertex.
std::vector<std::vector<std::uint32_t>> components_of(const WeightedGraph& graph) {
  std::vector<std::vector<std::uint32_t>> components;
  std::vector<char> is_reached(graph.vertices(), 0);
  for (std::size_t first = 0; first < graph.vertices(); ++first) {
    if (is_reached[first] != 0) continue;
    std::vector<std::uint32_t> found = {static_cast<std::uint32_t>(first)};
    is_reached[first] = 1;
    for (std::size_t next = 0; next < found.size(); ++next)
      for (std::uint64_t e = graph.begin[found[next]]; e < graph.begin[found[next] + 1]; ++e) {
        if (is_reached[graph.target[e]] != 0) continue;
        is_reached[graph.target[e]] = 1;
        found.push_back(graph.target[e]);
      }
    std::sort(found.begin(), found.end());
    components.push_back(std::move(found));
  }
  return components;
}

/// D^-1/2 W D^-1/2 of one component, whose largest eigenvectors are the Laplacian's smallest.
class NormalisedAdjacency {
 public:
  NormalisedAdjacency(const WeightedGraph& graph, const std::vector<std::uint32_t>& vertices) {
    std::vector<std::uint32_t> place(graph.vertices(), 0);
    for (std::size_t i = 0; i < vertices.size(); ++i)
      place[vertices[i]] = static_cast<std::uint32_t>(i);
    std::vector<double> inverse_root;
    begin_.push_back(0);
    for (const std::uint32_t vertex : vertices) {
      double degree = 0;
      for (std::uint64_t e = graph.begin[vertex]; e < graph.begin[vertex + 1]; ++e) {
        target_.push_back(place[graph.target[e]]);
        weight_.push_back(graph.weight[e]);
        degree += graph.weight[e];
      }
      begin_.push_back(target_.size());
      inverse_root.push_back(1 / std::sqrt(degree));
    }
    for (std::size_t i = 0; i < vertices.size(); ++i)
      for (std::uint64_t e = begin_[i]; e < begin_[i + 1]; ++e)
        weight_[e] *= inverse_root[i] * inverse_root[target_[e]];
  }

  void apply(std::span<const double> x, std::span<double> y) const {
    for (std::size_t i = 0; i < y.size(); ++i) {
      double sum = 0;
      for (std::uint64_t e = begin_[i]; e < begin_[i + 1]; ++e) sum += weight_[e] * x[target_[e]];
      y[i] = sum;
    }
  }

 private:
  std::vector<std::uint64_t> begin_;
  std::vector<std::uint32_t> target_;
  std::vector<double> weight_;
};

double largest_size(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

void make_largest_positive(std::vector<double>& values) {
  const auto largest = std::max_element(
      values.begin(), values.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (*largest >= 0) return;
  for (double& value : values) value = -value;
}

/// The second and third eigenvector of a component of at least kFewest vertices.
std::array<std::vector<double>, 2> eigenvectors(const WeightedGraph& graph,
                                                const std::vector<std::uint32_t>& vertices) {
  const NormalisedAdjacency adjacency(graph, vertices);
  EigenPairs pairs = largest_eigenpairs(
      vertices.size(),
      [&](std::span<const double> x, std::span<double> y) { adjacency.apply(x, y); },
      {.wanted = 3, .tolerance = kSpectralTolerance, .max_steps = kMaxSteps});
  make_largest_positive(pairs.vectors[1]);
  make_largest_positive(pairs.vectors[2]);
  return {std::move(pairs.vectors[1]), std::move(pairs.vectors[2])};
}

/// Where each component stands.
std::vector<StartPoint> places_of(const std::vector<std::vector<std::uint32_t>>& components,
                                  const Points& points) {
  if (components.size() <= 4) {
    const std::array<StartPoint, 4> axes = {{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
    return {axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(components.size())};
  }
  std::vector<float> centres;
  for (const auto& vertices : components) {
    std::vector<double> sum(points.dim, 0);
    for (const std::uint32_t vertex : vertices)
      for (std::size_t d = 0; d < points.dim; ++d) sum[d] += points.row(vertex)[d];
    for (const double value : sum)
      centres.push_back(static_cast<float>(value / static_cast<double>(vertices.size())));
  }
  const PrincipalMap map = principal_map({.values = centres, .dim = points.dim}, 1);
  double largest = 0;
  for (const MapPoint& point : map.points)
    largest = std::max(
        {largest, std::abs(static_cast<double>(point.x)), std::abs(static_cast<double>(point.y))});
  std::vector<StartPoint> places;
  for (const MapPoint& point : map.points) places.push_back({point.x, point.y});
  if (largest > 0)
    for (StartPoint& place : places) place = {place[0] / largest, place[1] / largest};
  return places;
}

/// Half the distance to the nearest other place.
double room_at(const std::vector<StartPoint>& places, std::size_t i) {
  double nearest = std::numeric_limits<double>::infinity();
  for (const StartPoint& other : places) {
    const double x = other[0] - places[i][0];
    const double y = other[1] - places[i][1];
    const double square = x * x + y * y;
    if (square > 0) nearest = std::min(nearest, square);
  }
  return std::isinf(nearest) ? 0.5 : std::sqrt(nearest) / 2;
}

}  // namespace

std::vector<StartPoint> spectral_start(const WeightedGraph& graph, const Points& points) {
  CF_EXPECT(graph.vertices() >= 2 && points.count() == graph.vertices());
  const auto components = components_of(graph);
  std::vector<StartPoint> start(graph.vertices());
  if (components.size() == 1 && graph.vertices() >= kFewest) {
    const auto vectors = eigenvectors(graph, components.front());
    for (std::size_t i = 0; i < start.size(); ++i) start[i] = {vectors[0][i], vectors[1][i]};
    return start;
  }
  constexpr std::array<StartPoint, 3> kCorners = {{{1, 0}, {-0.5, 0.875}, {-0.5, -0.875}}};
  const std::vector<StartPoint> places = places_of(components, points);
  for (std::size_t c = 0; c < components.size(); ++c) {
    const std::vector<std::uint32_t>& vertices = components[c];
    const double room = room_at(places, c);
    const bool is_small = vertices.size() < kFewest;
    const auto vectors =
        is_small ? std::array<std::vector<double>, 2>{} : eigenvectors(graph, vertices);
    const double largest = std::max(largest_size(vectors[0]), largest_size(vectors[1]));
    for (std::size_t i = 0; i < vertices.size(); ++i)
      for (std::size_t d = 0; d < 2; ++d)
        start[vertices[i]][d] =
            places[c][d] + room * (is_small ? kCorners[i][d] : vectors[d][i] / largest);
  }
  return start;
}

}  // namespace crossfold::projection
