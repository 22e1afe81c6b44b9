#pragma once

#include <string>
#include <string_view>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// The first frame of a gray DICOM image, as decode.h describes it.
[[nodiscard]] GrayImage decode_dicom(std::string_view bytes, const std::string& name);

}  // namespace crossfold
