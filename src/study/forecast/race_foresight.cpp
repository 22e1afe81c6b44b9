#include "race_foresight.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "crossfold/sweep/race_order.h"

namespace crossfold {
namespace {

/// Of a race's contenders from rung to rung, without scores: recorded races came to 0.25 to 0.55.
constexpr double kGoingOn = 0.4;
/// Of candidates, before all others are told by them: the best of fewer is too far from the best.
constexpr std::size_t kFewestToCompare = 8;
constexpr std::size_t kPartToCompare = 6;  ///< one in so many
constexpr std::size_t kLooks = 16;         ///< while the first stage is trained

using Position = std::pair<SeedIndex, FoldIndex>;
/// The fits of a candidate, in the race's order of splits.
using FitsByCandidate = std::map<std::uint32_t, std::vector<std::uint32_t>>;

std::map<Position, std::size_t> places_of(const Job& job) {
  std::map<Position, std::size_t> places;
  for (const sweep::SplitPosition& split :
       sweep::race_order(job.seed, static_cast<std::uint32_t>(job.splits.seeds),
                         static_cast<std::uint32_t>(job.splits.folds)))
    places.emplace(Position(split.seed, split.fold), places.size());
  return places;
}

/// The cross-validation fits of all candidates of the stages, by place in the race.
FitsByCandidate fits_of(const Job& job, const Plan& plan, std::span<const Stage> stages) {
  const std::map<Position, std::size_t> places = places_of(job);
  std::map<std::uint32_t, std::map<std::size_t, std::uint32_t>> by_place;
  for (const Stage& stage : stages)
    for (const std::uint32_t index : stage.fits) {
      const Fit& fit = plan.fits[index];
      if (fit.scheme == SplitScheme::k_fold)
        by_place[fit.candidate][places.at({fit.seed, fit.fold})] = index;
    }
  FitsByCandidate fits;
  for (const auto& [candidate, of_candidate] : by_place)
    for (const auto& [place, fit] : of_candidate) fits[candidate].push_back(fit);
  return fits;
}

std::set<std::string> staying(std::span<const Stage> stages) {
  std::set<std::string> names;
  for (const Stage& stage : stages)
    if (stage.record.leader_stays) names.insert(stage.record.leader);
  return names;
}

std::set<std::uint32_t> candidates_of(const Plan& plan, const std::vector<std::uint32_t>& fits) {
  std::set<std::uint32_t> candidates;
  for (const std::uint32_t fit : fits) candidates.insert(plan.fits[fit].candidate);
  return candidates;
}

/// Of one candidate, with sources left out behind the last rung.
double source_out_fits(const Plan& plan, const Chain& chain, std::size_t candidates) {
  const auto fits = std::count_if(chain.fits.begin(), chain.fits.end(), [&](std::uint32_t fit) {
    return plan.fits[fit].scheme == SplitScheme::source_out;
  });
  return static_cast<double>(fits) / static_cast<double>(candidates);
}

/// Scores that a forecast may rest on: of those who are in the race, on the splits they all have.
struct Seen {
  std::vector<sweep::Contender> living;
  std::vector<std::optional<double>> scores;
  std::uint32_t splits = 0;
};

/// Scores of candidates on the first splits of the race.
using ScoreRows = std::map<std::uint32_t, std::vector<std::optional<double>>>;

ScoreRows rows_of(const Plan& plan, const FitsByCandidate& fits, std::uint32_t splits,
                  const std::unordered_map<FitId, double>& scores) {
  ScoreRows rows;
  for (const auto& [candidate, of_candidate] : fits) {
    if (of_candidate.size() < splits) continue;
    std::vector<std::optional<double>>& row = rows[candidate];
    for (std::uint32_t split = 0; split < splits; ++split) {
      const auto found = scores.find(plan.fits[of_candidate[split]].id);
      row.push_back(found == scores.end() ? std::nullopt : std::optional(found->second));
    }
  }
  return rows;
}

bool has_all(const std::vector<std::optional<double>>& row, std::span<const std::uint32_t> splits) {
  return std::all_of(splits.begin(), splits.end(),
                     [&](std::uint32_t split) { return row[split].has_value(); });
}

/// While the first rung is trained: splits on which many candidates have a score, of which the most
/// is known of differences between candidates: (splits - 1) x candidates.
std::vector<std::uint32_t> splits_to_compare(const ScoreRows& rows, std::uint32_t splits) {
  const std::size_t fewest = std::max(kFewestToCompare, rows.size() / kPartToCompare);
  std::vector<std::size_t> scored(splits, 0);
  for (const auto& [candidate, row] : rows)
    for (std::uint32_t split = 0; split < splits; ++split)
      if (row[split]) ++scored[split];
  std::vector<std::uint32_t> order(splits);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return scored[a] > scored[b]; });
  std::vector<std::uint32_t> best;
  std::size_t most = 0;
  for (std::size_t n = 2; n <= order.size(); ++n) {
    const auto first = std::span(order).first(n);
    const auto common = static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [&](const auto& row) { return has_all(row.second, first); }));
    if (common < fewest || common * (n - 1) < most) continue;
    most = common * (n - 1);
    best.assign(first.begin(), first.end());
  }
  return best;
}

Seen seen_in(const Job& job, const Plan& plan, std::span<const Stage> stages,
             const Experiment& experiment, const std::unordered_map<FitId, double>& scores) {
  const bool is_first = stages.size() == 1;
  const std::uint32_t trained = stages[is_first ? 0 : stages.size() - 2].record.splits;
  const ScoreRows rows = rows_of(plan, fits_of(job, plan, stages), trained, scores);
  std::vector<std::uint32_t> splits(trained);
  std::iota(splits.begin(), splits.end(), 0U);
  if (is_first) splits = splits_to_compare(rows, trained);
  Seen seen{.living = {}, .scores = {}, .splits = static_cast<std::uint32_t>(splits.size())};
  const std::set<std::uint32_t> in_race = candidates_of(plan, stages.back().fits);
  const std::set<std::string> stay = staying(stages);
  for (const auto& [candidate, row] : rows) {
    if (!in_race.contains(candidate) || splits.empty()) continue;
    if (is_first && !has_all(row, splits)) continue;  // not trained yet, or not to be compared
    seen.living.push_back(
        {.candidate = candidate, .stays = stay.contains(experiment.candidates[candidate].name)});
    for (const std::uint32_t split : splits) seen.scores.push_back(row[split]);
  }
  return seen;
}

}  // namespace

class RaceForesight::Watcher final : public StageRule {
 public:
  Watcher(std::unique_ptr<StageRule> rule, RaceForesight& foresight)
      : rule_(std::move(rule)), foresight_(&foresight) {}

  [[nodiscard]] std::optional<double> score(std::uint32_t chain,
                                            const FitResult& result) const override {
    const std::optional<double> value = rule_->score(chain, result);
    if (value) foresight_->chains_[chain].scores.insert_or_assign(result.id, *value);
    return value;
  }
  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const override {
    Stage stage = rule_->next(chain, before, scores);
    std::vector<Stage>& stages = foresight_->chains_[chain].stages;
    stages.assign(before.begin(), before.end());
    stages.push_back(stage);
    return stage;
  }
  [[nodiscard]] std::vector<std::uint32_t> likely(std::uint32_t chain,
                                                  std::span<const Stage> before,
                                                  const ChainScores& scores) const override {
    return rule_->likely(chain, before, scores);
  }

 private:
  std::unique_ptr<StageRule> rule_;
  RaceForesight* foresight_;
};

std::unique_ptr<StageRule> RaceForesight::watch(std::unique_ptr<StageRule> rule) {
  return std::make_unique<Watcher>(std::move(rule), *this);
}

bool RaceForesight::look() {
  bool is_new = false;
  for (auto& [chain, watched] : chains_) {
    const Experiment& experiment = job_->experiments[plan_->chains[chain].experiment];
    if (watched.stages.empty() || !experiment.sweep || !experiment.sweep->race) continue;
    Known known{.stages = watched.stages.size(), .sixteenths = 0};
    if (known.stages == 1)
      known.sixteenths =
          watched.scores.size() * kLooks / std::max<std::size_t>(1, watched.stages[0].fits.size());
    if (watched.looked_at == known) continue;
    watched.looked_at = known;
    fits_.insert_or_assign(chain, fits_after(chain, watched));
    is_new = true;
  }
  return is_new;
}

sweep::Expected RaceForesight::fits_after(std::uint32_t chain, const Watched& watched) const {
  const std::vector<Stage>& stages = watched.stages;
  const Chain& of = plan_->chains[chain];
  const Experiment& experiment = job_->experiments[of.experiment];
  const RaceSettings& race = *experiment.sweep->race;
  const StageRecord& latest = stages.back().record;
  const auto all_splits = static_cast<std::uint32_t>(job_->splits.seeds * job_->splits.folds);
  const std::size_t decided = stages.size() - 1;
  // Over, or by a rule that is not this race's: nothing is foreseen.
  if (latest.over || latest.splits > all_splits || decided > race.rungs.size()) return {};
  const std::size_t candidates = candidates_of(*plan_, of.fits).size();
  const double source_out = source_out_fits(*plan_, of, candidates);

  // What goes on after the rung that is trained now is trained up to the next, and so on.
  std::vector<std::uint32_t> ends(race.rungs.begin(), race.rungs.end());
  ends.push_back(all_splits);
  const auto fits_asked = [&](const std::vector<double>& numbers) {
    double fits = source_out * (numbers.empty() ? latest.living : numbers.back());
    for (std::size_t i = 0; i < numbers.size(); ++i)
      fits += numbers[i] * (ends[decided + i + 1] - ends[decided + i]);
    return fits;
  };
  const Seen seen = seen_in(*job_, *plan_, stages, experiment, watched.scores);
  std::vector<double> of_plays;
  for (const std::vector<double>& numbers :
       sweep::play_on({.rungs = race.rungs, .all_splits = all_splits, .candidates = candidates},
                      {.living = seen.living,
                      .scores = seen.scores,
                      .splits = seen.splits,
                      .decided = decided},
                      race))
    of_plays.push_back(fits_asked(numbers));
  if (const auto expected = sweep::expected_of(of_plays)) return *expected;

  const std::size_t rungs = race.rungs.size() - decided;
  std::vector<double> guess(rungs, latest.living);
  for (double share = kGoingOn; double& number : guess) {
    number *= share;
    share *= kGoingOn;
  }
  return {.mean = fits_asked(guess),
          .low = fits_asked(std::vector<double>(rungs, 1)),
          .high = fits_asked(std::vector<double>(rungs, latest.living))};
}

}  // namespace crossfold
