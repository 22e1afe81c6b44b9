#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/plan/stages.h"
#include "crossfold/sweep/race.h"
#include "crossfold/sweep/race_order.h"

namespace crossfold {

/// A race in synchronous rungs (sweep/race.h): all drawn candidates of an experiment on one
/// embedding set begin with the splits of the first rung; after each, those that can hardly be the
/// best are given up. Where the job has the rule source_out, those that are left at the end are
/// trained with sources left out in one more stage.
class RaceRule final : public StageRule {
 public:
  RaceRule(const Job& job, const Plan& plan);

  [[nodiscard]] std::optional<double> score(std::uint32_t chain,
                                            const FitResult& result) const override;
  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const override;
  /// The next splits of the two thirds of the living with the best scores so far, the best first.
  /// What a candidate is to be trained on after a further rung comes behind that of twice as many
  /// candidates before it; of one that can no longer be given up, all splits come first.
  [[nodiscard]] std::vector<std::uint32_t> likely(std::uint32_t chain,
                                                  std::span<const Stage> before,
                                                  const ChainScores& scores) const override;

 private:
  /// One chain: its candidates, each with its fits in the race's order of splits.
  struct Track {
    const Experiment* experiment = nullptr;
    std::vector<std::uint32_t> candidates;         ///< indices into Experiment::candidates
    std::vector<std::vector<std::uint32_t>> fits;  ///< [candidates, splits], of Plan::fits
    /// [candidates, ...], of Plan::fits: those of the scheme source_out; [candidates, 0] without.
    std::vector<std::vector<std::uint32_t>> source_out;
    std::vector<std::uint32_t> rungs;  ///< then all splits
    [[nodiscard]] bool leaves_sources_out() const {
      return !source_out.empty() && !source_out.front().empty();
    }
    [[nodiscard]] const std::string& name_of(std::size_t candidate) const {
      return experiment->candidates[candidates[candidate]].name;
    }
  };

  /// Who is in the race after the stages of `before`, but for the decision on the last of them.
  [[nodiscard]] static std::vector<sweep::Contender> contenders(const Track& track,
                                                                std::span<const Stage> before);
  /// The living, the best by their scores on the first `splits` splits in front.
  [[nodiscard]] std::vector<sweep::Contender> best_first(const Track& track, std::size_t splits,
                                                         std::vector<sweep::Contender> living,
                                                         const ChainScores& scores) const;
  static void tell(const Track& track, const sweep::RungDecision& decision, StageRecord& record);
  [[nodiscard]] std::uint64_t fits_at_most(const Track& track, std::span<const Stage> before,
                                           std::span<const sweep::Contender> living) const;
  /// What comes after all splits: the stage that leaves sources out, where the job asks for it.
  [[nodiscard]] Stage source_out_stage(const Track& track, std::span<const Stage> before,
                                       std::span<const sweep::Contender> living,
                                       const ChainScores& scores) const;
  /// The best of those that have a score on every split; empty where none has.
  [[nodiscard]] std::string best_of(const Track& track, std::span<const sweep::Contender> living,
                                    const ChainScores& scores) const;
  /// The end of the race.
  [[nodiscard]] Stage last_stage(const Track& track, std::span<const sweep::Contender> living,
                                 const ChainScores& scores) const;
  [[nodiscard]] Track make_track(const Job& job, const Chain& chain) const;
  [[nodiscard]] sweep::RungDecision decide(const Track& track, std::size_t rung,
                                           std::span<const sweep::Contender> living,
                                           const ChainScores& scores) const;

  const Plan* plan_;
  std::vector<Track> tracks_;  ///< one for each chain
};

}  // namespace crossfold
