#include "crossfold/sweep/pareto_front.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "crossfold/core/error.h"

namespace crossfold::sweep {
namespace {

constexpr double kChance = 0.5;

struct Position {
  std::size_t point = 0;
  double task = 0;
  double domain = 0;  ///< at least one half
};

/// The points that no other one dominates. Sorts them: a point is on the front when it is the best
/// of its domain AUC, and better than all that have a lower one.
std::vector<std::size_t> front_of(std::vector<Position>& positions) {
  std::sort(positions.begin(), positions.end(), [](const Position& a, const Position& b) {
    if (a.domain != b.domain) return a.domain < b.domain;
    if (a.task != b.task) return a.task > b.task;
    return a.point < b.point;
  });
  std::vector<std::size_t> front;
  const Position* last = nullptr;
  for (const Position& one : positions) {
    const bool equals_last =
        last != nullptr && one.task == last->task && one.domain == last->domain;
    if (last != nullptr && one.task <= last->task && !equals_last) continue;
    front.push_back(one.point);
    last = &one;
  }
  return front;
}

/// Mean over the drawn splits of which the score is defined.
std::optional<double> drawn_mean(std::span<const std::optional<double>> scores,
                                 std::span<const std::size_t> drawn) {
  double sum = 0;
  std::size_t defined = 0;
  for (const std::size_t split : drawn) {
    if (!scores[split]) continue;
    sum += *scores[split];
    ++defined;
  }
  if (defined == 0) return std::nullopt;
  return sum / static_cast<double>(defined);
}

std::size_t splits_to_draw(std::size_t splits, double test_share) {
  const double variance = 1.0 / static_cast<double>(splits) + test_share;
  return std::max(std::size_t{1}, static_cast<std::size_t>(std::lround(1.0 / variance)));
}

std::vector<FrontPoint> points_of(const SelectionTables& tables) {
  std::vector<FrontPoint> points;
  std::vector<Position> positions;
  for (std::size_t c = 0; c < tables.states.size(); ++c) {
    if (tables.states[c] != CandidateState::complete) continue;
    const std::optional<double> task = tables.task_auc.mean(c);
    const std::optional<double> domain = tables.domain_auc.mean(c);
    if (!task || !domain) continue;
    positions.push_back({points.size(), *task, std::max(*domain, kChance)});
    points.push_back({.candidate = c, .task_auc = *task, .domain_auc = *domain});
  }
  for (const std::size_t point : front_of(positions)) points[point].place = FrontPlace::on_front;
  return points;
}

}  // namespace

std::vector<FrontPoint> pareto_front(const SelectionTables& tables, std::size_t bootstraps,
                                     RandomStream& stream) {
  const std::size_t splits = tables.task_auc.splits();
  if (tables.task_auc.candidates() == 0 || tables.domain_auc.candidates() == 0) return {};
  CF_EXPECT(tables.domain_auc.splits() == splits && bootstraps > 0);
  std::vector<FrontPoint> points = points_of(tables);
  if (points.empty()) return points;

  std::vector<std::size_t> drawn(splits_to_draw(splits, tables.test_share));
  std::vector<std::size_t> times(points.size(), 0);
  std::vector<Position> positions;
  for (std::size_t b = 0; b < bootstraps; ++b) {
    for (std::size_t& split : drawn) split = static_cast<std::size_t>(stream.below(splits));
    positions.clear();
    for (std::size_t p = 0; p < points.size(); ++p) {
      const auto task = drawn_mean(tables.task_auc.of(points[p].candidate), drawn);
      const auto domain = drawn_mean(tables.domain_auc.of(points[p].candidate), drawn);
      if (task && domain) positions.push_back({p, *task, std::max(*domain, kChance)});
    }
    for (const std::size_t point : front_of(positions)) ++times[point];
  }
  for (std::size_t p = 0; p < points.size(); ++p)
    points[p].share = static_cast<double>(times[p]) / static_cast<double>(bootstraps);
  return points;
}

}  // namespace crossfold::sweep
