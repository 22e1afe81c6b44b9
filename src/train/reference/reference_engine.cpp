#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "crossfold/core/error.h"

#include "linear_fit.h"
#include "reference_fit.h"
#include "torch_part.h"

namespace crossfold::train {
namespace {

/// N of "cuda:N".
std::optional<int> cuda_index(std::string_view device) {
  constexpr std::string_view kPrefix = "cuda:";
  if (!device.starts_with(kPrefix)) return std::nullopt;
  device.remove_prefix(kPrefix.size());
  int index = 0;
  const auto [end, error] = std::from_chars(device.data(), device.data() + device.size(), index);
  if (error != std::errc() || end != device.data() + device.size() || index < 0) {
    return std::nullopt;
  }
  return index;
}

int visible_cuda_devices() { return static_cast<int>(torch::cuda::device_count()); }

at::Device parse_device(const std::string& device) {
  if (device == "cpu") return at::Device(at::kCPU);
  const std::optional<int> index = cuda_index(device);
  CF_VALIDATE(index, ErrorCode::usage,
              fmt::format("device '{}' is not one (a device is 'cpu' or 'cuda:N'). choose one of "
                          "these",
                          device));
  const int visible = visible_cuda_devices();
  CF_VALIDATE(*index < visible, ErrorCode::usage,
              fmt::format("device '{}' cannot be used (this LibTorch sees {} CUDA devices). choose "
                          "a lower number or 'cpu'",
                          device, visible));
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(*index));
}

class ReferenceEngine final : public Engine {
 public:
  explicit ReferenceEngine(const at::Device& device) : device_(device) {}

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
    FitResult result = task.candidate->kind == CandidateKind::linear ? fit_linear(task)
                                                                     : fit_network(task, device_);
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  }

  at::Device device_;
};

std::unique_ptr<Engine> make_reference_engine(const std::string& device) {
  at::set_num_threads(1);
  return std::make_unique<ReferenceEngine>(parse_device(device));
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
