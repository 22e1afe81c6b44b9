#include "crossfold/projection/umap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "crossfold/core/error.h"
#include "crossfold/core/random_blocks.h"
#include "crossfold/projection/spectral_start.h"

#include "edge_schedule.h"
#include "row_blocks.h"
#include "vector_power.h"

namespace crossfold::projection {
namespace {

constexpr std::size_t kLanes = 4;

Floats clipped(const Floats& value) {
  const Floats low = value < -kStrongest ? all(-kStrongest) : value;
  return low > kStrongest ? all(kStrongest) : low;
}

float sum_of(const Floats& value) { return (value[0] + value[1]) + (value[2] + value[3]); }

enum class Force { pull, push };

/// What some vertices do to one, summed in a fixed order.
template <Force kForce>
MapPoint force_of(std::vector<std::uint32_t>& others, std::uint32_t self,
                  const std::vector<MapPoint>& map, float a, float b) {
  while (others.size() % kLanes != 0) others.push_back(self);  // which does nothing to itself
  const MapPoint own = map[self];
  Floats x = {}, y = {};
  for (std::size_t first = 0; first < others.size(); first += kLanes) {
    Floats dx, dy;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const MapPoint& other = map[others[first + lane]];
      dx[lane] = own.x - other.x;
      dy[lane] = own.y - other.y;
    }
    const Floats square = dx * dx + dy * dy;
    const Floats power = power_of(square, b);
    const Floats damping = a * power + 1.0F;
    const Floats factor = kForce == Force::pull
                              ? (-2 * a * b) * power / ((square + 1e-30F) * damping)
                              : (2 * b) / ((square + 0.001F) * damping);
    x += clipped(factor * dx);
    y += clipped(factor * dy);
  }
  return {.x = sum_of(x), .y = sum_of(y)};
}

/// Adam's memory of one vertex.
struct Motion {
  std::array<float, 2> mean{};
  std::array<float, 2> square{};
};

/// Adam's constants in one epoch.
struct Pace {
  float step = 0;
  float epsilon = 0;
};

class Layout {
 public:
  Layout(const WeightedGraph& graph, std::vector<MapPoint> start, const UmapSettings& settings)
      : graph_(graph),
        settings_(settings),
        draws_(StreamKey{.root_seed = settings.seed, .seed = {}, .fold = {}}, "umap-negatives"),
        between_(epochs_between_draws(graph)),
        next_(between_),
        map_(std::move(start)),
        moved_(map_.size()),
        motion_(map_.size()) {
    const MembershipCurve curve = membership_curve(settings.min_dist);
    a_ = static_cast<float>(curve.a);
    b_ = static_cast<float>(curve.b);
  }

  std::vector<MapPoint> run() {
    for (std::size_t epoch = 0; epoch < settings_.epochs; ++epoch) {
      const Pace pace = next_pace(epoch);
      for_row_blocks(map_.size(), 512, settings_.threads, [&](RowRange range) {
        Gathered gathered;
        for (std::size_t i = range.begin; i < range.end; ++i)
          move(static_cast<std::uint32_t>(i), epoch, pace, gathered);
      });
      map_.swap(moved_);
    }
    return std::move(map_);
  }

 private:
  struct Gathered {
    std::vector<std::uint32_t> pulls;
    std::vector<std::uint32_t> pushes;
  };

  static constexpr float kMeanDecay = 0.5F;
  static constexpr float kSquareDecay = 0.9F;

  Pace next_pace(std::size_t epoch) {
    mean_left_ *= static_cast<double>(kMeanDecay);
    square_left_ *= static_cast<double>(kSquareDecay);
    const double rate = 1 - static_cast<double>(epoch) / static_cast<double>(settings_.epochs);
    const double root = std::sqrt(1 - square_left_);
    return {.step = static_cast<float>(rate * root / (1 - mean_left_)),
            .epsilon = static_cast<float>(1e-7 * root)};
  }

  /// The edges of a vertex that are due, and the vertices drawn for each.
  void gather(std::uint32_t i, std::size_t epoch, Gathered& gathered) {
    gathered.pulls.clear();
    gathered.pushes.clear();
    const auto vertices = static_cast<std::uint64_t>(map_.size());
    const auto now = static_cast<double>(epoch);
    for (std::uint64_t edge = graph_.begin[i]; edge < graph_.begin[i + 1]; ++edge) {
      if (next_[edge] > now) continue;
      next_[edge] += between_[edge];
      gathered.pulls.push_back(graph_.target[edge]);
      const auto block = static_cast<std::uint32_t>(2 * edge);
      const RandomBlocks::Block four = draws_.at(block, static_cast<std::uint32_t>(epoch));
      const RandomBlocks::Block fifth = draws_.at(block + 1, static_cast<std::uint32_t>(epoch));
      for (const std::uint32_t number : {four[0], four[1], four[2], four[3], fifth[0]})
        gathered.pushes.push_back(static_cast<std::uint32_t>((number * vertices) >> 32U));
    }
  }

  void move(std::uint32_t i, std::size_t epoch, const Pace& pace, Gathered& gathered) {
    gather(i, epoch, gathered);
    const MapPoint pull = force_of<Force::pull>(gathered.pulls, i, map_, a_, b_);
    const MapPoint push = force_of<Force::push>(gathered.pushes, i, map_, a_, b_);
    // An edge pulls at both of its ends, and is there in both directions: twice.
    const std::array<float, 2> force = {2 * pull.x + push.x, 2 * pull.y + push.y};
    std::array<float, 2> place = {map_[i].x, map_[i].y};
    Motion& motion = motion_[i];
    for (std::size_t d = 0; d < 2; ++d) {
      motion.mean[d] += (1 - kMeanDecay) * (force[d] - motion.mean[d]);
      motion.square[d] += (1 - kSquareDecay) * (force[d] * force[d] - motion.square[d]);
      place[d] += pace.step * motion.mean[d] / (std::sqrt(motion.square[d]) + pace.epsilon);
    }
    moved_[i] = {.x = place[0], .y = place[1]};
  }

  const WeightedGraph& graph_;
  const UmapSettings& settings_;
  RandomBlocks draws_;
  std::vector<double> between_;
  std::vector<double> next_;  ///< epoch of an edge's next draw
  std::vector<MapPoint> map_;
  std::vector<MapPoint> moved_;
  std::vector<Motion> motion_;
  float a_ = 0;
  float b_ = 0;
  double mean_left_ = 1;
  double square_left_ = 1;
};

/// The spectral start scaled to 10 and shaken by 1e-4, which parts points at one place; each axis
/// then stretched to [0, 10].
std::vector<MapPoint> start_of(const std::vector<StartPoint>& spectral, std::uint64_t seed) {
  constexpr double kSize = 10;
  constexpr double kShake = 1.7320508e-4;  // half the width of a uniform number with sd 1e-4
  double largest = 0;
  for (const StartPoint& point : spectral)
    largest = std::max({largest, std::abs(point[0]), std::abs(point[1])});
  const double scale = largest > 0 ? kSize / largest : 1;
  RandomStream stream({.root_seed = seed, .seed = {}, .fold = {}}, "umap-start");
  std::vector<StartPoint> shaken = spectral;
  StartPoint low, high;
  low.fill(std::numeric_limits<double>::infinity());
  high.fill(-std::numeric_limits<double>::infinity());
  for (StartPoint& point : shaken)
    for (std::size_t d = 0; d < 2; ++d) {
      point[d] = point[d] * scale + stream.uniform(-kShake, kShake);
      low[d] = std::min(low[d], point[d]);
      high[d] = std::max(high[d], point[d]);
    }
  std::vector<MapPoint> start;
  const auto stretched = [&](const StartPoint& point, std::size_t d) {
    return static_cast<float>(kSize * (point[d] - low[d]) / (high[d] - low[d]));
  };
  for (const StartPoint& point : shaken)
    start.push_back({.x = stretched(point, 0), .y = stretched(point, 1)});
  return start;
}

}  // namespace

std::vector<MapPoint> umap(const Points& points, const Neighbors& neighbors,
                           const UmapSettings& settings) {
  CF_EXPECT(settings.neighbors >= 2 && neighbors.k + 1 >= settings.neighbors);
  CF_EXPECT(settings.epochs >= 1 && neighbors.count() == points.count());
  const Neighbors nearest = first_neighbors(neighbors, settings.neighbors - 1);
  const WeightedGraph graph = without_light_edges(
      fuzzy_graph(nearest, local_scales(nearest, settings.threads)), settings.epochs);
  CF_VALIDATE(graph.target.size() < (std::size_t{1} << 31U), ErrorCode::bad_input,
              "too many neighbours in all (the draws of their edges are counted in 32 bits). map "
              "fewer points, or with fewer neighbours");
  return Layout(graph, start_of(spectral_start(graph, points), settings.seed), settings).run();
}

}  // namespace crossfold::projection
