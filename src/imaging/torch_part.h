#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "crossfold/imaging/extractor.h"
#include "crossfold/imaging/segmenter.h"
#include "crossfold/imaging/train_segmenter.h"

namespace crossfold::imaging {

/// What of this module needs LibTorch: src/imaging/networks, a library of its own that is loaded
/// when the first of these is asked for (core/late_library.h).
struct TorchPart {
  /// A TorchScript module that takes [1, C, H, W] and gives the features. Loading one runs code
  /// that it holds: the caller must have been told to trust it.
  std::unique_ptr<const Extractor> (*make_torchscript_extractor)(const std::filesystem::path&);
  /// A TorchScript module that takes [1, C, H, W] and gives a map for each organ, [1, organs, h,
  /// w], or one map, [1, h, w] or [h, w]. FILE.json says which of them are lungs. Trust as above.
  std::unique_ptr<const Segmenter> (*make_torchscript_segmenter)(const std::filesystem::path&);
  /// A model that train_segmenter() has written.
  std::unique_ptr<const Segmenter> (*make_unet_segmenter)(const std::filesystem::path&);
  /// See train_segmenter().
  TrainedSegmenter (*train_unet)(std::span<const SegmentationSample> samples,
                                 const std::filesystem::path& model,
                                 const SegmentationSettings& settings);
};

/// Error{internal} when the library is not there.
[[nodiscard]] const TorchPart& torch_part();

}  // namespace crossfold::imaging

/// The one name that is looked up in the library.
extern "C" const crossfold::imaging::TorchPart* crossfold_imaging_torch_part();
