#include <chrono>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "crossfold/core/error.h"

#include "reference_fit.h"
#include "torch_part.h"

namespace crossfold::train {
namespace {

int visible_cuda_devices() { return static_cast<int>(torch::cuda::device_count()); }

at::Device torch_device(const ComputeDevice& device) {
  if (!device.gpu) return at::Device(at::kCPU);
  const int visible = visible_cuda_devices();
  CF_VALIDATE(std::cmp_less(*device.gpu, visible), ErrorCode::usage,
              fmt::format("device '{}' cannot be used (this LibTorch sees {} CUDA devices). choose "
                          "a lower number or 'cpu'",
                          name_of(device), visible));
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(*device.gpu));
}

class ReferenceEngine final : public Engine {
 public:
  explicit ReferenceEngine(const ComputeDevice& device)
      : device_(torch_device(device)), set_(device.instruction_set) {}

  std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<FitOutcome> outcomes;
    outcomes.reserve(cohort.size());
    for (const FitTask& task : cohort) outcomes.push_back(outcome_of(task));
    return outcomes;
  }

 private:
  FitOutcome outcome_of(const FitTask& task) const {
    try {
      return {.result = fit_alone(task), .failure = nullptr};
    } catch (const std::exception&) {
      return {.result = {}, .failure = std::current_exception()};
    }
  }
  FitResult fit_alone(const FitTask& task) const {
    const auto start = std::chrono::steady_clock::now();
    FitResult result = fit_network(task, device_, set_);
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  }

  at::Device device_;
  InstructionSet set_;
};

std::unique_ptr<Engine> make_reference_engine(const ComputeDevice& device) {
  at::set_num_threads(1);
  return std::make_unique<ReferenceEngine>(device);
}

std::string version() { return TORCH_VERSION; }

}  // namespace
}  // namespace crossfold::train

extern "C" const crossfold::train::TorchPart* crossfold_train_torch_part() {
  using namespace crossfold::train;
  static constexpr TorchPart part{.make_reference_engine = make_reference_engine,
                                  .visible_cuda_devices = visible_cuda_devices,
                                  .version = version};
  return &part;
}
