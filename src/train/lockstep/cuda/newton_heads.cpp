#include "newton_heads.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/solve/logistic_checks.h"

namespace crossfold::train::cuda {
namespace {

/// As LogisticSettings has it.
constexpr double kGradientTolerance = 1e-6;
/// Steps go on while the next one would move a linear predictor by more than this, as in
/// fit_logistic().
constexpr double kMoveTolerance = 3e-5;
constexpr int kIterations = 100;
constexpr int kStepHalvings = 40;
/// A factored Hessian is replaced after a step that leaves more of the gradient than this.
constexpr double kSlow = 0.25;

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
  return sum;
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

/// The levels of a problem, ascending, and the labels as their places among them.
struct PresentLevels {
  /// Those that occur.
  PresentLevels(std::span<const std::int32_t> labels, std::size_t levels) : places(labels.size()) {
    std::vector<std::int32_t> place(levels, -1);
    for (const std::int32_t label : labels) place.at(static_cast<std::size_t>(label)) = 0;
    for (std::size_t level = 0; level < levels; ++level) {
      if (place[level] < 0) continue;
      place[level] = static_cast<std::int32_t>(present.size());
      present.push_back(level);
    }
    for (std::size_t i = 0; i < labels.size(); ++i)
      places[i] = place[static_cast<std::size_t>(labels[i])];
  }
  /// All, whether they occur or not.
  static PresentLevels all(std::span<const std::int32_t> labels, std::size_t levels) {
    PresentLevels every;
    every.places.assign(labels.begin(), labels.end());
    for (std::size_t level = 0; level < levels; ++level) every.present.push_back(level);
    return every;
  }
  std::vector<std::size_t> present;
  std::vector<std::int32_t> places;

 private:
  PresentLevels() = default;
};

/// One problem as the host sees it.
struct Solve {
  const HeadProblem* problem = nullptr;
  const PresentLevels* levels = nullptr;
  SoftmaxFit fit = {};
  std::vector<double> theta = {}, gradient = {}, direction = {};
  double value = 0;
  double slope = 0;
  double length = 0;
  double gradient_size = 0;
  double next_move = std::numeric_limits<double>::infinity();
  int iterations = 0;
  int passes = 0;
  bool factored = false;
  bool fresh = false;  ///< the factor is of the point at hand
  bool done = false;

  [[nodiscard]] bool has_converged() const {
    return gradient_size <= kGradientTolerance && next_move <= kMoveTolerance;
  }
};

std::vector<double> theta_of(const LogisticModel& model, const std::vector<std::size_t>& present) {
  std::vector<double> theta;
  for (const std::size_t level : present) {
    const auto row = model.weights.begin() + static_cast<std::ptrdiff_t>(level * kFeatures);
    theta.insert(theta.end(), row, row + kFeatures);
    theta.push_back(model.intercepts[level]);
  }
  return theta;
}

LogisticModel model_of(const Solve& solve) {
  const std::size_t levels = solve.problem->levels;
  LogisticModel model{
      .levels = levels,
      .dim = kFeatures,
      .weights = std::vector<double>(levels * kFeatures),
      .intercepts = std::vector<double>(levels, -std::numeric_limits<double>::infinity())};
  const std::vector<std::size_t>& present = solve.levels->present;
  double mean = 0;
  for (std::size_t k = 0; k < present.size(); ++k)
    mean += solve.theta[k * kLevelParameters + kFeatures] / static_cast<double>(present.size());
  for (std::size_t k = 0; k < present.size(); ++k) {
    const auto row = solve.theta.begin() + static_cast<std::ptrdiff_t>(k * kLevelParameters);
    std::copy_n(row, kFeatures,
                model.weights.begin() + static_cast<std::ptrdiff_t>(present[k] * kFeatures));
    model.intercepts[present[k]] = row[kFeatures] - mean;
  }
  return model;
}

using Solves = std::vector<Solve*>;

/// The problems on the device. Every call is about some of them.
class Batch {
 public:
  Batch(Device& device, const float* features, std::vector<Solve>& solves)
      : device_(device), features_(features) {
    std::size_t probabilities = 0;
    for (std::size_t i = 0; i < solves.size(); ++i) {
      Solve& solve = solves[i];
      solve.fit.place = static_cast<std::uint32_t>(i);
      solve.fit.probabilities = probabilities;
      probabilities += std::size_t{solve.fit.samples} * solve.fit.levels;
      stride_ = std::max(stride_, solve.fit.levels * kLevelParameters);
      parts_ = std::max(parts_, (solve.fit.samples + kPartRows - 1) / kPartRows);
    }
    place_labels(solves);
    const std::size_t numbers = solves.size() * stride_;
    probabilities_ = {device, probabilities};
    theta_ = {device, numbers};
    step_ = {device, numbers};
    gradient_ = {device, numbers};
    direction_ = {device, numbers};
    value_ = {device, solves.size()};
    move_ = {device, solves.size()};
    fits_ = {device, solves.size()};
    partials_ = {device, solves.size() * parts_ * (stride_ + 2)};
    host_.resize(numbers);
  }

  /// Value and gradient of each at theta + length * direction; the largest move of a predictor.
  struct Seen {
    std::vector<double> value, move, gradient;
    [[nodiscard]] std::span<const double> gradient_of(const Solve& solve,
                                                      std::size_t stride) const {
      return std::span(gradient).subspan(solve.fit.place * stride, solve.theta.size());
    }
  };
  Seen look(const Solves& some) {
    send(some, theta_, [](const Solve& solve, std::size_t j) {
      return solve.theta[j] + solve.length * solve.direction[j];
    });
    send(some, step_,
         [](const Solve& solve, std::size_t j) { return solve.length * solve.direction[j]; });
    device_.softmax_pass({.data = data_of(some),
                          .theta = theta_.data(),
                          .step = step_.data(),
                          .value = value_.data(),
                          .largest_move = move_.data(),
                          .gradient = gradient_.data(),
                          .partials = partials_.data(),
                          .parts = parts_});
    for (Solve* solve : some) ++solve->passes;
    return {.value = value_.get(0, value_.size()),
            .move = move_.get(0, move_.size()),
            .gradient = gradient_.get(0, gradient_.size())};
  }
  /// At the point that each has last looked at.
  void factor(const Solves& some) {
    if (some.empty()) return;
    factors_.reserve(device_, gradient_.size() * stride_);
    device_.newton_factor({.data = data_of(some), .factors = factors_.data()});
  }
  /// Newton's direction from each gradient.
  void aim(const Solves& some) {
    send(some, gradient_, [](const Solve& solve, std::size_t j) { return solve.gradient[j]; });
    device_.newton_step({.data = data_of(some),
                         .factors = factors_.data(),
                         .gradient = gradient_.data(),
                         .direction = direction_.data()});
    const std::vector<double> directions = direction_.get(0, direction_.size());
    for (Solve* solve : some) {
      const auto first =
          directions.begin() + static_cast<std::ptrdiff_t>(solve->fit.place * stride_);
      std::copy_n(first, solve->direction.size(), solve->direction.begin());
    }
  }
  [[nodiscard]] std::size_t stride() const { return stride_; }

 private:
  /// Labels that problems share go to the device once.
  void place_labels(std::vector<Solve>& solves) {
    std::map<const PresentLevels*, std::uint64_t> known;
    std::vector<std::int32_t> labels;
    for (Solve& solve : solves) {
      const auto [entry, is_new] = known.emplace(solve.levels, labels.size());
      if (is_new)
        labels.insert(labels.end(), solve.levels->places.begin(), solve.levels->places.end());
      solve.fit.labels = entry->second;
    }
    labels_ = {device_, std::span<const std::int32_t>(labels)};
  }

  template <class Number>
  void send(const Solves& some, DeviceArray<double>& to, const Number& number) {
    for (const Solve* solve : some)
      for (std::size_t j = 0; j < solve->theta.size(); ++j)
        host_[solve->fit.place * stride_ + j] = number(*solve, j);
    to.put(host_);
  }

  SoftmaxData data_of(const Solves& some) {
    std::vector<SoftmaxFit> fits;
    for (const Solve* solve : some) fits.push_back(solve->fit);
    fits_.put(fits);
    return {.fits = fits_.data(),
            .count = fits.size(),
            .stride = stride_,
            .features = features_,
            .labels = labels_.data(),
            .probabilities = probabilities_.data()};
  }

  Device& device_;
  const float* features_;
  std::size_t stride_ = 0, parts_ = 0;
  DeviceArray<std::int32_t> labels_;
  DeviceArray<double> probabilities_, theta_, step_, gradient_, direction_, value_, move_, factors_,
      partials_;
  DeviceArray<SoftmaxFit> fits_;
  std::vector<double> host_;
};

template <class Wanted>
Solves those(std::vector<Solve>& solves, const Wanted& wanted) {
  Solves some;
  for (Solve& solve : solves)
    if (wanted(solve)) some.push_back(&solve);
  return some;
}

/// Takes over what was seen at theta + length * direction.
void arrive(Solve& solve, const Batch::Seen& seen, std::size_t stride) {
  for (std::size_t j = 0; j < solve.theta.size(); ++j)
    solve.theta[j] += solve.length * solve.direction[j];
  const std::span<const double> gradient = seen.gradient_of(solve, stride);
  solve.gradient.assign(gradient.begin(), gradient.end());
  solve.value = seen.value[solve.fit.place];
  const double before = solve.gradient_size;
  solve.gradient_size = largest(gradient);
  if (solve.length > 0) {
    solve.next_move = seen.move[solve.fit.place] * solve.gradient_size / before;
    solve.fresh = false;
    if (solve.gradient_size > kSlow * before) solve.factored = false;
  }
}

/// Puts all at their starts; one that is worse than none is left for zeros, as in fit_logistic().
void start(Batch& batch, std::vector<Solve>& solves) {
  const Solves all = those(solves, [](const Solve&) { return true; });
  Batch::Seen seen = batch.look(all);
  const Solves poor = those(solves, [&](const Solve& solve) {
    return solve.problem->start != nullptr &&
           !(seen.value[solve.fit.place] < std::log(static_cast<double>(solve.fit.levels)));
  });
  for (Solve& solve : solves) arrive(solve, seen, batch.stride());
  if (poor.empty()) return;
  for (Solve* solve : poor) std::fill(solve->theta.begin(), solve->theta.end(), 0.0);
  seen = batch.look(poor);
  for (Solve* solve : poor) arrive(*solve, seen, batch.stride());
}

/// Halves steps until each has led down; a problem whose step does not is through, or tries again
/// with a Hessian of its own point.
void move_along(Batch& batch, Solves searching) {
  for (Solve* solve : searching) {
    solve->length = 1;
    solve->slope = dot(solve->gradient, solve->direction);
  }
  for (int halvings = 0; !searching.empty() && halvings <= kStepHalvings; ++halvings) {
    const Batch::Seen seen = batch.look(searching);
    std::erase_if(searching, [&](Solve* solve) {
      // Where the decrease to come is lost in the rounding of the value, the step is trusted.
      const bool trusted = -solve->slope <= 1e-12 * std::abs(solve->value);
      const double bound = solve->value + 1e-4 * solve->length * solve->slope;
      if (!trusted && !(seen.value[solve->fit.place] <= bound)) return false;
      arrive(*solve, seen, batch.stride());
      ++solve->iterations;
      return true;
    });
    for (Solve* solve : searching) solve->length /= 2;
  }
  for (Solve* solve : searching) {
    solve->length = 0;
    if (solve->fresh)
      solve->done = true;
    else
      solve->factored = false;
  }
  if (searching.empty()) return;
  (void)batch.look(searching);  // a factor is of the point last looked at
}

void minimise(Batch& batch, std::vector<Solve>& solves) {
  while (true) {
    for (Solve& solve : solves) {
      if (!std::isfinite(solve.value) || solve.gradient_size == 0 || solve.has_converged() ||
          solve.iterations >= kIterations)
        solve.done = true;
    }
    const Solves active = those(solves, [](const Solve& solve) { return !solve.done; });
    if (active.empty()) return;
    const Solves unfactored =
        those(solves, [](const Solve& solve) { return !solve.done && !solve.factored; });
    batch.factor(unfactored);
    for (Solve* solve : unfactored) solve->factored = solve->fresh = true;
    batch.aim(active);
    move_along(batch, active);
  }
}

HeadSolve outcome_of(const Solve& solve) {
  try {
    solve::check_objective(solve.value + solve.gradient_size);
    return {.solution = {.model = model_of(solve),
                         .converged = solve.gradient_size <= kGradientTolerance,
                         .gradient = solve.gradient_size,
                         .iterations = solve.iterations,
                         .products = solve.passes},
            .failure = nullptr};
  } catch (const Error&) {
    return {.solution = {}, .failure = std::current_exception()};
  }
}

/// Levels of problems that share their labels, worked out once.
class KnownLevels {
 public:
  template <class Make>  // PresentLevels(labels, levels)
  const PresentLevels& of(const HeadProblem& problem, const Make& make) {
    const std::pair key(problem.labels.data(), problem.labels.size());
    const auto entry = known_.find(key);
    if (entry != known_.end()) return entry->second;
    return known_.emplace(key, make(problem.labels, problem.levels)).first->second;
  }

 private:
  std::map<std::pair<const std::int32_t*, std::size_t>, PresentLevels> known_;
};

Solve solve_of(const HeadProblem& problem, const PresentLevels& levels, double penalty) {
  Solve solve{.problem = &problem, .levels = &levels};
  const std::size_t size = levels.present.size() * kLevelParameters;
  solve.fit = {.place = 0,
               .levels = static_cast<std::uint32_t>(levels.present.size()),
               .samples = static_cast<std::uint32_t>(problem.labels.size()),
               .penalty = penalty,
               .features = problem.features,
               .labels = 0,
               .probabilities = 0};
  solve.theta = problem.start == nullptr ? std::vector<double>(size)
                                         : theta_of(*problem.start, levels.present);
  solve.gradient.resize(size);
  solve.direction.resize(size);
  return solve;
}

}  // namespace

std::vector<HeadSolve> solve_heads(Device& device, const float* features,
                                   std::span<const HeadProblem> problems) {
  std::vector<HeadSolve> outcomes(problems.size());
  KnownLevels known;
  std::vector<Solve> solves;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const PresentLevels& levels = known.of(
        problems[i], [](auto labels, std::size_t count) { return PresentLevels(labels, count); });
    try {
      solve::check_levels(levels.present.size(), problems[i].labels.size());
    } catch (const Error&) {
      outcomes[i].failure = std::current_exception();
      continue;
    }
    const double penalty = 1 / static_cast<double>(problems[i].labels.size());
    solves.push_back(solve_of(problems[i], levels, penalty));
    places.push_back(i);
  }
  if (solves.empty()) return outcomes;
  Batch batch(device, features, solves);
  start(batch, solves);
  minimise(batch, solves);
  for (std::size_t i = 0; i < solves.size(); ++i) outcomes[places[i]] = outcome_of(solves[i]);
  return outcomes;
}

std::vector<double> head_losses(Device& device, const float* features,
                                std::span<const HeadProblem> problems) {
  KnownLevels known;
  std::vector<Solve> solves;
  for (const HeadProblem& problem : problems)
    solves.push_back(solve_of(problem, known.of(problem, PresentLevels::all), 0));
  if (solves.empty()) return {};
  Batch batch(device, features, solves);
  return batch.look(those(solves, [](const Solve&) { return true; })).value;
}

std::size_t head_problem_bytes(std::size_t samples, std::size_t levels) {
  const std::size_t size = levels * kLevelParameters;
  return sizeof(double) *
             (samples * levels + size * (size + 4) + 2 + (samples / kPartRows + 1) * (size + 2)) +
         sizeof(SoftmaxFit);
}

}  // namespace crossfold::train::cuda
