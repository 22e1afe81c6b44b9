#include "journal_line.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr std::size_t kChecksumDigits = 32;
constexpr std::string_view kChecksumKey = ",\"checksum\":\"";
constexpr std::string_view kLineStart = "{\"";
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

std::vector<SoundPiece> sound_pieces(std::string_view text) {
  constexpr std::size_t kMostStarts = 4096;  // of one piece; a line of ours has some dozens
  std::vector<SoundPiece> pieces;
  std::size_t from = 0;
  for (std::size_t at = text.find(kChecksumKey); at != std::string_view::npos;
       at = text.find(kChecksumKey, at + 1)) {
    const std::size_t end = at + kTail;
    if (end > text.size()) break;
    std::size_t start = text.find(kLineStart, from);
    for (std::size_t tried = 0; start < at && tried < kMostStarts; ++tried) {
      if (auto value = read_journal_line(text.substr(start, end - start))) {
        pieces.push_back({.begin = start, .end = end, .value = *std::move(value)});
        from = end;
        break;
      }
      start = text.find(kLineStart, start + 1);
    }
  }
  return pieces;
}

bool may_be_torn(std::string_view bytes) {
  if (bytes.find_first_not_of('\0') == std::string_view::npos) return true;
  if (!bytes.starts_with(kLineStart.substr(0, bytes.size()))) return false;
  const std::size_t at = bytes.find(kChecksumKey);  // inside a text its quotes would be escaped
  if (at == std::string_view::npos || bytes.size() < at + kTail) return true;
  return read_journal_line(bytes).has_value();  // all but the line break is there
}

bool begins_journal(std::string_view bytes) { return bytes.starts_with(kJournalStart); }

bool may_be_torn_header(std::string_view first_line) {
  const std::size_t shared = std::min(first_line.size(), kJournalStart.size());
  return first_line.substr(0, shared) == kJournalStart.substr(0, shared) && may_be_torn(first_line);
}

bool may_begin_journal(std::string_view first_line) {
  return may_be_torn_header(first_line) || begins_journal(first_line) ||
         first_line.find(kChecksumKey) != std::string_view::npos;
}

}  // namespace crossfold
