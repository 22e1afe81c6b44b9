// What ranks wait for at the rungs of a race: coordinator, stages and work source are the real
// ones, workers are virtual, time is what the fits' durations say, and scores are those of a
// recorded complete run.
//
//   race_simulator [RANKS] [SURFACE.json] [SEEDS]

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "plan/racing_study.h"
#include "study/forecast/virtual_race.h"
#include "sweep/surface.h"

namespace crossfold {
namespace {

using testing::VirtualRace;

/// How long fits take. Epochs hang on the candidate (its learning rate) and on the split, by the
/// plateau rule; ranks share a processor's clock with others.
struct Durations {
  const char* name;
  double of_candidate;  ///< sigma of the logarithm
  double of_fit;        ///< likewise
};

constexpr double kMeanFit_s = 60;
constexpr double kRankSpread = 0.05;  ///< sigma of a rank's speed
constexpr std::size_t kCandidates = 256;

/// The rule of the race without what it foresees: ranks wait while a rung drains.
class WithoutForesight final : public StageRule {
 public:
  explicit WithoutForesight(std::unique_ptr<StageRule> rule) : rule_(std::move(rule)) {}
  [[nodiscard]] std::optional<double> score(std::uint32_t chain,
                                            const FitResult& result) const override {
    return rule_->score(chain, result);
  }
  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const override {
    return rule_->next(chain, before, scores);
  }

 private:
  std::unique_ptr<StageRule> rule_;
};

enum class Idle { waits, works_ahead };

std::unique_ptr<StageRule> make_rule(const Job& job, const Plan& plan, Idle idle) {
  std::unique_ptr<StageRule> rule = make_stage_rule(job, plan);
  if (idle == Idle::works_ahead) return rule;
  return std::make_unique<WithoutForesight>(std::move(rule));
}

/// One simulation, with random numbers of its own.
VirtualRace::Outcomes race(const Job& job, const Plan& plan,
                           const std::unordered_map<FitId, double>& scores,
                           const Durations& durations, Idle idle, std::uint32_t ranks,
                           std::uint32_t seed) {
  std::mt19937_64 random(seed);
  const auto spread = [&](double sigma) {
    return std::exp(std::normal_distribution<double>(-sigma * sigma / 2, sigma)(random));
  };
  testing::VirtualRaceInput input{
      .job = &job,
      .plan = &plan,
      .scores = &scores,
      .seconds = {},
      .slowness = {},
      .make_rule = [idle](const Job& of, const Plan& with) { return make_rule(of, with, idle); }};
  std::map<std::uint32_t, double> of_candidate;
  for (const Fit& fit : plan.fits) {
    const auto [factor, fresh] = of_candidate.emplace(fit.candidate, 0);
    if (fresh) factor->second = spread(durations.of_candidate);
    input.seconds[fit.id] = kMeanFit_s * factor->second * spread(durations.of_fit);
  }
  for (std::uint32_t rank = 0; rank < ranks; ++rank) input.slowness.push_back(spread(kRankSpread));
  VirtualRace::Outcomes outcomes = VirtualRace(std::move(input)).run();
  if (!outcomes.complete) fmt::print("ENDED OTHERWISE\n");
  return outcomes;
}

/// Means over simulations with other random numbers.
VirtualRace::Outcomes means(const Job& job, const Plan& plan,
                            const std::unordered_map<FitId, double>& scores,
                            const Durations& durations, Idle idle, std::uint32_t ranks,
                            std::uint32_t seeds) {
  VirtualRace::Outcomes mean;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    const VirtualRace::Outcomes one = race(job, plan, scores, durations, idle, ranks, seed);
    if (seed > 1 && one.stages != mean.stages) fmt::print("OTHER DECISIONS\n");
    mean.stages = one.stages;
    mean.end_s += one.end_s / seeds;
    mean.idle += one.idle / seeds;
    mean.unneeded += one.unneeded / seeds;
    mean.fits += one.fits;
    mean.needed = one.needed;
  }
  mean.fits /= seeds;
  return mean;
}

void simulate(std::uint32_t ranks, const std::string& path, std::uint32_t seeds) {
  const Job job = testing::recorded_race_job(kCandidates);
  const Plan plan = testing::small_plan(job);
  const sweep::Surface surface = sweep::read_surface(path);
  const std::unordered_map<FitId, double> scores = testing::recorded_scores(plan, surface);
  fmt::print("{}: {} ranks, {} candidates x 50 splits, means of {} simulations\n\n", surface.name,
             ranks, kCandidates, seeds);
  fmt::print("| durations | idle ranks | fits needed | trained | idle | unneeded | hours |\n");
  fmt::print("| --- | --- | --- | --- | --- | --- | --- |\n");
  std::string decisions;
  for (const Durations& durations :
       {Durations{"all alike", 0, 0}, Durations{"fits differ (0.3)", 0, 0.3},
        Durations{"candidates (0.5) and fits (0.3) differ", 0.5, 0.3}})
    for (const Idle idle : {Idle::waits, Idle::works_ahead}) {
      const VirtualRace::Outcomes mean = means(job, plan, scores, durations, idle, ranks, seeds);
      if (!decisions.empty() && mean.stages != decisions) fmt::print("OTHER DECISIONS\n");
      decisions = mean.stages;
      fmt::print("| {} | {} | {} | {} | {:.1f} % | {:.1f} % | {:.2f} |\n", durations.name,
                 idle == Idle::waits ? "wait" : "work ahead", mean.needed, mean.fits,
                 100 * mean.idle, 100 * mean.unneeded, mean.end_s / 3600);
    }
}

}  // namespace
}  // namespace crossfold

int main(int argc, char** argv) {
  const std::uint32_t ranks = argc > 1 ? static_cast<std::uint32_t>(std::stoul(argv[1])) : 64;
  const std::string path =
      argc > 2 ? argv[2] : CROSSFOLD_SOURCE_DIR "/tests/sweep/surfaces/shortcut_task.json";
  crossfold::simulate(ranks, path, argc > 3 ? static_cast<std::uint32_t>(std::stoul(argv[3])) : 5);
}
