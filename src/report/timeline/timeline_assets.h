#pragma once

#include <string_view>

namespace crossfold {

/// Style and script of the time line's page.
[[nodiscard]] std::string_view timeline_style();
[[nodiscard]] std::string_view timeline_script();

}  // namespace crossfold
