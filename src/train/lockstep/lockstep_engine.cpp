#include "lockstep_engine.h"

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
    if (device.gpu) gpu_ = open_gpu(device);
  }

  std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<const FitTask*> tasks;
    tasks.reserve(cohort.size());
    for (const FitTask& task : cohort) {
      CF_EXPECT(task.experiment && task.candidate && task.samples && task.split && task.dim > 0);
      tasks.push_back(&task);
    }
    return train(tasks);
  }

 private:
  /// What ends the cohort as a whole, such as a lack of memory, ends each of its fits.
  [[nodiscard]] std::vector<FitOutcome> train(const std::vector<const FitTask*>& tasks) const {
    if (gpu_) return cuda::train_on_device(tasks, *gpu_, set_);
    try {
      return train_in_lockstep(
          tasks, [this](CohortData data) { return make_cpu_kernels(std::move(data), set_); }, set_);
    } catch (const std::exception&) {
      std::vector<FitOutcome> failed(tasks.size());
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
