#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/files.h"

namespace crossfold {

// The journal is a file of JSON lines (data-schemas/journal.schema.json). Each line's last key is
// `checksum`: the first 32 hex digits of the SHA-256 of the line without it.

/// `value`, an object, as a journal line with its checksum and line break.
[[nodiscard]] std::string journal_line(const nlohmann::json& value);

/// The object of a line without its line break; nothing when the checksum does not fit.
[[nodiscard]] std::optional<nlohmann::json> read_journal_line(std::string_view line);

struct JournalContents {
  std::vector<nlohmann::json> lines;
  std::uint64_t sound_bytes = 0;  ///< up to the end of the last sound line
  std::size_t torn_bytes = 0;     ///< behind it: a last line that was never finished
};

/// Reads a journal. A last line that is cut or damaged is what a killed writer leaves: it is not
/// counted. Error{bad_input} with line and byte where a line before the last is damaged, or when
/// the file is no journal.
[[nodiscard]] JournalContents read_journal(const std::filesystem::path& path);

/// Cuts a torn last line off, so that the journal can be continued.
void drop_torn_line(const std::filesystem::path& path, const JournalContents& contents);

}  // namespace crossfold
