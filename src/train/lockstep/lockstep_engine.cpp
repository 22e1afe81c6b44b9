#include "lockstep_engine.h"

#include <chrono>
#include <utility>
#include <vector>

#include "crossfold/core/error.h"

#include "cohort_kernels.h"
#include "linear_fit.h"
#include "lockstep_cohort.h"

namespace crossfold::train {
namespace {

FitOutcome linear_outcome(const FitTask& task, InstructionSet set) {
  const auto start = std::chrono::steady_clock::now();
  FitOutcome outcome;
  try {
    CF_VALIDATE(task.cancel == nullptr || !*task.cancel, ErrorCode::stopped,
                "stopped on request (the fit has not begun). run again to go on");
    outcome.result = fit_linear(task, set);
  } catch (const std::exception&) {
    outcome.failure = std::current_exception();
  }
  outcome.result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return outcome;
}

class LockstepEngine final : public Engine {
 public:
  explicit LockstepEngine(InstructionSet set) : set_(set) {}

  std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<FitOutcome> outcomes(cohort.size());
    std::vector<const FitTask*> networks;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < cohort.size(); ++i) {
      const FitTask& task = cohort[i];
      CF_EXPECT(task.experiment && task.candidate && task.samples && task.split && task.dim > 0);
      if (task.candidate->kind == CandidateKind::linear) {
        outcomes[i] = linear_outcome(task, set_);
      } else {
        networks.push_back(&task);
        places.push_back(i);
      }
    }
    if (networks.empty()) return outcomes;
    std::vector<FitOutcome> trained = train(networks);
    for (std::size_t i = 0; i < places.size(); ++i) outcomes[places[i]] = std::move(trained[i]);
    return outcomes;
  }

 private:
  /// What ends the cohort as a whole, such as a lack of memory, ends each of its fits.
  [[nodiscard]] std::vector<FitOutcome> train(const std::vector<const FitTask*>& networks) const {
    try {
      return train_in_lockstep(
          networks, [this](CohortData data) { return make_cpu_kernels(std::move(data), set_); },
          set_);
    } catch (const std::exception&) {
      std::vector<FitOutcome> failed(networks.size());
      for (FitOutcome& outcome : failed) outcome.failure = std::current_exception();
      return failed;
    }
  }

  InstructionSet set_;
};

}  // namespace

std::unique_ptr<Engine> make_lockstep_engine(InstructionSet set) {
  return std::make_unique<LockstepEngine>(set);
}

}  // namespace crossfold::train
