#include "crossfold/sweep/race_outlook.h"

#include <algorithm>
#include <cmath>

#include "crossfold/core/error.h"
#include "crossfold/stats/student_t.h"
#include "crossfold/stats/summary.h"

namespace crossfold::sweep {
namespace {

using Scores = std::span<const std::optional<double>>;

/// How far the leader is ahead of a contender that may be given up.
struct Behind {
  double mean = 0;
  double sd = 0;  ///< at least the indifference
  std::size_t n = 0;
};

/// The best mean, undefined scores aside; the first of equals. Nothing without a score.
std::optional<std::size_t> leader_of(std::span<const Contender> living, Scores scores,
                                     std::size_t splits) {
  std::optional<std::size_t> best;
  std::optional<double> best_mean;
  for (std::size_t i = 0; i < living.size(); ++i) {
    const std::optional<double> mean = stats::summarize(scores.subspan(i * splits, splits)).mean;
    if (!mean || (best_mean && *mean <= *best_mean)) continue;
    best = i;
    best_mean = mean;
  }
  return best;
}

/// Of all that may be given up; the others stay.
std::vector<Behind> differences_to(std::size_t leader, std::span<const Contender> living,
                                   Scores scores, std::size_t splits, double indifference) {
  std::vector<Behind> found;
  for (std::size_t i = 0; i < living.size(); ++i) {
    if (i == leader || living[i].stays) continue;
    std::vector<std::optional<double>> pairs(splits);
    for (std::size_t split = 0; split < splits; ++split) {
      const std::optional<double>& best = scores[leader * splits + split];
      const std::optional<double>& own = scores[i * splits + split];
      if (best && own) pairs[split] = *best - *own;
    }
    const stats::Summary summary = stats::summarize(pairs);
    if (summary.n >= 2)
      found.push_back({*summary.mean, std::max(*summary.sd, indifference), summary.n});
  }
  return found;
}

/// Probability that a contender is not given up at a rung, if it gets there.
double survival(const Behind& behind, const Rung& rung, std::uint32_t splits,
                const RaceSettings& settings) {
  const double all_splits = rung.all_splits;
  const std::size_t pairs = behind.n + rung.splits - splits;
  const auto m = static_cast<double>(pairs);
  const double level = *settings.risk * (rung.splits - rung.previous) / all_splits /
                       static_cast<double>(rung.candidates - 1);
  const double limit = stats::student_t_quantile(level, pairs - 1) * behind.sd / std::sqrt(m) *
                           std::sqrt(1 - rung.splits / all_splits) -
                       settings.indifference;
  const double spread = behind.sd * std::sqrt(1 / static_cast<double>(behind.n) - 1 / m);
  if (spread <= 0) return behind.mean <= limit ? 1 : 0;
  return stats::student_t_probability((limit - behind.mean) / spread, behind.n - 1);
}

std::vector<double> thirds(std::size_t rungs, std::size_t living) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < rungs; ++i) {
    living = (living + 2) / 3;
    numbers.push_back(static_cast<double>(living));
  }
  return numbers;
}

}  // namespace

std::vector<double> expected_going_on(const RaceSchedule& schedule, std::uint32_t splits,
                                      std::span<const Contender> living, Scores scores,
                                      const RaceSettings& settings) {
  CF_EXPECT(scores.size() == living.size() * splits);
  const auto ahead = std::upper_bound(schedule.rungs.begin(), schedule.rungs.end(), splits);
  const auto rungs = static_cast<std::size_t>(schedule.rungs.end() - ahead);
  if (!settings.risk) return thirds(rungs, living.size());
  std::vector<double> numbers(rungs, static_cast<double>(living.size()));
  const std::optional<std::size_t> leader = leader_of(living, scores, splits);
  if (!leader || living.size() < 2) return numbers;
  const std::vector<Behind> contested =
      differences_to(*leader, living, scores, splits, settings.indifference);
  for (const Behind& behind : contested) {
    if (behind.sd <= 0) continue;  // no indifference, and equal differences: nothing is known
    double lives = 1;
    std::uint32_t previous = splits;
    for (std::size_t i = 0; i < rungs; ++i) {
      const std::uint32_t at = ahead[static_cast<std::ptrdiff_t>(i)];
      const Rung rung{.splits = at,
                      .previous = previous,
                      .all_splits = schedule.all_splits,
                      .candidates = schedule.candidates};
      lives = std::min(lives, survival(behind, rung, splits, settings));
      numbers[i] -= 1 - lives;
      previous = at;
    }
  }
  return numbers;
}

}  // namespace crossfold::sweep
