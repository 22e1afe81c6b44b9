#pragma once

#include "crossfold/figure/figure.h"

namespace crossfold::figure::testing {

/// Every mark, shape and scale once, on two panels.
[[nodiscard]] Figure sample_figure();

/// What a job's author may call something to break what shows it.
inline constexpr const char* kHostileName =
    "</script><img src=x onerror=\"alert(1)\">&amp;'\u202Eevil\u202C\x01\xFF";

}  // namespace crossfold::figure::testing
