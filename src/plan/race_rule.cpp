#include "race_rule.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/stats/summary.h"

#include "score_by.h"

namespace crossfold {
namespace {

using sweep::Contender;
using sweep::GivenUpBecause;
using sweep::RungDecision;

std::string word_of(GivenUpBecause reason) {
  switch (reason) {
    case GivenUpBecause::hardly_best:
      return "hardly-best";
    case GivenUpBecause::below_best_third:
      return "below-best-third";
    case GivenUpBecause::all_fits_failed:
      return "no-score";
  }
  return "";
}

}  // namespace

RaceRule::RaceRule(const Job& job, const Plan& plan) : plan_(&plan) {
  for (const Chain& chain : plan.chains) tracks_.push_back(make_track(job, chain));
}

RaceRule::Track RaceRule::make_track(const Job& job, const Chain& chain) const {
  const auto seeds = static_cast<std::uint32_t>(job.splits.seeds);
  const auto folds = static_cast<std::uint32_t>(job.splits.folds);
  const std::vector<sweep::SplitPosition> order = sweep::race_order(job.seed, seeds, folds);
  std::map<std::pair<SeedIndex, FoldIndex>, std::size_t> place_of;
  for (std::size_t i = 0; i < order.size(); ++i) place_of[{order[i].seed, order[i].fold}] = i;

  Track track;
  track.experiment = &job.experiments[chain.experiment];
  if (!track.experiment->sweep->race) return track;  // another rule's
  track.rungs = track.experiment->sweep->race->rungs;
  track.rungs.push_back(seeds * folds);
  for (const std::uint32_t index : chain.fits) {
    const Fit& fit = plan_->fits[index];
    if (track.candidates.empty() || track.candidates.back() != fit.candidate) {
      track.candidates.push_back(fit.candidate);
      track.fits.emplace_back(order.size());
      track.source_out.emplace_back();
    }
    if (fit.scheme == SplitScheme::source_out) {
      track.source_out.back().push_back(index);
      continue;
    }
    CF_EXPECT(fit.scheme == SplitScheme::k_fold);
    track.fits.back()[place_of.at({fit.seed, fit.fold})] = index;
  }
  return track;
}

std::optional<double> RaceRule::score(std::uint32_t chain, const FitResult& result) const {
  return score_by(tracks_[chain].experiment->sweep->race->by, result);
}

std::vector<Contender> RaceRule::contenders(const Track& track, std::span<const Stage> before) {
  std::set<std::string> gone;
  std::set<std::string> staying;
  for (const Stage& stage : before) {
    for (const StageRecord::GivenUp& one : stage.record.given_up) gone.insert(one.candidate);
    if (stage.record.leader_stays) staying.insert(stage.record.leader);
  }
  std::vector<Contender> living;
  for (std::size_t i = 0; i < track.candidates.size(); ++i) {
    const std::string& name = track.name_of(i);
    if (!gone.contains(name)) living.push_back({.candidate = i, .stays = staying.contains(name)});
  }
  return living;
}

RungDecision RaceRule::decide(const Track& track, std::size_t rung,
                              std::span<const Contender> living, const ChainScores& scores) const {
  std::vector<std::optional<double>> table;  // [living, splits]
  table.reserve(living.size() * track.rungs[rung]);
  for (const Contender& contender : living)
    for (std::size_t split = 0; split < track.rungs[rung]; ++split)
      table.push_back(scores.of(plan_->fits[track.fits[contender.candidate][split]].id));
  return sweep::decide_rung({.splits = track.rungs[rung],
                             .previous = rung == 0 ? 0 : track.rungs[rung - 1],
                             .all_splits = track.rungs.back(),
                             .candidates = track.candidates.size()},
                            living, table, *track.experiment->sweep->race);
}

Stage RaceRule::next(std::uint32_t chain, std::span<const Stage> before,
                     const ChainScores& scores) const {
  const Track& track = tracks_[chain];
  const std::size_t rung = before.size();
  std::vector<Contender> living = contenders(track, before);
  if (rung == track.rungs.size() && track.leaves_sources_out())
    return source_out_stage(track, before, living, scores);
  if (rung >= track.rungs.size()) return last_stage(track, living, scores);
  Stage stage;
  if (rung > 0) {
    const RungDecision decision = decide(track, rung - 1, living, scores);
    living = decision.going_on;
    tell(track, decision, stage.record);
  }
  const std::size_t first = rung == 0 ? 0 : track.rungs[rung - 1];
  for (const Contender& contender : living)
    for (std::size_t split = first; split < track.rungs[rung]; ++split)
      stage.fits.push_back(track.fits[contender.candidate][split]);
  stage.record.splits = track.rungs[rung];
  stage.record.living = static_cast<std::uint32_t>(living.size());
  stage.record.fits_at_most = fits_at_most(track, before, living);
  return stage;
}

std::vector<Contender> RaceRule::best_first(const Track& track, std::size_t splits,
                                            std::vector<Contender> living,
                                            const ChainScores& scores) const {
  struct Standing {
    double sum = 0;
    std::size_t n = 0;
    [[nodiscard]] double mean() const { return n == 0 ? 0 : sum / static_cast<double>(n); }
  };
  std::vector<Standing> standings(living.size());
  for (std::size_t split = 0; split < splits; ++split) {
    std::vector<std::pair<std::size_t, double>> known;  // splits differ, and not all have each
    double sum = 0;
    for (std::size_t i = 0; i < living.size(); ++i) {
      const auto score = scores.of(plan_->fits[track.fits[living[i].candidate][split]].id);
      if (!score) continue;
      known.emplace_back(i, *score);
      sum += *score;
    }
    for (const auto& [i, score] : known) {
      standings[i].sum += score - sum / static_cast<double>(known.size());
      ++standings[i].n;
    }
  }
  std::vector<std::size_t> order(living.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return standings[a].mean() > standings[b].mean();
  });
  std::vector<Contender> sorted;
  for (const std::size_t i : order) sorted.push_back(living[i]);
  return sorted;
}

std::vector<std::uint32_t> RaceRule::likely(std::uint32_t chain, std::span<const Stage> before,
                                            const ChainScores& scores) const {
  const Track& track = tracks_[chain];
  if (before.empty() || before.size() >= track.rungs.size()) return {};
  const std::size_t rung = before.size() - 1;  // that is being trained
  const std::vector<Contender> best =
      best_first(track, track.rungs[rung], contenders(track, before), scores);
  struct Foreseen {
    std::size_t place;
    std::uint32_t fit;
  };
  const std::size_t last_place = std::max<std::size_t>(1, best.size() * 2 / 3);
  std::vector<Foreseen> foreseen;
  for (std::size_t ahead = rung + 1; ahead < track.rungs.size(); ++ahead)
    for (std::size_t i = 0; i < best.size(); ++i) {
      const bool goes_on = best[i].stays || best.size() == 1;
      const std::size_t place = goes_on ? 1 : (i + 1) << (ahead - rung - 1);
      if (place > last_place) continue;
      for (std::size_t split = track.rungs[ahead - 1]; split < track.rungs[ahead]; ++split)
        foreseen.push_back({place, track.fits[best[i].candidate][split]});
    }
  std::stable_sort(foreseen.begin(), foreseen.end(),
                   [](const Foreseen& a, const Foreseen& b) { return a.place < b.place; });
  std::vector<std::uint32_t> fits;
  for (const Foreseen& one : foreseen) fits.push_back(one.fit);
  return fits;
}

void RaceRule::tell(const Track& track, const RungDecision& decision, StageRecord& record) {
  if (decision.leader) {
    record.leader = track.name_of(*decision.leader);
    record.leader_stays = std::any_of(
        decision.going_on.begin(), decision.going_on.end(), [&](const Contender& contender) {
          return contender.candidate == *decision.leader && contender.stays;
        });
  }
  record.dropped_pairs = decision.dropped_pairs;
  for (const sweep::GivenUp& one : decision.given_up)
    record.given_up.push_back({.candidate = track.name_of(one.candidate),
                               .reason = word_of(one.reason),
                               .n = static_cast<std::uint32_t>(one.n),
                               .mean = one.mean});
}

std::uint64_t RaceRule::fits_at_most(const Track& track, std::span<const Stage> before,
                                     std::span<const Contender> living) const {
  std::unordered_set<FitId> fits;
  for (const Stage& stage : before)
    for (const std::uint32_t fit : stage.fits) fits.insert(plan_->fits[fit].id);
  for (const Contender& contender : living)
    for (const auto* of : {&track.fits, &track.source_out})
      for (const std::uint32_t fit : (*of)[contender.candidate]) fits.insert(plan_->fits[fit].id);
  return fits.size();
}

Stage RaceRule::source_out_stage(const Track& track, std::span<const Stage> before,
                                 std::span<const Contender> living,
                                 const ChainScores& scores) const {
  Stage stage;
  for (const Contender& contender : living) {
    const std::vector<std::uint32_t>& fits = track.source_out[contender.candidate];
    stage.fits.insert(stage.fits.end(), fits.begin(), fits.end());
  }
  stage.record.splits =
      track.rungs.back() + static_cast<std::uint32_t>(track.source_out.front().size());
  stage.record.living = static_cast<std::uint32_t>(living.size());
  stage.record.leader = best_of(track, living, scores);
  stage.record.fits_at_most = fits_at_most(track, before, living);
  return stage;
}

std::string RaceRule::best_of(const Track& track, std::span<const Contender> living,
                              const ChainScores& scores) const {
  std::string name;
  std::optional<double> best;
  for (const Contender& contender : living) {
    std::vector<std::optional<double>> of_splits;
    for (const std::uint32_t fit : track.fits[contender.candidate])
      of_splits.push_back(scores.of(plan_->fits[fit].id));
    const stats::Summary summary = stats::summarize(of_splits);
    if (summary.undefined > 0 || (best && *summary.mean <= *best)) continue;
    best = summary.mean;
    name = track.name_of(contender.candidate);
  }
  return name;
}

Stage RaceRule::last_stage(const Track& track, std::span<const Contender> living,
                           const ChainScores& scores) const {
  Stage stage;
  stage.record.over = true;
  stage.record.splits =
      track.rungs.back() +
      static_cast<std::uint32_t>(track.source_out.empty() ? 0 : track.source_out.front().size());
  stage.record.living = static_cast<std::uint32_t>(living.size());
  stage.record.leader = best_of(track, living, scores);
  return stage;
}

}  // namespace crossfold
