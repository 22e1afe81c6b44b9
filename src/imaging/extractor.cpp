#include "crossfold/imaging/extractor.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/imaging/texture_extractor.h"

#include "model_extractors.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTorchScript = "torchscript:";
constexpr std::string_view kOnnx = "onnx:";

bool lies_below(const fs::path& file, const fs::path& folder) {
  std::error_code ignored;
  const fs::path inside = fs::weakly_canonical(file, ignored);
  const fs::path above = fs::weakly_canonical(fs::absolute(folder), ignored);
  return std::mismatch(above.begin(), above.end(), inside.begin(), inside.end()).first ==
         above.end();
}

void require_trust(const fs::path& model, const ModelTrust& trust) {
  CF_VALIDATE(trust.all == ModelTrust::All::trusted || lies_below(model, trust.folder),
              ErrorCode::usage,
              fmt::format("a TorchScript file outside of {} (loading one runs the code in it). say "
                          "--trust if you know where it is from",
                          fs::absolute(trust.folder).lexically_normal().string()),
              model.string());
}

}  // namespace

std::vector<std::string> extractor_names() { return {"texture", "torchscript:FILE", "onnx:FILE"}; }

std::unique_ptr<const Extractor> make_extractor(std::string_view name, const ModelTrust& trust) {
  if (name == "texture") return std::make_unique<TextureExtractor>();
  if (name.starts_with(kTorchScript)) {
    const fs::path model = name.substr(kTorchScript.size());
    require_trust(model, trust);
    return make_torchscript_extractor(model);
  }
  if (name.starts_with(kOnnx)) return make_onnx_extractor(name.substr(kOnnx.size()));
  throw Error(ErrorCode::bad_input,
              fmt::format("unknown extractor '{}' (known: {}). choose among these", name,
                          fmt::join(extractor_names(), ", ")));
}

}  // namespace crossfold
