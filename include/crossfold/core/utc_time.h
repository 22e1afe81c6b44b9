#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace crossfold {

/// The time of day as "2026-01-31T23:59:59Z".
[[nodiscard]] std::string utc_now();

/// The way back, to seconds since 1970; nothing for another text.
[[nodiscard]] std::optional<std::int64_t> seconds_of_utc(const std::string& text);

/// The time of day in seconds since 1970, to the millisecond.
[[nodiscard]] double unix_now_s();

}  // namespace crossfold
