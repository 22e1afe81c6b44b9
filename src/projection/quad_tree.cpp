#include "quad_tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crossfold/core/error.h"

namespace crossfold::projection {
namespace {

constexpr unsigned kLevels = 26;          ///< of halving a side
constexpr std::uint32_t kLeafPoints = 4;  ///< so few are not divided further

/// The bits of a 26-bit number, a zero after each.
std::uint64_t spread(std::uint64_t bits) {
  bits = (bits | (bits << 16U)) & 0x0000ffff0000ffffU;
  bits = (bits | (bits << 8U)) & 0x00ff00ff00ff00ffU;
  bits = (bits | (bits << 4U)) & 0x0f0f0f0f0f0f0f0fU;
  bits = (bits | (bits << 2U)) & 0x3333333333333333U;
  return (bits | (bits << 1U)) & 0x5555555555555555U;
}

/// The square around all points.
struct Square {
  TsnePoint corner;
  double side;
};

Square square_around(std::span<const TsnePoint> map) {
  TsnePoint low = map.front(), high = map.front();
  for (const TsnePoint& point : map)
    for (std::size_t d = 0; d < 2; ++d) {
      low[d] = std::min(low[d], point[d]);
      high[d] = std::max(high[d], point[d]);
    }
  return {.corner = low, .side = std::max(high[0] - low[0], high[1] - low[1])};
}

std::uint64_t code_of(const TsnePoint& point, const Square& square) {
  constexpr double kCells = 1U << kLevels;
  std::array<std::uint64_t, 2> place{};
  for (std::size_t d = 0; d < 2; ++d) {
    const double share = square.side > 0 ? (point[d] - square.corner[d]) / square.side : 0;
    place[d] = static_cast<std::uint64_t>(std::min(share * kCells, kCells - 1));
  }
  return spread(place[0]) | (spread(place[1]) << 1U);
}

}  // namespace

QuadTree::QuadTree(std::span<const TsnePoint> map) {
  CF_EXPECT(!map.empty());
  const Square square = square_around(map);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> coded(map.size());
  for (std::size_t i = 0; i < map.size(); ++i)
    coded[i] = {code_of(map[i], square), static_cast<std::uint32_t>(i)};
  std::sort(coded.begin(), coded.end());
  std::vector<std::uint64_t> codes;
  codes.reserve(map.size());
  for (const auto& [code, point] : coded) {
    codes.push_back(code);
    order_.push_back(point);
    sorted_.push_back(map[point]);
  }
  add_cell(codes, 0, static_cast<std::uint32_t>(map.size()), 0, square.side);
}

void QuadTree::add_cell(const std::vector<std::uint64_t>& codes, std::uint32_t begin,
                        std::uint32_t end, unsigned level, double side) {
  const std::size_t self = cells_.size();
  Cell cell{.square_side = side * side, .begin = begin, .end = end};
  for (std::uint32_t i = begin; i < end; ++i) {
    cell.x += sorted_[i][0];
    cell.y += sorted_[i][1];
  }
  cell.x /= end - begin;
  cell.y /= end - begin;
  cell.is_leaf = end - begin <= kLeafPoints || level == kLevels ? 1 : 0;
  cells_.push_back(cell);
  if (cell.is_leaf == 0) {
    const unsigned shift = 2 * (kLevels - 1 - level);
    for (std::uint32_t first = begin; first < end;) {
      const std::uint64_t quarter = codes[first] >> shift;
      std::uint32_t last = first;
      while (last < end && codes[last] >> shift == quarter) ++last;
      add_cell(codes, first, last, level + 1, side / 2);
      first = last;
    }
  }
  cells_[self].next = static_cast<std::uint32_t>(cells_.size());
}

Push QuadTree::push_at(std::size_t place, double theta) const {
  const TsnePoint self = sorted_[place];
  const double square_theta = theta * theta;
  Push push;
  for (std::uint32_t c = 0; c < cells_.size();) {
    const Cell& cell = cells_[c];
    const double x = self[0] - cell.x;
    const double y = self[1] - cell.y;
    const double square = x * x + y * y;
    if (cell.square_side < square_theta * square) {
      const double q = 1 / (1 + square);
      const double mass = static_cast<double>(cell.end - cell.begin) * q;
      push.sum += mass;
      push.x += mass * q * x;
      push.y += mass * q * y;
      c = cell.next;
      continue;
    }
    if (cell.is_leaf != 0)
      for (std::uint32_t i = cell.begin; i < cell.end; ++i) {
        if (i == place) continue;
        const double to_x = self[0] - sorted_[i][0];
        const double to_y = self[1] - sorted_[i][1];
        const double q = 1 / (1 + to_x * to_x + to_y * to_y);
        push.sum += q;
        push.x += q * q * to_x;
        push.y += q * q * to_y;
      }
    ++c;
  }
  return push;
}

}  // namespace crossfold::projection
