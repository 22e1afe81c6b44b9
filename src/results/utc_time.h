#pragma once

#include <string>

namespace crossfold {

/// The time of day as "2026-01-31T23:59:59Z".
[[nodiscard]] std::string utc_now();

}  // namespace crossfold
