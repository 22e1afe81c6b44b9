#include "lockstep_engine.h"

#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "cohort_kernels.h"
#include "cuda_part.h"
#include "gpu_cohort.h"
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

std::unique_ptr<cuda::Device> open_gpu(const ComputeDevice& device) {
  const cuda::CudaPart* const part = cuda::cuda_part();
  const int visible = part == nullptr ? 0 : part->visible_gpus();
  CF_VALIDATE(std::cmp_less(*device.gpu, visible), ErrorCode::usage,
              fmt::format("device '{}' cannot be used (the lockstep engine sees {} GPUs here). "
                          "choose a lower number or 'cpu'",
                          name_of(device), visible));
  return part->open(*device.gpu);
}

class LockstepEngine final : public Engine {
 public:
  explicit LockstepEngine(const ComputeDevice& device) : set_(device.instruction_set) {
    if (device.gpu) gpu_ = open_gpu(device);
  }

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
    if (gpu_) return cuda::train_on_device(networks, *gpu_, set_);
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
  std::unique_ptr<cuda::Device> gpu_;  ///< null: the processor trains
};

}  // namespace

std::unique_ptr<Engine> make_lockstep_engine(const ComputeDevice& device) {
  return std::make_unique<LockstepEngine>(device);
}

}  // namespace crossfold::train
