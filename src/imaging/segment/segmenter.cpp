#include "crossfold/imaging/segmenter.h"

#include "torch_part.h"

namespace crossfold {

std::unique_ptr<const Segmenter> load_segmenter(std::string_view name, const ModelTrust& trust) {
  if (!name.starts_with(kTorchScriptModel)) return imaging::torch_part().make_unet_segmenter(name);
  const std::filesystem::path model = name.substr(kTorchScriptModel.size());
  require_trust(model, trust);
  return imaging::torch_part().make_torchscript_segmenter(model);
}

}  // namespace crossfold
