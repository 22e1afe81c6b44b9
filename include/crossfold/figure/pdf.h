#pragma once

#include <string>

#include "crossfold/figure/figure.h"

namespace crossfold::figure {

/// The bytes of a PDF of one page, 0.75 points a pixel, with the program's font embedded; the same
/// for the same figure. Characters that the font has not show as boxes.
/// Error{internal} when Cairo cannot make it.
[[nodiscard]] std::string pdf(const Figure& figure);

}  // namespace crossfold::figure
