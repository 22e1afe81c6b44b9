#include "security_policy.h"

#include <fmt/format.h>

#include "crossfold/core/hash.h"

#include "base64.h"

namespace crossfold::html {
namespace {

std::string hash_source(std::string_view text) {
  return "'sha256-" + base64(sha256(text).bytes) + "'";
}

}  // namespace

std::string security_policy(std::string_view style, std::string_view script) {
  return fmt::format(
      "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
      hash_source(style), hash_source(script));
}

}  // namespace crossfold::html
