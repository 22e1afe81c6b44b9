#include "lung_box.h"

#include <algorithm>
#include <cmath>

#include "crossfold/core/error.h"

namespace crossfold {

LungBox lung_box(const GrayImage& mask, double margin) {
  int left = mask.width;
  int right = -1;
  int top = mask.height;
  int bottom = -1;
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      if (mask.at(x, y) == 0) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  CF_VALIDATE(right >= 0, ErrorCode::bad_input,
              "an empty lung mask (there is nothing to crop to). mend the mask, or leave it out");
  const int more_x = static_cast<int>(std::lround(margin * (right - left + 1)));
  const int more_y = static_cast<int>(std::lround(margin * (bottom - top + 1)));
  left = std::max(left - more_x, 0);
  top = std::max(top - more_y, 0);
  right = std::min(right + more_x, mask.width - 1);
  bottom = std::min(bottom + more_y, mask.height - 1);
  return {.left = left, .top = top, .width = right - left + 1, .height = bottom - top + 1};
}

}  // namespace crossfold
