#pragma once

#include <string>
#include <string_view>

namespace crossfold::html {

/// A Content-Security-Policy by which a page loads nothing and runs nothing but this one style
/// sheet and this one script, as they stand in it: their hashes say so.
[[nodiscard]] std::string security_policy(std::string_view style, std::string_view script);

}  // namespace crossfold::html
