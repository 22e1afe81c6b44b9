#pragma once

#include "torch_part.h"

namespace crossfold::imaging {

// What each does: torch_part.h.
[[nodiscard]] std::unique_ptr<const Extractor> make_torchscript_extractor(
    const std::filesystem::path& model);
[[nodiscard]] std::unique_ptr<const Segmenter> make_torchscript_segmenter(
    const std::filesystem::path& model);
[[nodiscard]] std::unique_ptr<const Segmenter> make_unet_segmenter(
    const std::filesystem::path& model);
TrainedSegmenter train_unet(std::span<const SegmentationSample> samples,
                            const std::filesystem::path& model,
                            const SegmentationSettings& settings);

}  // namespace crossfold::imaging
