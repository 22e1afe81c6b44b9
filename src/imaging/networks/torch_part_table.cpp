#include "network_parts.h"

extern "C" const crossfold::imaging::TorchPart* crossfold_imaging_torch_part() {
  using namespace crossfold::imaging;
  static constexpr TorchPart part{.make_torchscript_extractor = make_torchscript_extractor,
                                  .make_torchscript_segmenter = make_torchscript_segmenter,
                                  .make_unet_segmenter = make_unet_segmenter,
                                  .train_unet = train_unet};
  return &part;
}
