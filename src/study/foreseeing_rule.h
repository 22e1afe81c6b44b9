#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "crossfold/plan/stages.h"

namespace crossfold {

/// By chain, how many fits the stages after its latest one are expected to ask for.
using ForeseenFits = std::map<std::uint32_t, double>;

/// Decides as another rule does, and notes what is to be expected after each decision of a race:
/// who is likely to be given up, by the scores that the decision rests on (sweep/race_outlook.h).
/// Before there are scores, three fifths are taken to go on from rung to rung. Of searches by
/// generations nothing is noted: they train all that their records allow.
class ForeseeingRule final : public StageRule {
 public:
  /// All but `rule` must outlive it.
  ForeseeingRule(std::unique_ptr<StageRule> rule, const Job& job, const Plan& plan,
                 ForeseenFits& foreseen);

  [[nodiscard]] std::optional<double> score(std::uint32_t chain,
                                            const FitResult& result) const override;
  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const override;
  [[nodiscard]] std::vector<std::uint32_t> likely(std::uint32_t chain,
                                                  std::span<const Stage> before,
                                                  const ChainScores& scores) const override;

 private:
  [[nodiscard]] double fits_after(std::uint32_t chain, std::span<const Stage> before,
                                  const Stage& decided, const ChainScores& scores) const;

  std::unique_ptr<StageRule> rule_;
  const Job* job_;
  const Plan* plan_;
  ForeseenFits* foreseen_;
};

}  // namespace crossfold
