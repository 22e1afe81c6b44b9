#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "crossfold/plan/stages.h"
#include "crossfold/sweep/race_outlook.h"

namespace crossfold {

/// By chain, how many fits the stages after its latest one are expected to ask for.
using ForeseenFits = std::map<std::uint32_t, sweep::Expected>;

/// Looks on while stages are decided, and tells what is to be expected after the latest stage of
/// each race: how it goes on when played on by the scores so far (sweep/race_outlook.h), in the
/// first stage by those of candidates that have a score on the same splits, two at least. Before
/// enough are known (a sixth of the candidates), two fifths are taken to go on from rung to rung,
/// and anything from the leader alone to all is possible. Of searches by generations nothing is
/// told: they train all that their records allow.
class RaceForesight {
 public:
  /// Both must outlive it.
  RaceForesight(const Job& job, const Plan& plan) : job_(&job), plan_(&plan) {}

  /// A rule that decides as `rule` does, and notes here what it was told and what it decided. This
  /// must outlive it.
  [[nodiscard]] std::unique_ptr<StageRule> watch(std::unique_ptr<StageRule> rule);

  /// Looks at all chains of which more is known than at the last look: a stage, or a sixteenth of
  /// the scores of the first one. Returns whether there was such a chain.
  bool look();
  [[nodiscard]] const ForeseenFits& fits() const { return fits_; }

 private:
  /// What a look rests on.
  struct Known {
    std::size_t stages = 0;
    std::size_t sixteenths = 0;  ///< of the first one's scores
    auto operator<=>(const Known&) const = default;
  };

  /// What is known of a chain.
  struct Watched {
    std::vector<Stage> stages;
    std::unordered_map<FitId, double> scores;  ///< that are defined
    Known looked_at;
  };
  class Watcher;

  [[nodiscard]] sweep::Expected fits_after(std::uint32_t chain, const Watched& watched) const;

  const Job* job_;
  const Plan* plan_;
  std::map<std::uint32_t, Watched> chains_;
  ForeseenFits fits_;
};

}  // namespace crossfold
