#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "model_description.h"
#include "network_parts.h"
#include "torchscript_module.h"

namespace crossfold::imaging {
namespace {

class TorchScriptExtractor final : public Extractor {
 public:
  TorchScriptExtractor(ModelDescription description, const std::filesystem::path& model)
      : description_(std::move(description)), module_(model) {}

  [[nodiscard]] std::string name() const override { return description_.name; }
  [[nodiscard]] std::string identity() const override {
    return fmt::format("torchscript {}, sha256 {}", description_.text, description_.weights.hex());
  }
  [[nodiscard]] std::optional<Digest> weights() const override { return description_.weights; }
  [[nodiscard]] std::size_t dim() const override { return description_.dim; }

  void extract(const GrayImage& image, std::span<float> out) const override {
    const torch::Tensor features = module_.run(description_.input, image, description_.name);
    CF_VALIDATE(static_cast<std::size_t>(features.numel()) == out.size(), ErrorCode::bad_input,
                fmt::format("the model '{}' gives {} numbers where its description says {}. mend "
                            "the description",
                            description_.name, features.numel(), out.size()));
    std::copy_n(features.data_ptr<float>(), out.size(), out.begin());
  }

 private:
  ModelDescription description_;
  TorchScriptModule module_;
};

}  // namespace

std::unique_ptr<const Extractor> make_torchscript_extractor(const std::filesystem::path& model) {
  return std::make_unique<TorchScriptExtractor>(read_model_description(model), model);
}

}  // namespace crossfold::imaging
