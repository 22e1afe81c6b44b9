#pragma once

#include <string>

#include "crossfold/imaging/gray_image.h"

#include "image_structure.h"

namespace crossfold {

/// The grays of a JPEG whose structure is sound. Error{bad_input} with where = `name` where its
/// compressed data is corrupt (the decoder would make up what is missing and say so on stderr), or
/// of a kind that libjpeg does not know.
[[nodiscard]] GrayImage decode_jpeg(const ImageStructure& structure, const std::string& name);

}  // namespace crossfold
