#include "crossfold/sweep/tpe.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "parzen_density.h"

namespace crossfold::sweep {
namespace {

constexpr double kUniformShare = 1.0 / 32;  ///< of the candidates
constexpr std::size_t kDraws = 32;          ///< of which one is taken
constexpr std::size_t kMostGood = 25;       ///< kernels of l
constexpr std::size_t kMostOthers = 256;    ///< kernels of g that a generation begins with
constexpr double kNarrowest = 0.01;         ///< of a number
constexpr double kWidestChoice = 0.8;
constexpr double kUniformDeviation = 0.28867513459481287;  ///< 1 / sqrt(12)

/// Places in `completed`, the best first.
std::vector<std::size_t> ranked(std::span<const ScoredPoint> completed) {
  std::vector<std::size_t> order(completed.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::optional<double>& first = completed[a].score;
    const std::optional<double>& second = completed[b].score;
    return first && (!second || *first > *second);
  });
  return order;
}

std::size_t count_good(std::span<const ScoredPoint> completed) {
  const auto scored = static_cast<std::size_t>(
      std::count_if(completed.begin(), completed.end(),
                    [](const ScoredPoint& point) { return point.score.has_value(); }));
  const auto n = static_cast<double>(completed.size());
  const double wanted = std::ceil(std::max(n / 10, std::sqrt(n) / 2));
  return std::min({scored, static_cast<std::size_t>(wanted), kMostGood});
}

double power(double base, std::size_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

/// n^(-p / q) without the library's pow, whose last digit is not the same everywhere: the x in
/// (0, 1] with x^q n^p = 1, by bisection.
double inverse_root(double n, std::size_t p, std::size_t q) {
  const double target = 1 / power(n, p);
  double low = 0, high = 1;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (power(middle, q) < target ? low : high) = middle;
  }
}

}  // namespace

/// Widths of the kernels around a group of points (ParzenDensity::add).
class TpeSearch::Widths {
 public:
  /// Of a number: `deviation` n^(-p / q) with q = 2 (d + 4) for d dimensions.
  struct Rule {
    double deviation = 0;
    std::size_t p = 0;
  };
  Widths(std::span<const SearchDimension> dimensions, std::span<const TreePoint> group, Rule rule)
      : dimensions_(dimensions), rule_(rule), counts_(dimensions.size(), 0) {
    for (const TreePoint& point : group)
      for (std::size_t j = 0; j < point.size(); ++j) counts_[j] += point[j] ? 1 : 0;
  }

  [[nodiscard]] std::vector<double> around(const TreePoint& point, double factor = 1) {
    const auto existing = static_cast<std::size_t>(
        std::count_if(point.begin(), point.end(), [](const auto& x) { return x.has_value(); }));
    std::vector<double> widths(point.size(), 1);
    for (std::size_t j = 0; j < point.size(); ++j) {
      if (!point[j]) continue;
      const double narrowing =
          factor * narrowing_of(std::max<std::size_t>(1, counts_[j]), existing);
      const SearchDimension& dimension = dimensions_[j];
      if (dimension.kind == DimensionKind::choice) {
        widths[j] = kWidestChoice * narrowing;
        continue;
      }
      widths[j] = std::max(kNarrowest, rule_.deviation * narrowing);
      // A whole number reaches its neighbours.
      if (dimension.kind == DimensionKind::whole)
        widths[j] = std::max(widths[j], 0.5 / (dimension.high - dimension.low + 1));
    }
    return widths;
  }

 private:
  double narrowing_of(std::size_t n, std::size_t dimensions) {
    const auto [known, fresh] = narrowings_.try_emplace({n, dimensions}, 0);
    if (fresh) known->second = inverse_root(static_cast<double>(n), rule_.p, 2 * (dimensions + 4));
    return known->second;
  }

  std::span<const SearchDimension> dimensions_;
  Rule rule_;
  std::vector<std::size_t> counts_;  ///< points of the group that have the dimension
  std::map<std::pair<std::size_t, std::size_t>, double> narrowings_;
};

struct TpeSearch::State {
  std::vector<SearchDimension> dimensions;
  ParzenDensity good;    ///< l
  ParzenDensity others;  ///< g
  Widths widths_of_others;
};

TpeSearch::TpeSearch(std::span<const SearchDimension> dimensions,
                     std::span<const ScoredPoint> completed) {
  const std::vector<std::size_t> order = ranked(completed);
  const std::size_t n_good = count_good(completed);
  std::vector<TreePoint> good, others;
  for (std::size_t i = 0; i < n_good; ++i) good.push_back(completed[order[i]].point);
  const std::size_t step = 1 + (order.size() - n_good) / (kMostOthers + 1);
  for (std::size_t i = n_good; i < order.size(); i += step)
    others.push_back(completed[order[i]].point);

  // The uniform density has the share of two points in l, and in g half of that share.
  const auto n = static_cast<double>(std::max<std::size_t>(1, n_good));
  const double in_good = n + 1;  // the mean weight of a good one is (n + 1) / 2
  const double in_others = std::max<double>(1, static_cast<double>(others.size())) / n;
  state_ = std::make_unique<State>(
      State{.dimensions = {dimensions.begin(), dimensions.end()},
            .good = ParzenDensity(dimensions, in_good),
            .others = ParzenDensity(dimensions, in_others),
            .widths_of_others = Widths(dimensions, others, {kUniformDeviation, 2})});
  Widths widths_of_good(dimensions, good, {kUniformDeviation / 2, 3});
  for (std::size_t i = 0; i < good.size(); ++i)
    state_->good.add(good[i], widths_of_good.around(good[i]), n - static_cast<double>(i));
  for (const TreePoint& point : others)
    state_->others.add(point, state_->widths_of_others.around(point), 1);
}
TpeSearch::~TpeSearch() = default;
TpeSearch::TpeSearch(TpeSearch&&) noexcept = default;
TpeSearch& TpeSearch::operator=(TpeSearch&&) noexcept = default;

TreePoint TpeSearch::next(RandomStream& stream) {
  TreePoint best = draw(stream);
  // Half as wide and half as heavy as one whose score is known: enough to spread a generation.
  state_->others.add(best, state_->widths_of_others.around(best, 0.5), 0.5);
  return best;
}

TreePoint TpeSearch::draw(RandomStream& stream) const {
  if (stream.uniform() < kUniformShare) return next_uniform(stream);
  TreePoint best;
  double best_ratio = -1;
  for (std::size_t i = 0; i < kDraws; ++i) {
    TreePoint point = state_->good.sample(stream);
    const double ratio = state_->good.at(point) / state_->others.at(point);
    if (ratio <= best_ratio) continue;
    best_ratio = ratio;
    best = std::move(point);
  }
  return best;
}

TreePoint TpeSearch::next_uniform(RandomStream& stream) const {
  return state_->good.sample_uniform(stream);
}

}  // namespace crossfold::sweep
