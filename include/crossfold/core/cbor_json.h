#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace crossfold {

/// Reads one CBOR document (RFC 8949) and nothing behind it, of no more than 100 levels
/// (nlohmann's reader recurses without bound). Error{bad_input} names `name`.
[[nodiscard]] nlohmann::json parse_cbor(std::string_view bytes, const std::string& name);

}  // namespace crossfold
