#include "html_text.h"

#include <algorithm>
#include <cstddef>

#include <nlohmann/json.hpp>

#include "crossfold/core/text_lines.h"
#include "crossfold/core/text_of_json.h"

namespace crossfold {
namespace {

/// What is no UTF-8 becomes U+FFFD.
std::string as_utf8(const std::string& text) {
  return nlohmann::json::parse(json_text(text)).get<std::string>();
}

}  // namespace

std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : as_utf8(printable(text))) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

std::string isolated_html(std::string_view text) { return "<bdi>" + escaped_html(text) + "</bdi>"; }

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t here = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8U | (i < here ? bytes[at + i] : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= here ? kDigits[group >> (18 - 6 * i) & 63U] : '=';
  }
  return out;
}

}  // namespace crossfold
