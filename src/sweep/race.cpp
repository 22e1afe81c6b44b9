#include "crossfold/sweep/race.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/stats/student_t.h"
#include "crossfold/stats/summary.h"

namespace crossfold::sweep {
namespace {

using Scores = std::span<const std::optional<double>>;

/// A contender with its scores, and how far the leader is ahead of it on the splits of both.
struct Entry {
  Contender contender;
  Scores scores;
  std::size_t defined = 0;
  stats::Summary behind{};  ///< leader's score - its own
};

/// By candidate, so that nothing depends on the order that the caller has.
std::vector<Entry> entries_of(std::span<const Contender> living, Scores scores,
                              std::size_t splits) {
  std::vector<Entry> entries;
  entries.reserve(living.size());
  for (std::size_t i = 0; i < living.size(); ++i) {
    const Scores own = scores.subspan(i * splits, splits);
    for (const std::optional<double>& score : own) CF_EXPECT(!score || std::isfinite(*score));
    const auto defined =
        std::count_if(own.begin(), own.end(), [](const auto& score) { return score.has_value(); });
    entries.push_back({living[i], own, static_cast<std::size_t>(defined)});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.contender.candidate < b.contender.candidate;
  });
  const auto twice =
      std::adjacent_find(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.contender.candidate == b.contender.candidate;
      });
  CF_EXPECT(twice == entries.end());
  return entries;
}

/// Splits on which all entries with so many defined scores have one.
std::vector<std::size_t> common_splits(const std::vector<Entry>& entries, std::size_t defined,
                                       std::size_t splits) {
  std::vector<std::size_t> common;
  for (std::size_t split = 0; split < splits; ++split)
    if (std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
          return entry.defined < defined || entry.scores[split].has_value();
        }))
      common.push_back(split);
  return common;
}

/// The best mean among those with the most defined scores; the first of equals. `entries` has one.
const Entry& leader_of(const std::vector<Entry>& entries, std::size_t splits) {
  const std::size_t most =
      std::max_element(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.defined < b.defined;
      })->defined;
  const std::vector<std::size_t> common = common_splits(entries, most, splits);
  const Entry* best = nullptr;
  double best_sum = 0;
  for (const Entry& entry : entries) {
    if (entry.defined < most) continue;
    double sum = 0;
    for (const std::size_t split : common) sum += *entry.scores[split];
    if (best != nullptr && sum <= best_sum) continue;
    best = &entry;
    best_sum = sum;
  }
  return *best;
}

/// The defined differences a - b.
stats::Summary differences(Scores a, Scores b) {
  std::vector<std::optional<double>> pairs(a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] && b[i]) pairs[i] = *a[i] - *b[i];
  return stats::summarize(pairs);
}

/// Student's quantiles at one level, each computed once: most contenders have the same number of
/// pairs.
class Quantiles {
 public:
  Quantiles(double level, std::size_t most_pairs) : level_(level), of_(most_pairs + 1) {}

  double operator()(std::size_t pairs) {
    std::optional<double>& t = of_[pairs];
    if (!t) t = stats::student_t_quantile(level_, pairs - 1);
    return *t;
  }

 private:
  double level_;
  std::vector<std::optional<double>> of_;
};

/// Who is given up because the leader is certain enough not to lose more than the indifference.
std::vector<bool> hardly_best(const std::vector<Entry>& entries, const Entry& leader,
                              const Rung& rung, double risk, double indifference) {
  CF_EXPECT(risk > 0 && risk < 1 && indifference >= 0);
  std::vector<bool> given_up(entries.size(), false);
  if (entries.size() < 2) return given_up;
  const double all_splits = rung.all_splits;
  const double spent = risk * (rung.splits - rung.previous) / all_splits;
  Quantiles t(spent / static_cast<double>(rung.candidates - 1), rung.splits);
  const double unseen = std::sqrt(1 - rung.splits / all_splits);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const stats::Summary& behind = entry.behind;
    if (&entry == &leader || entry.contender.stays || behind.n < 2) continue;
    const double error =
        std::max(*behind.sd, indifference) / std::sqrt(static_cast<double>(behind.n)) * unseen;
    given_up[i] = *behind.mean - t(behind.n) * error > -indifference;
  }
  return given_up;
}

/// All but the leader and the best of the others, a third of the living together.
std::vector<bool> below_best_third(const std::vector<Entry>& entries, const Entry& leader) {
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (&entries[i] != &leader) others.push_back(i);
  std::stable_sort(others.begin(), others.end(), [&](std::size_t a, std::size_t b) {
    const std::optional<double>& behind_a = entries[a].behind.mean;
    const std::optional<double>& behind_b = entries[b].behind.mean;
    if (!behind_a || !behind_b) return behind_a.has_value() && !behind_b.has_value();
    return *behind_a < *behind_b;
  });
  const std::size_t third = (entries.size() + 2) / 3;
  std::vector<bool> given_up(entries.size(), false);
  for (std::size_t rank = third - 1; rank < others.size(); ++rank) given_up[others[rank]] = true;
  return given_up;
}

/// Why an entry is given up that lost its comparison, or none of whose fits has a score.
std::optional<GivenUpBecause> reason_of(const Entry& entry, bool lost, const Entry& leader,
                                        const RaceSettings& settings) {
  if (entry.defined == 0 && leader.defined >= 2) return GivenUpBecause::all_fits_failed;
  if (!lost) return std::nullopt;
  return settings.risk ? GivenUpBecause::hardly_best : GivenUpBecause::below_best_third;
}

}  // namespace

RungDecision decide_rung(const Rung& rung, std::span<const Contender> living,
                         std::span<const std::optional<double>> scores,
                         const RaceSettings& settings) {
  CF_EXPECT(rung.previous < rung.splits && rung.splits < rung.all_splits);
  CF_EXPECT(!living.empty() && living.size() <= rung.candidates);
  CF_EXPECT(scores.size() == living.size() * rung.splits);
  std::vector<Entry> entries = entries_of(living, scores, rung.splits);
  const Entry& leader = leader_of(entries, rung.splits);

  RungDecision decision;
  for (Entry& entry : entries) {
    if (&entry == &leader) continue;
    entry.behind = differences(leader.scores, entry.scores);
    decision.dropped_pairs += entry.behind.undefined;
  }
  std::vector<bool> lost(entries.size(), false);
  if (leader.defined > 0) {
    decision.leader = leader.contender.candidate;
    lost = settings.risk ? hardly_best(entries, leader, rung, *settings.risk, settings.indifference)
                         : below_best_third(entries, leader);
  }
  bool leader_stays = leader.contender.stays;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const auto reason = reason_of(entry, lost[i], leader, settings);
    if (!reason) {
      decision.going_on.push_back(entry.contender);
      continue;
    }
    leader_stays = leader_stays || *reason == GivenUpBecause::hardly_best;
    decision.given_up.push_back({.candidate = entry.contender.candidate,
                                 .reason = *reason,
                                 .n = entry.defined,
                                 .mean = stats::summarize(entry.scores).mean});
  }
  for (Contender& contender : decision.going_on)
    if (contender.candidate == decision.leader) contender.stays = leader_stays;
  return decision;
}

}  // namespace crossfold::sweep
