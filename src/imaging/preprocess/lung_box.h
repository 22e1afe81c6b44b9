#pragma once

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// A rectangle of pixels.
struct LungBox {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

/// The box around the pixels of a mask that are not 0, widened by `margin` times its width and
/// height on each side (rounded), as far as there is image. Error{bad_input} for an empty mask.
[[nodiscard]] LungBox lung_box(const GrayImage& mask, double margin);

}  // namespace crossfold
