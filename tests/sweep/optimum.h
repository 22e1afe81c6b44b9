#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "crossfold/job/point_sequence.h"
#include "crossfold/sweep/tpe.h"

#include "sweep/surface.h"

namespace crossfold::sweep {

/// Something to be maximized over the unit cube.
struct Problem {
  std::string name;
  std::size_t dimensions = 0;
  std::function<double(const std::vector<double>&)> score;
};

/// Branin's function, negative, on its usual square.
inline double branin(const std::vector<double>& point) {
  constexpr double kPi = std::numbers::pi;
  const double x = -5 + 15 * point[0], y = 15 * point[1];
  const double valley = y - 5.1 / (4 * kPi * kPi) * x * x + 5 / kPi * x - 6;
  return -(valley * valley + 10 * (1 - 1 / (8 * kPi)) * std::cos(x) + 10);
}

/// A recorded surface (surfaces/README.md) as a function: the means over the splits, between the
/// points of their grid linear in the logarithms of lambda.from, lambda.to and the learning rate.
class SurfaceFunction {
 public:
  explicit SurfaceFunction(const std::string& name)
      : surface_(read_surface(std::string(CROSSFOLD_TEST_DATA) + "/surfaces/" + name + ".json")) {
    for (std::size_t c = 0; c < surface_.candidates; ++c) {
      double sum = 0, n = 0;
      for (std::size_t s = 0; s < surface_.splits(); ++s)
        if (const auto& score = surface_.scores[c * surface_.splits() + s]) {
          sum += *score;
          n += 1;
        }
      means_.push_back(sum / n);
    }
  }

  double operator()(const std::vector<double>& point) const { return value(point, 0, 0); }

 private:
  /// From the dimension `at` on, in the part of the table that the ones before it chose.
  [[nodiscard]] double value(const std::vector<double>& point, std::size_t at,
                             std::size_t index) const {
    if (at == axes_.size()) return means_[index];
    const std::vector<double>& axis = axes_[at];
    const double log_value =
        std::log(axis.front()) + point[at] * (std::log(axis.back()) - std::log(axis.front()));
    std::size_t i = 0;
    while (i + 2 < axis.size() && std::log(axis[i + 1]) <= log_value) ++i;
    const double t = (log_value - std::log(axis[i])) / std::log(axis[i + 1] / axis[i]);
    const std::size_t below = index * axis.size() + i;
    return (1 - t) * value(point, at + 1, below) + t * value(point, at + 1, below + 1);
  }

  /// The candidates of a surface in their order: the learning rate changes first.
  std::vector<std::vector<double>> axes_{{0.1, 0.3, 1, 2, 4, 8, 15, 30},
                                         {0.01, 0.1, 0.5, 2, 10},
                                         {0.0003, 0.0007, 0.0015, 0.003, 0.007}};
  Surface surface_;
  std::vector<double> means_;  ///< [candidates]
};

/// One of tpe_cases.json.
inline Problem read_problem(const nlohmann::json& recorded) {
  Problem problem{.name = recorded.at("name").get<std::string>(),
                  .dimensions = recorded.at("axes").size(),
                  .score = branin};
  if (problem.name != "branin") problem.score = SurfaceFunction(problem.name);
  return problem;
}

/// The best of `candidates` candidates by generations of `generation`, as a sweep draws them.
inline double best_by_tpe(const Problem& problem, std::size_t candidates, std::size_t generation,
                          std::uint64_t seed) {
  const std::vector<SearchDimension> dimensions(
      problem.dimensions, SearchDimension{.key = "x", .low = 0, .high = 1, .only_if = {}});
  std::vector<ScoredPoint> completed;
  const auto complete = [&](std::vector<double> point) {
    completed.push_back({TreePoint(point.begin(), point.end()), problem.score(point)});
  };
  const auto sobol = make_point_sequence(Sampler::sobol, problem.dimensions, seed);
  std::vector<double> point(problem.dimensions);
  for (std::size_t i = 0; i < std::min(generation, candidates); ++i) {
    sobol->next(point);
    complete(point);
  }
  for (std::uint32_t number = 1; completed.size() < candidates; ++number) {
    TpeSearch search(dimensions, completed);
    RandomStream stream({.root_seed = seed, .seed = SeedIndex(number)}, "tpe");
    const std::size_t left = std::min(generation, candidates - completed.size());
    for (std::size_t i = 0; i < left; ++i) {
      const TreePoint drawn = search.next(stream);
      for (std::size_t j = 0; j < point.size(); ++j) point[j] = *drawn[j];
      complete(point);
    }
  }
  double best = *completed.front().score;
  for (const ScoredPoint& one : completed) best = std::max(best, *one.score);
  return best;
}

inline double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

}  // namespace crossfold::sweep
