#pragma once

#include "crossfold/core/random_stream.h"
#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// A turn about the middle and a shift; lengths and angles stay as they are.
struct RigidMotion {
  double degrees = 0;
  double shift_x = 0;  ///< share of the width
  double shift_y = 0;  ///< share of the height
};

/// Turns up to 10 degrees, shifts up to 6 percent, uniform.
[[nodiscard]] RigidMotion random_rigid_motion(RandomStream& random);

/// The image moved; what comes in from outside repeats the border (`border` edge) or is black.
enum class Border { edge, black };
[[nodiscard]] GrayImage moved(const GrayImage& image, const RigidMotion& motion, Border border);

}  // namespace crossfold
