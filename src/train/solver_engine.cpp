#include "solver_engine.h"

#include <chrono>
#include <vector>

#include "crossfold/core/error.h"

#include "linear_fit.h"

namespace crossfold::train {
namespace {

class SolverEngine final : public Engine {
 public:
  explicit SolverEngine(InstructionSet set) : set_(set) {}

  std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<FitOutcome> outcomes;
    outcomes.reserve(cohort.size());
    for (const FitTask& task : cohort) outcomes.push_back(solve(task));
    return outcomes;
  }

 private:
  [[nodiscard]] FitOutcome solve(const FitTask& task) const {
    const auto start = std::chrono::steady_clock::now();
    FitOutcome outcome;
    try {
      CF_VALIDATE(task.cancel == nullptr || !*task.cancel, ErrorCode::stopped,
                  "stopped on request (the fit has not started). run again to go on");
      outcome.result = fit_linear(task, set_);
    } catch (const std::exception&) {
      outcome.failure = std::current_exception();
    }
    outcome.result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return outcome;
  }

  InstructionSet set_;
};

}  // namespace

std::unique_ptr<Engine> make_solver_engine(const ComputeDevice& device) {
  return std::make_unique<SolverEngine>(device.instruction_set);
}

}  // namespace crossfold::train
