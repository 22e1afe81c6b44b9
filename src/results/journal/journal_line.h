#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace crossfold {

// A journal is a file of JSON lines (data-schemas/journal.schema.json). Each line's last key is
// `checksum`: the first 32 hex digits of the SHA-256 of the line without it.

/// `value`, an object, as a journal line with its checksum and line break.
[[nodiscard]] std::string journal_line(const nlohmann::json& value);

/// The object of a line without its line break; nothing when the checksum does not fit.
[[nodiscard]] std::optional<nlohmann::json> read_journal_line(std::string_view line);

/// A sound line that stands somewhere in damaged text.
struct SoundPiece {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< behind its last byte
  nlohmann::json value;
};
/// All of them, in order: those of lines that were glued together, say.
[[nodiscard]] std::vector<SoundPiece> sound_pieces(std::string_view text);

/// Whether `bytes` can be what is left of a line of ours that was not written to its end: it begins
/// like one, or not a byte of it reached the disk, and nothing stands behind a checksum.
[[nodiscard]] bool may_be_torn(std::string_view bytes);

/// Whether `bytes` begin as every journal does.
[[nodiscard]] bool begins_journal(std::string_view bytes);

/// Whether a first line can be what is left of a header that was not written to its end.
[[nodiscard]] bool may_be_torn_header(std::string_view first_line);

/// Whether `bytes` can be the beginning of a journal, or were one before damage.
[[nodiscard]] bool may_begin_journal(std::string_view first_line);

}  // namespace crossfold
