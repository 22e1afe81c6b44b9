#pragma once

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// What is kept of an image to align others with it.
struct ImageDetail {
  cv::Mat gray;    ///< 8 bits, longer side 256, equalised
  cv::Mat detail;  ///< floats: what a blur takes away, divided by its local size
  std::vector<cv::Point2f> points;
  cv::Mat descriptors;  ///< floats, a row of length 1 for each point
};

[[nodiscard]] ImageDetail image_detail(const GrayImage& image);
/// Of the same image with left and right exchanged.
[[nodiscard]] ImageDetail mirrored_detail(const ImageDetail& detail);

struct Alignment {
  int inliers = 0;
  double overlap = 0;  ///< share of the smaller image
  double score = 0;    ///< correlation of detail where both are
};

/// Nothing when no map is found, or one that no crop or rescaling makes.
[[nodiscard]] std::optional<Alignment> align(const ImageDetail& a, const ImageDetail& b);

}  // namespace crossfold
