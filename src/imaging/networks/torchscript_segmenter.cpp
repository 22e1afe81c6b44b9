#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

#include "model_input.h"
#include "network_parts.h"
#include "segmentation_images.h"
#include "torchscript_module.h"

namespace crossfold::imaging {
namespace {

/// What FILE.json says.
struct SegmenterDescription {
  std::string name;
  ModelInput input;
  enum class Output { probabilities, logits } output = Output::probabilities;
  std::vector<std::int64_t> lungs;  ///< the maps that show lungs, from 0
};

SegmenterDescription read_description(const std::filesystem::path& model) {
  const std::string beside = description_path(model).string();
  const nlohmann::json value = parse_json(read_description_text(model), beside);
  ValidationErrors errors;
  ObjectReader reader(value, "", errors);
  (void)reader.choice("format", {"crossfold-segmenter"}, std::nullopt);
  (void)reader.integer("format_version", 1, 1, std::nullopt);
  SegmenterDescription description;
  description.name = reader.text("name", std::nullopt);
  description.input = read_model_input(reader);
  description.output = reader.choice("output", {"probabilities", "logits"}, std::nullopt) == 0
                           ? SegmenterDescription::Output::probabilities
                           : SegmenterDescription::Output::logits;
  const std::vector<double> lungs =
      reader.has("lungs") ? reader.numbers("lungs", {0, 1000}) : std::vector<double>{0};
  for (const double map : lungs) {
    description.lungs.push_back(static_cast<std::int64_t>(map));
    if (static_cast<double>(description.lungs.back()) != map)
      reader.error("lungs", "must hold the numbers of maps, from 0");
  }
  if (lungs.empty()) reader.error("lungs", "must name at least one map");
  reader.finish();
  errors.throw_if_any(ErrorCode::bad_input, beside);
  return description;
}

class TorchScriptSegmenter final : public Segmenter {
 public:
  TorchScriptSegmenter(SegmenterDescription description, const std::filesystem::path& model)
      : description_(std::move(description)), module_(model) {}

  [[nodiscard]] GrayImage segment(const GrayImage& image) const override {
    torch::Tensor maps = module_.run(description_.input, image, description_.name);
    const auto shape = maps.sizes();
    CF_VALIDATE(
        maps.dim() >= 2 && maps.dim() <= 4 && (maps.dim() < 4 || shape[0] == 1) && maps.numel() > 0,
        ErrorCode::bad_input,
        fmt::format("the model '{}' gives a tensor of {} dimensions (a map for each organ "
                    "is expected, [1, organs, height, width]). export it otherwise",
                    description_.name, maps.dim()));
    maps = maps.view({-1, shape[shape.size() - 2], shape[shape.size() - 1]});
    torch::Tensor lungs;
    for (const std::int64_t map : description_.lungs) {
      CF_VALIDATE(map < maps.size(0), ErrorCode::bad_input,
                  fmt::format("the model '{}' gives {} maps (its description counts the one with "
                              "number {} among the lungs). mend the description",
                              description_.name, maps.size(0), map));
      lungs = lungs.defined() ? torch::maximum(lungs, maps[map]) : maps[map];
    }
    if (description_.output == SegmenterDescription::Output::logits) lungs = torch::sigmoid(lungs);
    return mask_from_network(lungs, image.width, image.height);
  }

 private:
  SegmenterDescription description_;
  TorchScriptModule module_;
};

}  // namespace

std::unique_ptr<const Segmenter> make_torchscript_segmenter(const std::filesystem::path& model) {
  return std::make_unique<TorchScriptSegmenter>(read_description(model), model);
}

}  // namespace crossfold::imaging
