#pragma once

#include <optional>
#include <string>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// What makes an image one that shows nothing: "blank (all of it has the gray 255)" for one of a
/// single gray, "nearly blank (99.6 % of it has the grays 248 to 255)" where 98 % or more of it lie
/// within 8 neighbouring grays. Nothing for any other.
[[nodiscard]] std::optional<std::string> image_oddity(const GrayImage& image);

}  // namespace crossfold
