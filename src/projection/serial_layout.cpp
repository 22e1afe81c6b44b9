#include <algorithm>
#include <cmath>

#include "crossfold/core/error.h"
#include "crossfold/projection/umap.h"

#include "edge_schedule.h"

namespace crossfold::projection {
namespace {

double clipped(double value) {
  return std::clamp(value, -static_cast<double>(kStrongest), static_cast<double>(kStrongest));
}

struct Offset {
  float x = 0;
  float y = 0;
  [[nodiscard]] double square() const { return x * x + y * y; }
};

Offset offset(const MapPoint& a, const MapPoint& b) { return {.x = a.x - b.x, .y = a.y - b.y}; }

void move(MapPoint& point, double x, double y) {
  point.x = static_cast<float>(static_cast<double>(point.x) + x);
  point.y = static_cast<float>(static_cast<double>(point.y) + y);
}

void pull_together(MapPoint& a, MapPoint& b, const MembershipCurve& curve, double rate) {
  const Offset off = offset(a, b);
  const double square = off.square();
  if (square == 0) return;
  const double power = std::pow(square, curve.b);
  const double factor = -2 * curve.a * curve.b * (power / square) / (curve.a * power + 1);
  const double x = rate * clipped(factor * off.x);
  const double y = rate * clipped(factor * off.y);
  move(a, x, y);
  move(b, -x, -y);
}

void push_away(MapPoint& point, const MapPoint& other, const MembershipCurve& curve, double rate) {
  const Offset off = offset(point, other);
  const double square = off.square();
  if (square == 0) {  // two vertices at one place: away, to any side
    if (&point != &other) move(point, rate * kStrongest, rate * kStrongest);
    return;
  }
  const double factor =
      2 * curve.b / ((0.001 + square) * (curve.a * std::pow(square, curve.b) + 1));
  move(point, rate * clipped(factor * off.x), rate * clipped(factor * off.y));
}

}  // namespace

std::vector<MapPoint> serial_layout(const WeightedGraph& graph, const MembershipCurve& curve,
                                    std::vector<MapPoint> start, const SerialSettings& settings,
                                    const std::function<std::uint32_t()>& next_vertex) {
  CF_EXPECT(start.size() == graph.vertices() && settings.epochs >= 1);
  std::vector<MapPoint> map = std::move(start);
  const std::vector<double> between = epochs_between_draws(graph);
  std::vector<double> next_pull = between;
  std::vector<double> next_push;
  for (const double gap : between) next_push.push_back(gap / kPushes);
  double rate = settings.learning_rate;
  for (std::size_t epoch = 0; epoch < settings.epochs; ++epoch) {
    const auto now = static_cast<double>(epoch);
    for (std::size_t i = 0; i < map.size(); ++i)
      for (std::uint64_t edge = graph.begin[i]; edge < graph.begin[i + 1]; ++edge) {
        if (next_pull[edge] > now) continue;
        next_pull[edge] += between[edge];
        pull_together(map[i], map[graph.target[edge]], curve, rate);
        const double gap = between[edge] / kPushes;
        const auto pushes = static_cast<int>((now - next_push[edge]) / gap);
        for (int push = 0; push < pushes; ++push)
          push_away(map[i], map[next_vertex()], curve, rate);
        next_push[edge] += pushes * gap;
      }
    rate = settings.learning_rate * (1 - now / static_cast<double>(settings.epochs));
  }
  return map;
}

}  // namespace crossfold::projection
