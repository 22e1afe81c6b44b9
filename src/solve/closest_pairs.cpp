#include "crossfold/solve/closest_pairs.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>
#include <tuple>

#include "crossfold/core/error.h"
#include "crossfold/solve/one_thread.h"
#include "crossfold/solve/products.h"

namespace crossfold::solve {
namespace {

constexpr std::size_t kTileRows = 512;  ///< rows; a tile of products fits a core's cache

struct Found {
  float cosine;
  std::uint32_t a, b;
};

bool nearer(const Found& x, const Found& y) {
  return std::tuple(-x.cosine, x.a, x.b) < std::tuple(-y.cosine, y.a, y.b);
}

/// The nearest pairs seen so far.
class Nearest {
 public:
  explicit Nearest(std::size_t keep) : keep_(keep) {}

  [[nodiscard]] float cutoff() const { return cutoff_; }
  void add(const Found& found) {
    found_.push_back(found);
    if (found_.size() >= 4 * keep_) thin_out();
  }
  void thin_out() {
    if (found_.size() <= keep_) return;
    const auto last = found_.begin() + static_cast<std::ptrdiff_t>(keep_ - 1);
    std::nth_element(found_.begin(), last, found_.end(), nearer);
    cutoff_ = last->cosine;
    found_.resize(keep_);
  }
  [[nodiscard]] const std::vector<Found>& found() const { return found_; }

 private:
  std::size_t keep_;
  float cutoff_ = -std::numeric_limits<float>::infinity();
  std::vector<Found> found_;
};

/// Either all rows of `a` against all of `b`, or `a` against itself, each pair once.
struct Comparison {
  GroupedRows a;
  GroupedRows b;
  bool within = false;
};

struct Tile {
  std::size_t a, b;  ///< first rows
};

std::vector<Tile> tiles_of(const Comparison& work) {
  std::vector<Tile> tiles;
  for (std::size_t a = 0; a < work.a.groups.size(); a += kTileRows)
    for (std::size_t b = work.within ? a : 0; b < work.b.groups.size(); b += kTileRows)
      tiles.push_back({a, b});
  return tiles;
}

/// Compares one tile; returns how many pairs count.
std::uint64_t compare(const Comparison& work, const Tile& tile, std::vector<float>& cosines,
                      Nearest& nearest) {
  const std::size_t dim = work.a.rows->features.dim;
  const std::size_t m = std::min(kTileRows, work.a.groups.size() - tile.a);
  const std::size_t n = std::min(kTileRows, work.b.groups.size() - tile.b);
  multiply({.b = Operand::transposed, .m = m, .n = n, .k = dim},
           work.a.rows->values.data() + tile.a * dim, dim,
           work.b.rows->values.data() + tile.b * dim, dim, cosines.data(), n);
  std::uint64_t counted = 0;
  for (std::size_t i = 0; i < m; ++i) {
    const std::size_t a = tile.a + i;
    if (work.a.rows->inverse_norm[a] == 0) continue;
    const bool diagonal = work.within && tile.a == tile.b;
    for (std::size_t j = diagonal ? i + 1 : 0; j < n; ++j) {
      const std::size_t b = tile.b + j;
      if (work.a.groups[a] == work.b.groups[b] || work.b.rows->inverse_norm[b] == 0) continue;
      ++counted;
      if (cosines[i * n + j] >= nearest.cutoff())
        nearest.add({.cosine = cosines[i * n + j],
                     .a = static_cast<std::uint32_t>(a),
                     .b = static_cast<std::uint32_t>(b)});
    }
  }
  return counted;
}

double distance_of(const UnitRows& a, std::size_t i, const UnitRows& b, std::size_t j) {
  const float* x = a.features.row(i);
  const float* y = b.features.row(j);
  double sum = 0;
  for (std::size_t d = 0; d < a.features.dim; ++d) {
    const double difference = (static_cast<double>(x[d]) - a.mean[d]) * a.inverse_norm[i] -
                              (static_cast<double>(y[d]) - b.mean[d]) * b.inverse_norm[j];
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

ClosestPairs compare_all(const Comparison& work, const ClosestPairsSettings& settings) {
  CF_EXPECT(settings.keep >= 1);
  CF_EXPECT(work.a.rows->features.dim == work.b.rows->features.dim);
  const std::vector<Tile> tiles = tiles_of(work);
  const std::size_t threads = std::max<std::size_t>(
      1, std::min<std::size_t>(settings.threads, std::max<std::size_t>(tiles.size(), 1)));
  std::vector<Nearest> nearest(threads, Nearest(settings.keep));
  std::vector<std::uint64_t> counted(threads, 0);
  std::atomic<std::size_t> next{0};
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t)
      workers.emplace_back([&, t] {
        use_one_thread();
        std::vector<float> cosines(kTileRows * kTileRows);
        for (std::size_t i = next++; i < tiles.size(); i = next++)
          counted[t] += compare(work, tiles[i], cosines, nearest[t]);
      });
  }
  Nearest all(settings.keep);
  ClosestPairs result;
  for (std::size_t t = 0; t < threads; ++t) {
    result.compared += counted[t];
    for (const Found& found : nearest[t].found()) all.add(found);
  }
  all.thin_out();
  for (const Found& found : all.found())
    result.pairs.push_back({.a = found.a,
                            .b = found.b,
                            .distance = distance_of(*work.a.rows, found.a, *work.b.rows, found.b)});
  std::sort(result.pairs.begin(), result.pairs.end(), [](const ClosePair& x, const ClosePair& y) {
    return std::tuple(x.distance, x.a, x.b) < std::tuple(y.distance, y.a, y.b);
  });
  return result;
}

}  // namespace

UnitRows unit_rows(const FeatureRows& features, std::span<const double> mean) {
  CF_EXPECT(features.scaling == nullptr && mean.size() == features.dim);
  const std::size_t count = features.count();
  UnitRows unit{.features = features,
                .mean = {mean.begin(), mean.end()},
                .inverse_norm = std::vector<double>(count, 0),
                .values = std::vector<float>(count * features.dim, 0)};
  for (std::size_t i = 0; i < count; ++i) {
    const float* row = features.row(i);
    double squares = 0;
    for (std::size_t d = 0; d < features.dim; ++d) {
      const double off = static_cast<double>(row[d]) - mean[d];
      squares += off * off;
    }
    if (squares == 0) continue;
    unit.inverse_norm[i] = 1 / std::sqrt(squares);
    for (std::size_t d = 0; d < features.dim; ++d)
      unit.values[i * features.dim + d] =
          static_cast<float>((static_cast<double>(row[d]) - mean[d]) * unit.inverse_norm[i]);
  }
  return unit;
}

ClosestPairs closest_pairs(const GroupedRows& rows, const ClosestPairsSettings& settings) {
  return compare_all({.a = rows, .b = rows, .within = true}, settings);
}

ClosestPairs closest_pairs(const GroupedRows& a, const GroupedRows& b,
                           const ClosestPairsSettings& settings) {
  return compare_all({.a = a, .b = b, .within = false}, settings);
}

}  // namespace crossfold::solve
