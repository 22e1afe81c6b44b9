#include "lockstep_engine.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "cohort_kernels.h"
#include "cuda_part.h"
#include "gpu_cohort.h"
#include "lockstep_cohort.h"

namespace crossfold::train {
namespace {

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
    if (!device.gpu) return;
    gpu_ = open_gpu(device);
    scoring_.emplace();
  }

  std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<FitOutcome> outcomes(cohort.size());
    std::vector<LockstepFit> fits;
    for (std::size_t i = 0; i < cohort.size(); ++i) {
      const FitTask& task = cohort[i];
      CF_EXPECT(task.experiment && task.candidate && task.samples && task.split && task.dim > 0);
      fits.push_back({.task = &task, .outcome = &outcomes[i]});
    }
    train(fits);
    return outcomes;
  }

 private:
  /// What ends the cohort as a whole, such as a lack of memory, ends each of its fits.
  void train(const std::vector<LockstepFit>& fits) {
    if (gpu_) {
      cuda::train_on_device(fits, *gpu_, set_, *scoring_);
      return;
    }
    try {
      train_in_lockstep(
          fits, [this](CohortData data) { return make_cpu_kernels(std::move(data), set_); }, set_);
    } catch (const std::exception&) {
      for (const LockstepFit& fit : fits)
        *fit.outcome = {.result = {}, .failure = std::current_exception()};
    }
  }

  InstructionSet set_;
  std::unique_ptr<cuda::Device> gpu_;     ///< null: the processor trains
  std::optional<ScoringThread> scoring_;  ///< where a GPU trains
};

}  // namespace

std::unique_ptr<Engine> make_lockstep_engine(const ComputeDevice& device) {
  return std::make_unique<LockstepEngine>(device);
}

}  // namespace crossfold::train
