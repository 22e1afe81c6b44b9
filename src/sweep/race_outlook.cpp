#include "crossfold/sweep/race_outlook.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"

namespace crossfold::sweep {
namespace {

constexpr std::size_t kPlays = 40;
constexpr std::size_t kFewestOfMany = 8;  ///< candidates from which all others are told

/// Scores taken apart: split + candidate + rest.
struct Parts {
  std::vector<double> split;
  std::vector<double> candidate;
  std::vector<double> rest;  ///< [candidates, splits]; 0 where the score is undefined
};

Parts parts_of(const RaceSoFar& so_far) {
  const std::size_t splits = so_far.splits;
  const std::size_t candidates = so_far.living.size();
  Parts parts{.split = std::vector<double>(splits),
              .candidate = std::vector<double>(candidates),
              .rest = std::vector<double>(so_far.scores.size())};
  for (std::size_t split = 0; split < splits; ++split) {
    double sum = 0;
    double n = 0;
    for (std::size_t i = 0; i < candidates; ++i)
      if (const auto& score = so_far.scores[i * splits + split]) {
        sum += *score;
        ++n;
      }
    parts.split[split] = n > 0 ? sum / n : 0;
  }
  for (std::size_t i = 0; i < candidates; ++i) {
    double sum = 0;
    double n = 0;
    for (std::size_t split = 0; split < splits; ++split)
      if (const auto& score = so_far.scores[i * splits + split]) {
        sum += *score - parts.split[split];
        ++n;
      }
    parts.candidate[i] = n > 0 ? sum / n : 0;
    for (std::size_t split = 0; split < splits; ++split)
      if (const auto& score = so_far.scores[i * splits + split])
        parts.rest[i * splits + split] = *score - parts.split[split] - parts.candidate[i];
  }
  return parts;
}

/// One race from here to its end, on splits that are drawn.
class Play {
 public:
  Play(const RaceSchedule& schedule, const RaceSoFar& so_far, const Parts& parts,
       RandomStream& random)
      : schedule_(&schedule), so_far_(&so_far), parts_(&parts) {
    const auto n = static_cast<double>(so_far.splits);
    for (std::size_t split = 0; split < so_far.splits; ++split)
      moves_.push_back(random.normal() / std::sqrt(n * (n - 1)));
    enlarged_ = std::sqrt(n / (n - 1));
    for (std::size_t split = so_far.splits; split < schedule.all_splits; ++split)
      drawn_.push_back(random.below(so_far.splits));
    for (std::size_t i = 0; i < so_far.living.size(); ++i) means_.push_back(mean_of(i));
  }

  /// Numbers that go on, by rung.
  std::vector<double> run(const RaceSettings& settings) const {
    std::vector<std::size_t> rows(so_far_->living.size());  // of so_far's, still in the race
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    std::vector<Contender> living(so_far_->living.begin(), so_far_->living.end());
    for (std::size_t i = 0; i < living.size(); ++i) living[i].candidate = i;
    std::vector<double> numbers;
    for (std::size_t rung = so_far_->decided; rung < schedule_->rungs.size(); ++rung) {
      const Rung at{.splits = schedule_->rungs[rung],
                    .previous = rung == 0 ? 0 : schedule_->rungs[rung - 1],
                    .all_splits = schedule_->all_splits,
                    .candidates = schedule_->candidates};
      if (living.size() > 1)
        living = decide_rung(at, living, table(living, at.splits), settings).going_on;
      numbers.push_back(static_cast<double>(living.size()));
    }
    return numbers;
  }

 private:
  [[nodiscard]] double rest(std::size_t row, std::size_t split) const {
    return parts_->rest[row * so_far_->splits + split];
  }

  [[nodiscard]] double mean_of(std::size_t row) const {
    double mean = parts_->candidate[row];
    for (std::size_t split = 0; split < moves_.size(); ++split)
      mean += moves_[split] * rest(row, split);
    return mean;
  }

  [[nodiscard]] std::vector<std::optional<double>> table(const std::vector<Contender>& living,
                                                         std::uint32_t splits) const {
    std::vector<std::optional<double>> scores;
    scores.reserve(living.size() * splits);
    for (const Contender& one : living)
      for (std::size_t split = 0; split < splits; ++split)
        scores.push_back(
            split < so_far_->splits
                ? so_far_->scores[one.candidate * so_far_->splits + split]
                : std::optional(means_[one.candidate] +
                                enlarged_ * rest(one.candidate, drawn_[split - so_far_->splits])));
    return scores;
  }

  const RaceSchedule* schedule_;
  const RaceSoFar* so_far_;
  const Parts* parts_;
  double enlarged_ = 1;
  std::vector<double> moves_;       ///< of a candidate's mean, a weight for each rest seen
  std::vector<std::size_t> drawn_;  ///< which split seen stands for each to come
  std::vector<double> means_;
};

/// What a part of the candidates came to, for all.
void tell_of_all(std::vector<double>& numbers, std::size_t part, std::size_t all,
                 RandomStream& random) {
  const double unseen = 1 - static_cast<double>(part) / static_cast<double>(all);
  const double beside = std::max(1.0, numbers.front() - 1);
  const double variance =
      std::log1p(2 * unseen / beside);  // of the logarithm: of the part, and of its leader
  const double factor = static_cast<double>(all - 1) / static_cast<double>(part - 1) *
                        std::exp(random.normal() * std::sqrt(variance) - variance / 2);
  for (double& number : numbers)
    number = std::min(static_cast<double>(all), 1 + (number - 1) * factor);
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

std::vector<std::vector<double>> play_on(const RaceSchedule& schedule, const RaceSoFar& so_far,
                                         const RaceSettings& settings) {
  CF_EXPECT(so_far.scores.size() == so_far.living.size() * so_far.splits);
  CF_EXPECT(so_far.decided <= schedule.rungs.size());
  const std::size_t rungs = schedule.rungs.size() - so_far.decided;
  if (rungs == 0) return {{}};
  const std::size_t all = so_far.decided == 0 ? schedule.candidates : so_far.living.size();
  if (!settings.risk) return {thirds(rungs, all)};
  const std::size_t part = so_far.living.size();
  if (all == 1) return {std::vector<double>(rungs, 1)};
  if (so_far.splits < 2 || part < std::min(all, kFewestOfMany)) return {};
  const Parts parts = parts_of(so_far);
  RandomStream random({.root_seed = part * 1000 + so_far.splits}, "race outlook");
  std::vector<std::vector<double>> plays;
  for (std::size_t i = 0; i < kPlays; ++i) {
    plays.push_back(Play(schedule, so_far, parts, random).run(settings));
    if (part < all) tell_of_all(plays.back(), part, all, random);
  }
  return plays;
}

std::optional<Expected> expected_of(std::vector<double> of_plays) {
  if (of_plays.empty()) return std::nullopt;
  std::sort(of_plays.begin(), of_plays.end());
  const auto last = static_cast<double>(of_plays.size() - 1);
  const auto at = [&](double share) {
    return of_plays[static_cast<std::size_t>(std::lround(share * last))];
  };
  const double sum = std::accumulate(of_plays.begin(), of_plays.end(), 0.0);
  return Expected{.mean = sum / (last + 1), .low = at(0.1), .high = at(0.9)};
}

}  // namespace crossfold::sweep
