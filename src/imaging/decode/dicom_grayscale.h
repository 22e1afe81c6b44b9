#pragma once

#include <string>
#include <vector>

#include "dicom_pixels.h"

namespace crossfold {

/// The gray of each code of the pixels (DICOM PS3.3, C.11 and C.7.5.1.1.2), in this order:
///
/// 1. Stored values that are padding (Pixel Padding Value, to Pixel Padding Range Limit) are black
///    and take no part in what follows.
/// 2. Modality: the first table of the Modality LUT Sequence, else Rescale Slope and Intercept
/// where
///    both are there, in floating point.
/// 3. Values of interest: the first table of the VOI LUT Sequence, else the first window (linear,
///    exact or sigmoid). Where there is neither, 8 unsigned bits that no modality transform changed
///    stay as they are, and others are scaled from the image's own range.
/// 4. MONOCHROME1 is inverted, so that bone is bright.
///
/// Error{bad_input} with where = `name` for what is not supported, or damaged.
[[nodiscard]] std::vector<std::uint8_t> grays_of_codes(DcmDataset& data, const DicomPixels& pixels,
                                                       const std::string& name);

}  // namespace crossfold
