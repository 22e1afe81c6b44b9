#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "crossfold/core/error.h"
#include "crossfold/train/engine.h"

#include "linear_fit.h"
#include "one_thread.h"
#include "reference_fit.h"
#include "row_kernels.h"

namespace crossfold {
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
  explicit ReferenceEngine(const at::Device& device) : device_(device) { train::use_one_thread(); }

  FitResult fit(const FitTask& task) override {
    CF_EXPECT(task.experiment && task.candidate && task.samples && task.split && task.dim > 0);
    const auto start = std::chrono::steady_clock::now();
    FitResult result = task.candidate->kind == CandidateKind::linear
                           ? train::fit_linear(task)
                           : train::fit_network(task, device_);
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  }

 private:
  at::Device device_;
};

}  // namespace

std::unique_ptr<Engine> make_reference_engine(const std::string& device) {
  return std::make_unique<ReferenceEngine>(parse_device(device));
}

int visible_cuda_devices() { return static_cast<int>(torch::cuda::device_count()); }

std::vector<std::pair<std::string, std::string>> numeric_libraries() {
  std::vector<std::pair<std::string, std::string>> libraries = {{"libtorch", TORCH_VERSION}};
  const std::optional<train::OpenBlas> blas = train::loaded_open_blas();
  libraries.emplace_back("blas", blas ? blas->build : "inside LibTorch");
  libraries.emplace_back("blas kernels", blas ? blas->kernels : "unknown");
  libraries.emplace_back("row kernels", train::name_of(train::instruction_sets().back()));
  return libraries;
}

}  // namespace crossfold
