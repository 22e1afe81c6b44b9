#include "strand_union.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace crossfold::figure {
namespace {

/// A place, counted in kUnionGrid; ordered from top to bottom.
struct Node {
  std::int64_t y = 0;
  std::int64_t x = 0;
  auto operator<=>(const Node&) const = default;
};
using Run = std::pair<Node, Node>;
using Interval = std::pair<std::int64_t, std::int64_t>;
/// Intervals along one axis by the place on the other.
using Intervals = std::map<std::int64_t, std::vector<Interval>>;

Node node_of(XY at) { return {std::llround(at.y / kUnionGrid), std::llround(at.x / kUnionGrid)}; }

/// Those that touch become one.
void merge(std::vector<Interval>& intervals) {
  std::sort(intervals.begin(), intervals.end());
  std::size_t kept = 0;
  for (std::size_t i = 1; i < intervals.size(); ++i)
    if (intervals[i].first <= intervals[kept].second)
      intervals[kept].second = std::max(intervals[kept].second, intervals[i].second);
    else
      intervals[++kept] = intervals[i];
  intervals.resize(kept + 1);
}

bool is_covered(const Intervals& rows, std::int64_t y, std::int64_t from, std::int64_t to) {
  const auto row = rows.find(y);
  if (row == rows.end()) return false;
  auto after = std::upper_bound(row->second.begin(), row->second.end(), Interval{from, INT64_MAX});
  return after != row->second.begin() && std::prev(after)->second >= to;
}

/// All runs of the strands, each once.
class Runs {
 public:
  void add(const std::vector<XY>& strand) {
    for (std::size_t i = 1; i < strand.size(); ++i) {
      Node from = node_of(strand[i - 1]);
      Node to = node_of(strand[i]);
      if (to < from) std::swap(from, to);
      if (from == to) continue;
      if (from.y == to.y)
        rows_[from.y].push_back({from.x, to.x});
      else if (from.x == to.x)
        columns_[from.x].push_back({from.y, to.y});
      else
        slanted_.insert({from, to});
    }
  }

  [[nodiscard]] std::set<Run> take(double width) {
    std::set<Run> runs = std::move(slanted_);
    for (auto& [y, row] : rows_) {
      merge(row);
      for (const auto& [from, to] : row) runs.insert({{y, from}, {y, to}});
    }
    const bool can_hide = width >= kUnionGrid && width <= 2 * kUnionGrid;
    for (auto& [x, column] : columns_) {
      merge(column);
      for (const auto& [from, to] : column)
        if (!can_hide || !is_hidden(x, from, to)) runs.insert({{from, x}, {to, x}});
    }
    return runs;
  }

 private:
  [[nodiscard]] bool is_hidden(std::int64_t x, std::int64_t from, std::int64_t to) const {
    for (std::int64_t y = from; y <= to; ++y)
      if (!is_covered(rows_, y, x - 1, x + 1)) return false;
    return true;
  }

  Intervals rows_;
  Intervals columns_;
  std::set<Run> slanted_;
};

/// Takes runs that follow one another, so that few moves are between them.
class Chains {
 public:
  explicit Chains(std::set<Run> runs) : left_(std::move(runs)) {
    for (const auto& [from, to] : left_) turned_.insert({to, from});
  }

  [[nodiscard]] bool empty() const { return left_.empty(); }

  /// The one through the first place, to both of its ends.
  [[nodiscard]] std::vector<Node> take() {
    const Node begin = left_.begin()->first;
    std::vector<Node> chain = follow(begin);
    std::reverse(chain.begin(), chain.end());
    chain.push_back(begin);
    const std::vector<Node> on = follow(begin);
    chain.insert(chain.end(), on.begin(), on.end());
    return chain;
  }

 private:
  std::vector<Node> follow(Node at) {
    std::vector<Node> places;
    while (const std::optional<Node> next = take_from(at)) {
      places.push_back(*next);
      at = *next;
    }
    return places;
  }

  std::optional<Node> take_from(Node at) {
    for (std::set<Run>* ends : {&left_, &turned_}) {
      const auto next = ends->lower_bound({at, kFirst});
      if (next == ends->end() || next->first != at) continue;
      const Node to = next->second;
      ends->erase(next);
      (ends == &left_ ? turned_ : left_).erase({to, at});
      return to;
    }
    return std::nullopt;
  }

  static constexpr Node kFirst{INT64_MIN, INT64_MIN};
  std::set<Run> left_;
  std::set<Run> turned_;  ///< the same, from their ends
};

XY place_of(Node node) {
  return {static_cast<double>(node.x) * kUnionGrid, static_cast<double>(node.y) * kUnionGrid};
}

}  // namespace

std::vector<Step> strand_union(const std::vector<std::vector<XY>>& strands, double width) {
  Runs all;
  for (const std::vector<XY>& strand : strands) all.add(strand);
  Chains chains(all.take(width));
  std::vector<Step> steps;
  while (!chains.empty()) {
    StepKind kind = StepKind::move;
    for (const Node& node : chains.take()) {
      steps.push_back({kind, place_of(node)});
      kind = StepKind::line;
    }
  }
  return steps;
}

}  // namespace crossfold::figure
