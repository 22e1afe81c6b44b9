#include "crossfold/solve/logistic_regression.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/logistic_checks.h"
#include "crossfold/stats/scores.h"

#include "newton_preconditioner.h"
#include "row_kernels.h"
#include "softmax_objective.h"

namespace crossfold {
namespace {

using solve::NewtonPreconditioner;
using solve::PreconditionerKind;
using solve::SoftmaxObjective;

/// Up to this many parameters the whole Hessian is factored.
constexpr std::size_t kJointSize = 640;
/// Steps go on while the next one would move a linear predictor by more than this.
constexpr double kMoveTolerance = 3e-5;
/// Conjugate gradients of one Newton step.
constexpr int kMaxProducts = 250;

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

struct Step {
  std::vector<double> direction;  ///< as theta
  double slope = 0;               ///< gradient times direction, negative
  int products = 0;
};

/// Preconditioned conjugate gradients on H d = -g until the residual, in the norm of the
/// preconditioner, has fallen to `forcing` of what it was.
template <class T>
Step newton_step(const SoftmaxObjective& objective, const NewtonPreconditioner& preconditioner,
                 double forcing) {
  const std::span<const double> gradient = objective.gradient();
  const std::size_t size = gradient.size();
  Step step{.direction = std::vector<double>(size)};
  std::vector<double> residual(size), solved(size), product(size);
  for (std::size_t j = 0; j < size; ++j) residual[j] = -gradient[j];
  preconditioner.apply(residual, solved);
  std::vector<double> direction = solved;
  double norm = dot(residual, solved);
  const double target = norm * forcing * forcing;
  while (step.products < kMaxProducts) {
    objective.hessian_product<T>(direction, product);
    ++step.products;
    const double curvature = dot(direction, product);
    if (!(curvature > 0)) break;  // rounding: nothing left to gain
    const double length = norm / curvature;
    for (std::size_t j = 0; j < size; ++j) {
      step.direction[j] += length * direction[j];
      residual[j] -= length * product[j];
    }
    preconditioner.apply(residual, solved);
    const double next_norm = dot(residual, solved);
    if (!(next_norm > target)) break;
    const double ratio = next_norm / norm;
    for (std::size_t j = 0; j < size; ++j) direction[j] = solved[j] + ratio * direction[j];
    norm = next_norm;
  }
  step.slope = dot(gradient, step.direction);
  return step;
}

/// Where along a line a convex value is nearly flat. Its slope is below 0 at length 0 and grows.
class LineSearch {
 public:
  /// Flat is a slope of at most `kFlat` of the one at 0, `slope`.
  explicit LineSearch(double slope) : first_slope_(slope), low_slope_(slope) {}

  [[nodiscard]] bool is_flat(double slope) const {
    return std::abs(slope) <= -kFlat * first_slope_;
  }
  /// Where to look next when `slope`, which is not flat, was found at `length`.
  [[nodiscard]] double next(double length, double slope) {
    if (slope < 0) {
      // Slopes of softmax fade exponentially.
      const double rate = std::log(low_slope_ / slope) / (length - low_);
      const double wanted = length + std::log(slope / (kFlat / 2 * first_slope_)) / rate;
      low_ = length;
      low_slope_ = slope;
      if (!std::isfinite(high_))
        return wanted > length ? std::min(wanted, kFurthest * length) : kFurthest * length;
    } else {
      high_ = length;
      high_slope_ = slope;
    }
    // Between the two by the secant, kept away from both.
    const double share = std::isfinite(high_slope_) ? low_slope_ / (low_slope_ - high_slope_) : 0.5;
    return low_ + std::clamp(share, 0.1, 0.9) * (high_ - low_);
  }

 private:
  static constexpr double kFlat = 0.25;
  static constexpr double kFurthest = 4;  // times the last length
  double first_slope_;
  double low_ = 0, low_slope_;
  double high_ = std::numeric_limits<double>::infinity(), high_slope_ = high_;
};

/// Moves along the step to where the value is nearly flat. Far from the minimum, where most rows
/// are told apart already, that is well beyond Newton's length of 1, and points on the line are
/// cheap. False when nothing is gained.
bool move_along(SoftmaxObjective& objective, const Step& step) {
  constexpr int kLooks = 30;
  if (!(step.slope < 0)) return false;
  objective.aim(step.direction);
  // Where the decrease to come is lost in the rounding of the value, Newton's step is trusted.
  const bool trusted = -step.slope <= 1e-12 * std::abs(objective.value());
  LineSearch search(step.slope);
  double length = 1;
  for (int looks = 0; looks < kLooks; ++looks) {
    const double slope = objective.look(length).slope;
    if (trusted || search.is_flat(slope)) {
      objective.arrive();
      return true;
    }
    length = search.next(length, slope);
  }
  (void)objective.look(0);
  objective.arrive();
  return false;
}

enum class Start { cold, warm };

/// Keeps the preconditioner, and makes a better one as soon as the products spent with the old one
/// would have paid for it. From a cold start all probabilities are equal, and the cheap one is the
/// Hessian itself; from a warm one the curvature will hardly change, and the better one will last.
class Preconditioning {
 public:
  Preconditioning(const SoftmaxObjective& objective, Start start)
      : objective_(objective),
        refined_(objective.size() <= kJointSize ? PreconditionerKind::joint
                                                : PreconditionerKind::per_level),
        price_(solve::cost_in_products(objective, refined_)),
        current_(solve::make_preconditioner(
            objective, start == Start::cold ? PreconditionerKind::shared : refined_)) {}

  const NewtonPreconditioner& current() {
    if (spent_ >= price_) {
      current_ = solve::make_preconditioner(objective_, refined_);
      spent_ = 0;
    }
    return *current_;
  }
  void spend(int products) { spent_ += products; }

 private:
  const SoftmaxObjective& objective_;
  PreconditionerKind refined_;
  double price_;
  double spent_ = 0;
  std::unique_ptr<NewtonPreconditioner> current_;
};

struct Progress {
  double gradient = 0;
  int iterations = 0;
  int products = 0;
};

Progress minimise(SoftmaxObjective& objective, const LogisticSettings& settings, Start start) {
  solve::check_objective(objective.value());
  Progress progress;
  Preconditioning preconditioning(objective, start);
  bool rounded = true;  // products in float32, as long as they lead down
  // How far the next step would move a logit: the last one's move, shrunk as the gradient was.
  double next_move = std::numeric_limits<double>::infinity();
  while (true) {
    solve::check_objective(objective.value());
    const double gradient = objective.largest_gradient();
    if (progress.iterations > 0) {
      next_move = objective.largest_move() * gradient / progress.gradient;
      if (gradient > 0.5 * progress.gradient && progress.gradient < 1e-3) rounded = false;
    }
    progress.gradient = gradient;
    if (gradient <= settings.gradient_tolerance && next_move <= kMoveTolerance) break;
    if (gradient == 0 || progress.iterations == settings.max_iterations) break;
    // Loose while steps are far from quadratic convergence.
    const double forcing = std::clamp(4 * std::sqrt(gradient), 1e-2, 0.25);
    const NewtonPreconditioner& preconditioner = preconditioning.current();
    const Step step = rounded ? newton_step<float>(objective, preconditioner, forcing)
                              : newton_step<double>(objective, preconditioner, forcing);
    preconditioning.spend(step.products);
    progress.products += step.products;
    if (!move_along(objective, step)) {
      if (!rounded) break;
      rounded = false;
    }
    ++progress.iterations;
  }
  return progress;
}

/// The levels that occur, ascending, and for every level its place among them.
struct PresentLevels {
  std::vector<std::size_t> levels;
  std::vector<std::int32_t> place;
};

PresentLevels present_levels(std::span<const std::int32_t> labels, std::size_t levels) {
  PresentLevels present{.levels = {}, .place = std::vector<std::int32_t>(levels, -1)};
  for (const std::int32_t label : labels) {
    CF_EXPECT(label >= 0 && static_cast<std::size_t>(label) < levels);
    present.place[static_cast<std::size_t>(label)] = 0;
  }
  for (std::size_t level = 0; level < levels; ++level) {
    if (present.place[level] < 0) continue;
    present.place[level] = static_cast<std::int32_t>(present.levels.size());
    present.levels.push_back(level);
  }
  return present;
}

std::vector<double> starting_point(const SoftmaxObjective& objective, const PresentLevels& present,
                                   const LogisticModel& start) {
  CF_EXPECT(start.dim == objective.dim() && start.levels == present.place.size());
  std::vector<double> weights, intercepts;
  for (const std::size_t level : present.levels) {
    const auto row = start.weights.begin() + static_cast<std::ptrdiff_t>(level * start.dim);
    weights.insert(weights.end(), row, row + static_cast<std::ptrdiff_t>(start.dim));
    const double intercept = start.intercepts[level];
    intercepts.push_back(std::isfinite(intercept) ? intercept : 0);  // absent in the earlier fit
  }
  return objective.theta_of(weights, intercepts);
}

LogisticModel model_at(const SoftmaxObjective& objective, const PresentLevels& present) {
  const std::size_t dim = objective.dim();
  std::vector<double> weights(present.levels.size() * dim), intercepts(present.levels.size());
  objective.parameters(weights, intercepts);
  const std::size_t levels = present.place.size();
  LogisticModel model{
      .levels = levels,
      .dim = dim,
      .weights = std::vector<double>(levels * dim),
      .intercepts = std::vector<double>(levels, -std::numeric_limits<double>::infinity())};
  for (std::size_t place = 0; place < present.levels.size(); ++place) {
    const std::size_t level = present.levels[place];
    std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(place * dim), dim,
                model.weights.begin() + static_cast<std::ptrdiff_t>(level * dim));
    model.intercepts[level] = intercepts[place];
  }
  return model;
}

}  // namespace

void solve::check_levels(std::size_t levels, std::size_t samples) {
  CF_VALIDATE(levels >= 2, ErrorCode::bad_input,
              fmt::format("only one level occurs among the {} samples of a logistic regression "
                          "(there is nothing to tell apart). use other samples or another label",
                          samples));
}

void solve::check_objective(double value) {
  CF_VALIDATE(std::isfinite(value), ErrorCode::bad_input,
              "the objective of a logistic regression is not finite (a feature is not a finite "
              "number, or too large). check the features");
}

LogisticFit fit_logistic(const FeatureRows& features, std::span<const std::int32_t> labels,
                         std::size_t levels, const LogisticSettings& settings,
                         const LogisticModel* start) {
  CF_EXPECT(features.dim > 0 && settings.c > 0);
  CF_EXPECT(features.count() == labels.size() && !labels.empty());
  CF_EXPECT(settings.weights.empty() || settings.weights.size() == labels.size());
  const PresentLevels present = present_levels(labels, levels);
  solve::check_levels(present.levels.size(), labels.size());
  std::vector<std::int32_t> places(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    places[i] = present.place[static_cast<std::size_t>(labels[i])];
  }
  SoftmaxObjective objective(features, std::move(places), present.levels.size(), settings.c,
                             settings.instruction_set, settings.weights);
  Start kind = Start::cold;
  if (start != nullptr) {
    objective.move_to(starting_point(objective, present, *start));
    const double at_zero = std::log(static_cast<double>(objective.levels()));
    if (objective.value() < at_zero) kind = Start::warm;  // else it is worse than none
  }
  if (kind == Start::cold) objective.move_to(std::vector<double>(objective.size()));
  const Progress progress = minimise(objective, settings, kind);
  return {.model = model_at(objective, present),
          .converged = progress.gradient <= settings.gradient_tolerance,
          .gradient = progress.gradient,
          .iterations = progress.iterations,
          .products = progress.products};
}

std::vector<double> logits(const LogisticModel& model, const FeatureRows& features,
                           InstructionSet set) {
  CF_EXPECT(features.dim > 0 && features.dim == model.dim);
  std::vector<double> weights = model.weights;
  std::vector<double> offsets = model.intercepts;
  if (features.scaling != nullptr) {
    for (std::size_t level = 0; level < model.levels; ++level) {
      for (std::size_t d = 0; d < model.dim; ++d) {
        double& weight = weights[level * model.dim + d];
        weight *= features.scaling->inverse_sd[d];
        offsets[level] -= weight * features.scaling->mean[d];
      }
    }
  }
  const std::size_t count = features.count();
  std::vector<const float*> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = features.row(i);
  std::vector<double> columns(count * model.levels);
  // [levels, count], then transposed.
  solve::row_kernels<double>(set).products(rows.data(), count, model.dim, weights.data(),
                                           model.levels, columns.data(), count);
  std::vector<double> out(count * model.levels);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t level = 0; level < model.levels; ++level) {
      out[i * model.levels + level] = columns[level * count + i] + offsets[level];
    }
  }
  return out;
}

std::vector<double> probabilities(const LogisticModel& model, const FeatureRows& features,
                                  InstructionSet set) {
  return stats::softmax_rows(logits(model, features, set), model.levels);
}

}  // namespace crossfold
