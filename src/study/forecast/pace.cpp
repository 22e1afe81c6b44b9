#include "pace.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace crossfold {
namespace {

/// What a worker's first cohort takes longer than it would later: loading, first touches of memory.
/// 0.2 to 0.9 s in the cases; of long cohorts it is nothing.
constexpr double kWarmUpSeconds = 0.2;

/// Spread of the logarithm that is assumed before there is one, and how many cohorts that counts
/// as.
constexpr double kUsualSpread = 0.2;
constexpr double kUsualCounts = 3;

constexpr int kSteps = 12;  ///< of expectation and maximisation: changes are below 1 % then

double skewness_of(const MeasuredWork& work) {
  const double mean = work.logs / work.cost;
  const double variance = work.log_squares / work.cost - mean * mean;
  if (variance <= 1e-9) return 0;
  const double cubes =
      work.log_cubes / work.cost - 3 * mean * work.log_squares / work.cost + 2 * mean * mean * mean;
  return cubes / (variance * std::sqrt(variance));
}

double below(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// Density over what is above, of a standard normal.
double hazard(double x) {
  if (x > 8) return x + 1 / x;
  return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi) / below(-x);
}

/// Weighted sums over logarithms; a weight of 1 is a cohort of usual cost.
struct LogSums {
  double weight = 0;
  double sum = 0;
  double squares = 0;
  double cohorts = 0;

  void add(double w, double mean, double variance) {
    weight += w;
    sum += w * mean;
    squares += w * (mean * mean + variance);
    cohorts += 1;
  }
  [[nodiscard]] double mean() const { return sum / weight; }
  [[nodiscard]] double variance() const {
    const double spread = std::max(0.0, squares / weight - mean() * mean());
    return (kUsualCounts * kUsualSpread * kUsualSpread + cohorts * spread) /
           (kUsualCounts + cohorts - 1);
  }
};

/// Items that have taken long enough to say something.
void add_censored(LogSums& sums, const LogSums& known, const Pace& pace,
                  std::span<const fleet::ItemAtHand> at_hand) {
  sums = known;
  const double sd = std::sqrt(pace.log_variance);
  for (const fleet::ItemAtHand& item : at_hand) {
    if (item.since_s <= 0 || item.cost <= 0) continue;
    const double x = (std::log(item.since_s / item.cost) - pace.log_mean) / sd;
    const double h = hazard(x);
    sums.add(item.cost / pace.usual_cost, pace.log_mean + sd * h,
             pace.log_variance * std::max(0.0, 1 + x * h - h * h));
  }
}

/// Before any cohort but the first ones has told its time.
std::optional<Pace> early_pace(const PaceSources& sources) {
  const MeasuredWork& first = sources.first;
  double seconds = 0;
  Pace pace{.log_mean = 0,
            .log_variance = kUsualSpread * kUsualSpread,
            .cohorts = std::max(1.0, first.cohorts),
            .usual_cost = first.cohorts > 0 ? first.cost / first.cohorts : 1};
  if (sources.before) {
    seconds = *sources.before;
    pace.cohorts = std::max(1U, sources.workers);
  } else if (first.cost > 0) {
    seconds =
        std::max(0.5 * first.seconds, first.seconds - kWarmUpSeconds * first.cohorts) / first.cost;
  }
  if (seconds <= 0) return std::nullopt;
  pace.log_mean = std::log(seconds) - 0.5 * pace.log_variance;
  return pace;
}

}  // namespace

double Pace::mean() const { return std::exp(log_mean + 0.5 * log_variance); }

double Pace::rest_s(const fleet::ItemAtHand& item) const {
  if (item.cost <= 0) return 0;
  const double usual_s = mean() * item.cost;
  if (item.since_s <= 0) return usual_s;
  const double sd = std::sqrt(log_variance);
  const double x = (std::log(item.since_s / item.cost) - log_mean) / sd;
  if (x > 6) return item.since_s * sd / x;  // the mean excess far beyond what is usual
  return std::max(0.0, usual_s * below(sd - x) / below(-x) - item.since_s);
}

double Pace::variance_of(double cost) const {
  const double of_mean =
      log_variance / cohorts + 0.5 * log_variance * log_variance / cohorts;  // Cox's method
  const double cohorts_left = std::max(1.0, cost / usual_cost);
  return of_mean + std::expm1(std::min(log_variance, 4.0)) / cohorts_left;
}

std::optional<Pace> pace_of(const PaceSources& sources,
                            std::span<const fleet::ItemAtHand> at_hand) {
  const MeasuredWork& later = sources.later;
  if (later.cost <= 0 || later.seconds <= 0) return early_pace(sources);
  Pace pace{.log_mean = 0,
            .log_variance = 0,
            .cohorts = later.cohorts,
            .usual_cost = later.cost / later.cohorts};
  LogSums known{.weight = later.cohorts,
                .sum = later.logs / pace.usual_cost,
                .squares = later.log_squares / pace.usual_cost,
                .cohorts = later.cohorts};
  const double of_sample = known.variance();
  if (sources.before)
    for (std::uint32_t i = 0; i < sources.workers; ++i)
      known.add(1, std::log(*sources.before) - 0.5 * of_sample, of_sample);
  LogSums sums = known;
  for (int step = 0; step <= kSteps; ++step) {
    pace.log_mean = sums.mean();
    pace.log_variance = sums.variance();
    if (step < kSteps) add_censored(sums, known, pace, at_hand);
  }
  pace.cohorts = known.cohorts;
  pace.skewness = skewness_of(later);
  return pace;
}

}  // namespace crossfold
