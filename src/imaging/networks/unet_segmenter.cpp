#include <utility>

#include <ATen/Parallel.h>

#include "network_parts.h"
#include "segmentation_images.h"
#include "unet_file.h"

namespace crossfold::imaging {
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

std::unique_ptr<const Segmenter> make_unet_segmenter(const std::filesystem::path& model) {
  at::set_num_threads(1);  // images go in parallel, one a thread
  return std::make_unique<UNetSegmenter>(read_unet(model));
}

}  // namespace crossfold::imaging
