#pragma once

#include <string>

#include "crossfold/figure/figure.h"

namespace crossfold::figure {

/// The figure's table as CSV (core/csv.h): a header line, then the rows.
[[nodiscard]] std::string csv(const Figure& figure);

}  // namespace crossfold::figure
