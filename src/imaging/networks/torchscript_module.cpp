#include "torchscript_module.h"

#include <exception>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

/// LibTorch adds backtraces.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

torch::jit::Module load(const std::filesystem::path& file) {
  try {
    torch::jit::Module module = torch::jit::load(file.string());
    module.eval();
    return module;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::bad_input,
                "no TorchScript module (LibTorch cannot load it). export it again with "
                "torch.jit.trace or torch.jit.script",
                file.string(), first_line(error.what()));
  }
}

}  // namespace

TorchScriptModule::TorchScriptModule(const std::filesystem::path& file) : module_(load(file)) {
  at::set_num_threads(1);  // images go in parallel, one a thread
}

torch::Tensor TorchScriptModule::run(const ModelInput& input, const GrayImage& image,
                                     const std::string& model) const {
  const torch::NoGradGuard no_grad;
  std::vector<float> numbers = input.of(image);
  const torch::Tensor batch =
      torch::from_blob(numbers.data(), {1, input.channels, input.height, input.width});
  try {
    torch::jit::Module module = module_;  // a handle: forward is not const, yet changes nothing
    return module.forward({batch}).toTensor().to(torch::kFloat).contiguous();
  } catch (const std::exception& error) {  // LibTorch's errors share no nearer class
    throw Error(ErrorCode::bad_input,
                fmt::format("the model '{}' fails on it (its input may not be as its description "
                            "says). compare the two",
                            model),
                {}, first_line(error.what()));
  }
}

}  // namespace crossfold
