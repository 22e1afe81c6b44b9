#include "crossfold/results/journal.h"

#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 36;
constexpr std::size_t kChecksumDigits = 32;
constexpr std::string_view kChecksumKey = ",\"checksum\":\"";

std::string checksum(std::string_view object) {
  return sha256(object).hex().substr(0, kChecksumDigits);
}

void check_header(const JournalContents& contents, const std::filesystem::path& path) {
  if (contents.lines.empty()) return;
  const json& header = contents.lines.front();
  CF_VALIDATE(
      header.value("kind", "") == "header" && header.value("format", "") == "crossfold-journal",
      ErrorCode::bad_input, "is no crossfold journal (its first line is not a header)",
      path.string());
  CF_VALIDATE(header.value("format_version", json()) == 1, ErrorCode::bad_input,
              fmt::format("has format version {} (this program reads version 1). read it with the "
                          "program that wrote it",
                          header.value("format_version", json()).dump()),
              path.string());
}

}  // namespace

std::string journal_line(const json& value) {
  CF_EXPECT(value.is_object() && !value.empty() && !value.contains("checksum"));
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  const std::string sum = checksum(text);
  text.pop_back();
  return fmt::format("{}{}{}\"}}\n", text, kChecksumKey, sum);
}

std::optional<json> read_journal_line(std::string_view line) {
  const std::size_t tail = kChecksumKey.size() + kChecksumDigits + 2;
  if (line.size() <= tail || !line.ends_with("\"}")) return std::nullopt;
  const std::size_t cut = line.size() - tail;
  if (line.substr(cut, kChecksumKey.size()) != kChecksumKey) return std::nullopt;
  const std::string object = std::string(line.substr(0, cut)) + "}";
  if (line.substr(cut + kChecksumKey.size(), kChecksumDigits) != checksum(object))
    return std::nullopt;
  json value = json::parse(object, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  return value;
}

JournalContents read_journal(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMostBytes);
  JournalContents contents;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    const bool complete = end != std::string::npos;
    const std::string_view line =
        std::string_view(text).substr(start, complete ? end - start : std::string::npos);
    std::optional<json> value = complete ? read_journal_line(line) : std::nullopt;
    if (!value) {
      const bool is_last = !complete || end + 1 == text.size();
      CF_VALIDATE(
          is_last, ErrorCode::bad_input,
          fmt::format("line {} (byte {}) is damaged: its checksum does not fit, and lines "
                      "follow it (a killed run leaves only the last line unfinished, so the "
                      "file was changed or the disk failed). restore the file from a copy, "
                      "or start again in another folder",
                      contents.lines.size() + 1, start),
          path.string());
      contents.torn_bytes = text.size() - start;
      break;
    }
    contents.lines.push_back(std::move(*value));
    start = end + 1;
    contents.sound_bytes = start;
  }
  check_header(contents, path);
  return contents;
}

void drop_torn_line(const std::filesystem::path& path, const JournalContents& contents) {
  if (contents.torn_bytes == 0) return;
  std::error_code error;
  std::filesystem::resize_file(path, contents.sound_bytes, error);
  CF_VALIDATE(!error, ErrorCode::io,
              fmt::format("cannot cut off the unfinished last line ({})", error.message()),
              path.string());
}

}  // namespace crossfold
