#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace crossfold {

// A journal is a file of JSON lines (data-schemas/journal.schema.json). Each line's last key is
// `checksum`: the first 32 hex digits of the SHA-256 of the line without it.

/// `value`, an object, as a journal line with its checksum and line break.
[[nodiscard]] std::string journal_line(const nlohmann::json& value);

/// The object of a line without its line break; nothing when the checksum does not fit.
[[nodiscard]] std::optional<nlohmann::json> read_journal_line(std::string_view line);

/// Whether `bytes` can be what is left of a line that was not written to its end: nothing stands
/// behind a checksum.
[[nodiscard]] bool may_be_torn(std::string_view bytes);

/// Whether `bytes` can be the beginning of a journal, or were one before damage.
[[nodiscard]] bool may_begin_journal(std::string_view first_line);

}  // namespace crossfold
