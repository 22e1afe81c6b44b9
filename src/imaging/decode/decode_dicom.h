#pragma once

#include <string>
#include <string_view>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// A gray DICOM image of one frame, as decode.h describes it.
[[nodiscard]] GrayImage decode_dicom(std::string_view bytes, const std::string& name);

}  // namespace crossfold
