#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace crossfold {

/// What a number without a unit means: seconds, but minutes where Slurm reads it.
enum class BareNumber { seconds, minutes };

/// A span of time as people write it, in seconds; nothing for any other text. The one place that
/// knows the forms:
/// - units from large to small, each at most once, blanks between them allowed: 90s, 15m, 2h, 1d,
///   2h30m, 1h 5m, 1.5h ("min" is "m" too);
/// - Slurm's minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes and
///   days-hours:minutes:seconds, whole numbers;
/// - one number alone: see `bare`.
/// Nothing negative, no "inf", no exponent, and no number of more than nine digits.
[[nodiscard]] std::optional<double> parse_duration(std::string_view text,
                                                   BareNumber bare = BareNumber::seconds);

/// The forms, for messages and help texts; what a number alone means is said beside it.
inline constexpr const char* kDurationForms =
    "90s, 15m, 2h, 1d, 2h30m or Slurm's [days-]hours:minutes:seconds";

/// "42 s", "3 min 20 s", "5 h 12 min".
[[nodiscard]] std::string duration_text(double seconds);

/// The same of what a user gave, fractions of seconds too: "0.5 s", "1 min 30.5 s".
[[nodiscard]] std::string given_duration_text(double seconds);

/// Slurm's hours:minutes:seconds, rounded up.
[[nodiscard]] std::string slurm_time(double seconds);

}  // namespace crossfold
