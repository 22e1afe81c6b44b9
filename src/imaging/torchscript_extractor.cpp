#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/script.h>

#include "crossfold/core/error.h"

#include "model_description.h"
#include "model_extractors.h"

namespace crossfold {
namespace {

/// LibTorch adds backtraces.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

class TorchScriptExtractor final : public Extractor {
 public:
  TorchScriptExtractor(ModelDescription description, torch::jit::Module module)
      : description_(std::move(description)), module_(std::move(module)) {}

  [[nodiscard]] std::string name() const override { return description_.name; }
  [[nodiscard]] std::string identity() const override {
    return fmt::format("torchscript {}, sha256 {}", description_.text, description_.weights.hex());
  }
  [[nodiscard]] std::optional<Digest> weights() const override { return description_.weights; }
  [[nodiscard]] std::size_t dim() const override { return description_.dim; }

  void extract(const GrayImage& image, std::span<float> out) const override {
    const torch::NoGradGuard no_grad;
    std::vector<float> input = description_.input_of(image);
    const torch::Tensor batch = torch::from_blob(
        input.data(), {1, description_.channels, description_.height, description_.width});
    torch::Tensor features;
    try {
      torch::jit::Module module = module_;  // a handle: forward is not const, yet changes nothing
      features = module.forward({batch}).toTensor().to(torch::kFloat).contiguous().flatten();
    } catch (const std::exception& error) {  // LibTorch's errors share no nearer class
      throw Error(ErrorCode::bad_input,
                  fmt::format("the model '{}' fails on it (its input may not be as its description "
                              "says). compare the two",
                              description_.name),
                  {}, first_line(error.what()));
    }
    CF_VALIDATE(static_cast<std::size_t>(features.numel()) == out.size(), ErrorCode::bad_input,
                fmt::format("the model '{}' gives {} numbers where its description says {}. mend "
                            "the description",
                            description_.name, features.numel(), out.size()));
    std::copy_n(features.data_ptr<float>(), out.size(), out.begin());
  }

 private:
  ModelDescription description_;
  torch::jit::Module module_;
};

}  // namespace

std::unique_ptr<const Extractor> make_torchscript_extractor(const std::filesystem::path& model) {
  ModelDescription description = read_model_description(model);
  at::set_num_threads(1);  // images go in parallel, one a thread
  try {
    torch::jit::Module module = torch::jit::load(model.string());
    module.eval();
    return std::make_unique<TorchScriptExtractor>(std::move(description), std::move(module));
  } catch (const std::exception& error) {
    throw Error(ErrorCode::bad_input,
                "no TorchScript module (LibTorch cannot load it). export it again with "
                "torch.jit.trace or torch.jit.script",
                model.string(), first_line(error.what()));
  }
}

}  // namespace crossfold
