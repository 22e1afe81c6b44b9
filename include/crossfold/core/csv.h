#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crossfold {

/// The largest file that is read as a table, where no other size is named.
inline constexpr std::uint64_t kMostTableBytes = std::uint64_t{1} << 30;

/// A table of texts with a header line (RFC 4180: quotes, doubled quotes, line breaks inside
/// quotes; lines end with LF, CRLF or CR; the encoding is that of text_from_bytes).
struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each as long as `columns`
  std::vector<std::size_t> lines;              ///< the file's line (1-based) at which a row begins

  [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;
};

/// Error{bad_input} naming `name` and every bad line: wrong number of fields, an open quote, text
/// after a closing quote, a column named twice, no header, another separator than commas.
[[nodiscard]] CsvTable parse_csv(std::string_view bytes, const std::string& name);

/// What is wrong with a line of so many `fields` where the first line has `width`, the rest of them
/// empty or not.
[[nodiscard]] std::string width_problem(std::span<const std::string_view> fields,
                                        std::size_t width);

/// A field as it stands in a CSV line: quoted where it must be.
[[nodiscard]] std::string csv_field(std::string_view value);

/// One CSV line with its line break.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& fields);

}  // namespace crossfold
