#include "journal_line.h"

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr std::size_t kChecksumDigits = 32;
constexpr std::string_view kChecksumKey = ",\"checksum\":\"";
constexpr std::string_view kLineEnd = "\"}";
constexpr std::size_t kTail = kChecksumKey.size() + kChecksumDigits + kLineEnd.size();
constexpr std::string_view kJournalStart = "{\"format\":\"crossfold-journal\",";

std::string checksum(std::string_view object) {
  return sha256(object).hex().substr(0, kChecksumDigits);
}

}  // namespace

std::string journal_line(const json& value) {
  CF_EXPECT(value.is_object() && !value.empty() && !value.contains("checksum"));
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  const std::string sum = checksum(text);
  text.pop_back();  // the closing brace
  return fmt::format("{}{}{}{}\n", text, kChecksumKey, sum, kLineEnd);
}

std::optional<json> read_journal_line(std::string_view line) {
  if (line.size() <= kTail || !line.ends_with(kLineEnd)) return std::nullopt;
  const std::string_view tail = line.substr(line.size() - kTail);
  if (!tail.starts_with(kChecksumKey)) return std::nullopt;
  const std::string object = std::string(line.substr(0, line.size() - kTail)) + "}";
  if (tail.substr(kChecksumKey.size(), kChecksumDigits) != checksum(object)) return std::nullopt;
  json value = json::parse(object, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

bool may_be_torn(std::string_view bytes) {
  const std::size_t at = bytes.find(kChecksumKey);  // inside a text its quotes would be escaped
  return at == std::string_view::npos || bytes.size() <= at + kTail;
}

bool may_begin_journal(std::string_view first_line) {
  const std::size_t shared = std::min(first_line.size(), kJournalStart.size());
  return first_line.substr(0, shared) == kJournalStart.substr(0, shared) ||
         first_line.find(kChecksumKey) != std::string_view::npos;
}

}  // namespace crossfold
