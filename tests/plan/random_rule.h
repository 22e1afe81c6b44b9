#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/plan/stages.h"

namespace crossfold::testing {

/// Adds stages as a hash of all scores so far has it: how many there are, and which fits of the
/// chain each of them trains. Whatever enters a decision that should not shows at once.
class RandomRule final : public StageRule {
 public:
  RandomRule(const Job& /*job*/, const Plan& plan) : plan_(&plan) {}

  [[nodiscard]] std::optional<double> score(std::uint32_t /*chain*/,
                                            const FitResult& result) const override {
    return result.held_out.auc;
  }

  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const override {
    Hasher hasher;
    hasher.number(before.size());
    for (const Stage& stage : before)
      for (const std::uint32_t fit : stage.fits)
        hasher.number(std::bit_cast<std::uint64_t>(scores.of(plan_->fits[fit].id).value_or(-1)));
    const Digest hash = hasher.finish();
    Stage stage;
    stage.record.over = before.size() >= 2U + hash.bytes[0] % 4;
    if (stage.record.over) return stage;
    for (const std::uint32_t fit : plan_->chains[chain].fits)
      if (hash.bytes[1 + fit % 31] % 4 == 0) stage.fits.push_back(fit);
    stage.record.living = static_cast<std::uint32_t>(stage.fits.size());
    stage.record.fits_at_most = plan_->chains[chain].fits.size();
    stage.record.splits = hash.bytes[31];
    if (!before.empty())
      stage.record.given_up.push_back({.candidate = "c" + std::to_string(before.size()),
                                       .reason = "hardly-best",
                                       .n = 1,
                                       .mean = hash.bytes[2] / 7.0});
    return stage;
  }

 private:
  const Plan* plan_;
};

inline std::unique_ptr<StageRule> make_random_rule(const Job& job, const Plan& plan) {
  return std::make_unique<RandomRule>(job, plan);
}

}  // namespace crossfold::testing
