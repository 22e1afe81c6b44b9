#include "crossfold/imaging/segmenter.h"

#include <utility>

#include "segmentation_images.h"
#include "torchscript_segmenter.h"
#include "unet_file.h"

namespace crossfold {
namespace {

class UNetSegmenter final : public Segmenter {
 public:
  explicit UNetSegmenter(StoredUNet unet) : unet_(std::move(unet)) {}

  [[nodiscard]] GrayImage segment(const GrayImage& image) const override {
    const torch::NoGradGuard no_grad;
    UNet network = unet_.network;  // a handle: forward() changes nothing in evaluation mode
    const torch::Tensor logits =
        network->forward(network_image(image, unet_.side).unsqueeze(0)).squeeze();
    return mask_from_network(torch::sigmoid(logits), image.width, image.height);
  }

 private:
  StoredUNet unet_;
};

}  // namespace

std::unique_ptr<const Segmenter> load_segmenter(std::string_view name, const ModelTrust& trust) {
  if (!name.starts_with(kTorchScriptModel)) return std::make_unique<UNetSegmenter>(read_unet(name));
  const std::filesystem::path model = name.substr(kTorchScriptModel.size());
  require_trust(model, trust);
  return make_torchscript_segmenter(model);
}

}  // namespace crossfold
