#include "crossfold/imaging/extractor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/imaging/texture_extractor.h"

#include "onnx_extractor.h"
#include "torch_part.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOnnx = "onnx:";

}  // namespace

std::vector<std::string> extractor_names() { return {"texture", "torchscript:FILE", "onnx:FILE"}; }

std::unique_ptr<const Extractor> make_extractor(std::string_view name, const ModelTrust& trust) {
  if (name == "texture") return std::make_unique<TextureExtractor>();
  if (name.starts_with(kTorchScriptModel)) {
    const fs::path model = name.substr(kTorchScriptModel.size());
    require_trust(model, trust);
    return imaging::torch_part().make_torchscript_extractor(model);
  }
  if (name.starts_with(kOnnx)) return make_onnx_extractor(name.substr(kOnnx.size()));
  throw Error(ErrorCode::usage,
              fmt::format("unknown extractor '{}' (known: {}). choose among these", name,
                          fmt::join(extractor_names(), ", ")));
}

}  // namespace crossfold
