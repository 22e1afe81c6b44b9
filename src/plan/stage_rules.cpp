#include <memory>

#include "crossfold/plan/stages.h"

#include "race_rule.h"
#include "score_by.h"
#include "tpe_rule.h"

namespace crossfold {
namespace {

/// Each chain by the rule of its experiment.
class RuleOfSweep final : public StageRule {
 public:
  RuleOfSweep(const Job& job, const Plan& plan)
      : job_(&job), plan_(&plan), race_(job, plan), tpe_(job, plan) {}

  [[nodiscard]] std::optional<double> score(std::uint32_t chain,
                                            const FitResult& result) const override {
    return rule_of(chain).score(chain, result);
  }
  [[nodiscard]] Stage next(std::uint32_t chain, std::span<const Stage> before,
                           const ChainScores& scores) const override {
    return rule_of(chain).next(chain, before, scores);
  }
  [[nodiscard]] std::vector<std::uint32_t> likely(std::uint32_t chain,
                                                  std::span<const Stage> before,
                                                  const ChainScores& scores) const override {
    return rule_of(chain).likely(chain, before, scores);
  }

 private:
  [[nodiscard]] const StageRule& rule_of(std::uint32_t chain) const {
    if (has_generations(job_->experiments[plan_->chains[chain].experiment])) return tpe_;
    return race_;
  }

  const Job* job_;
  const Plan* plan_;
  RaceRule race_;
  TpeRule tpe_;
};

}  // namespace

std::optional<double> score_by(RaceScore by, const FitResult& result) {
  switch (by) {
    case RaceScore::task_auc:
      return result.held_out.auc;
    case RaceScore::task_acc:
      return result.held_out.acc;
  }
  return std::nullopt;
}

std::unique_ptr<StageRule> make_stage_rule(const Job& job, const Plan& plan) {
  return std::make_unique<RuleOfSweep>(job, plan);
}

}  // namespace crossfold
