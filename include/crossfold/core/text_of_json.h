#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace crossfold {

/// `value` as JSON text on one line, or indented. Bytes that are not UTF-8, as paths and host names
/// may hold, become U+FFFD; nlohmann's dump() throws on them.
[[nodiscard]] std::string json_text(const nlohmann::json& value, int indent = -1);

}  // namespace crossfold
