#pragma once

#include <optional>

#include <opencv2/core.hpp>

#include "crossfold/imaging/gray_image.h"

#include "local_features.h"

namespace crossfold {

/// What is kept of an image to align others with it, up to 120 kB.
struct AlignableImage {
  cv::Mat gray;  ///< 8 bits, longer side 256, equalised
  LocalFeatures features;
};

[[nodiscard]] AlignableImage alignable_image(const GrayImage& image);
/// The same image with left and right exchanged.
[[nodiscard]] AlignableImage mirrored(const AlignableImage& image);

struct Alignment {
  int inliers = 0;
  double overlap = 0;  ///< share of the smaller image
  double score = 0;    ///< correlation of fine detail where both are
};

/// The better of the maps from a to b and from b to a: that from the smaller film to the larger is
/// easier to find. Nothing when neither is found with `least_inliers`, or only one that no crop or
/// rescaling makes.
[[nodiscard]] std::optional<Alignment> align(const AlignableImage& a, const AlignableImage& b,
                                             int least_inliers);

}  // namespace crossfold
