#include "crossfold/imaging/train_segmenter.h"

#include "torch_part.h"

namespace crossfold {

TrainedSegmenter train_segmenter(std::span<const SegmentationSample> samples,
                                 const std::filesystem::path& model,
                                 const SegmentationSettings& settings) {
  return imaging::torch_part().train_unet(samples, model, settings);
}

}  // namespace crossfold
