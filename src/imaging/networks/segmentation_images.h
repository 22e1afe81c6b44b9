#pragma once

#include <torch/torch.h>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// An image for a network: [1, side, side] floats, resampled by area means (aspect ratio not kept)
/// and scaled to mean 0 and standard deviation 1; an image of one gray becomes 0.
[[nodiscard]] torch::Tensor network_image(const GrayImage& image, int side);

/// A mask for training: [1, side, side], the share of each pixel that is lung.
[[nodiscard]] torch::Tensor network_mask(const GrayImage& mask, int side);

/// The way back: probabilities [side, side] enlarged to the image's size by bilinear interpolation,
/// white where they reach one half.
[[nodiscard]] GrayImage mask_from_network(const torch::Tensor& probabilities, int width,
                                          int height);

}  // namespace crossfold
