#pragma once

#include <string_view>

namespace crossfold {

/// What a number that no double can hold rounds to: infinity when it is too large, 0 when it is too
/// small, each with its sign. `text` is a whole decimal number such as 1e400 or -0.5E-400, as
/// std::from_chars takes it and says that it is out of range.
[[nodiscard]] double rounded_out_of_range(std::string_view text);

}  // namespace crossfold
