#include "journal.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

#include "journal_line.h"

namespace crossfold {
namespace {

constexpr const char* kThenSalvage =
    ". restore the file from a copy, or let `crossfold run --salvage` with the same job and --out "
    "keep every line whose checksum fits and train the rest again";

void take_line(const nlohmann::json& line, std::size_t number, const std::filesystem::path& path,
               const std::function<void(JournalEntry&&)>& take) {
  const auto at_line = [&](const Error& error, const char* advice) {
    return Error(error.code(), fmt::format("line {} {}{}", number, error.what(), advice),
                 path.string());
  };
  std::optional<JournalEntry> entry;
  try {
    entry = journal_entry_from_json(line);
  } catch (const Error& error) {
    throw at_line(error, "");  // it was written so, by another version say
  }
  try {
    const bool is_header = std::holds_alternative<JournalHeader>(*entry);
    CF_VALIDATE(is_header || number > 1, ErrorCode::bad_input,
                "is not a header (a journal begins with one)");
    CF_VALIDATE(!is_header || number == 1, ErrorCode::bad_input,
                "is a second header (two journals were joined)");
    take(*std::move(entry));
  } catch (const Error& error) {
    throw at_line(error, kThenSalvage);  // lines were lost or added
  }
}

bool holds_sound_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    if (read_journal_line(text.substr(0, length))) return true;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return false;
}

}  // namespace

JournalEnd read_journal(const std::filesystem::path& path,
                        const std::function<void(JournalEntry&&)>& take) {
  const std::string text = read_file(path, kMostJournalBytes);
  JournalEnd end;
  while (end.sound_bytes < text.size()) {
    const std::string_view rest = std::string_view(text).substr(end.sound_bytes);
    const std::size_t length = rest.find('\n');
    const bool is_complete = length != std::string_view::npos;
    const std::string_view line = rest.substr(0, length);
    const auto value = is_complete ? read_journal_line(line) : std::nullopt;
    if (!value) {
      CF_VALIDATE(end.lines > 0 || may_begin_journal(line), ErrorCode::bad_input,
                  fmt::format("is no journal of crossfold (its first line is not a header){}",
                              holds_sound_line(rest) ? kThenSalvage : ""),
                  path.string());
      const bool is_last = !is_complete || length + 1 == rest.size();
      const bool is_torn = end.lines > 0 ? may_be_torn(line) : may_be_torn_header(line);
      CF_VALIDATE(is_last && is_torn, ErrorCode::bad_input,
                  fmt::format("line {} (byte {}) is damaged: its checksum does not fit (a killed "
                              "run leaves only a last line that is cut short, so the file was "
                              "changed or the disk failed){}",
                              end.lines + 1, end.sound_bytes, kThenSalvage),
                  path.string());
      end.torn_bytes = rest.size();
      break;
    }
    take_line(*value, ++end.lines, path, take);
    end.sound_bytes += length + 1;
  }
  return end;
}

void drop_torn_line(const std::filesystem::path& path, const JournalEnd& end) {
  if (end.torn_bytes == 0) return;
  std::error_code error;
  std::filesystem::resize_file(path, end.sound_bytes, error);
  CF_VALIDATE(!error, ErrorCode::io,
              fmt::format("cannot cut off the unfinished last line ({})", error.message()),
              path.string());
}

}  // namespace crossfold
