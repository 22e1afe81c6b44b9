#pragma once

#include <string_view>

namespace crossfold::page {

/// The style sheet and the scripts of the page, written into the program by the build from the .css
/// and .js files of this folder.
[[nodiscard]] std::string_view style_sheet();
[[nodiscard]] std::string_view script();

}  // namespace crossfold::page
