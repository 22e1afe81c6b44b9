#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crossfold {

/// Rules on the values of a column: what looks as if something else had been meant. Pure; what is
/// done about it (refused, merged, named) is said by the readers.

/// A word that other programs write where a value is missing: nan, NA, N/A, None, null, -, ?,
/// unknown, ... in any case, blanks around it aside; or characters that do not show (a no-break
/// space). Neither the empty text nor one of plain blanks is one of them.
[[nodiscard]] bool is_missing_word(std::string_view text);

/// The same of a patient's name, which may also be a word for nobody: anonymous, no id, redacted,
/// xxx, patient, ... A class or a domain may well be called so.
[[nodiscard]] bool is_nobody_word(std::string_view text);

/// Whole numbers that tables write for a person who is not known: -1, -99, -999.0.
[[nodiscard]] bool is_negative_number(std::string_view text);
/// Numbers that may be a person's or stand for none: 0, 99, 999, ...
[[nodiscard]] bool is_filler_number(std::string_view text);

/// Texts with equal keys differ in spelling only: case, blanks, underscores and dashes of all
/// kinds, accents composed or not (NFC, NFD), what does not show, leading zeros (`007` and `7`), a
/// plus sign, zeros behind a decimal point (`7` and `7.0`). Digits that a separator parts stay
/// apart
/// (`1-11` is not `11-1` and not `111`), and so does a minus before a number.
[[nodiscard]] std::string spelling_key(std::string_view text);

/// One value of a column.
struct ValueCount {
  std::string value;
  std::size_t samples = 0;
  std::size_t first_row = 0;
  bool operator==(const ValueCount&) const = default;
};

/// The different values, in the order of their first rows; the empty one is left out.
[[nodiscard]] std::vector<ValueCount> count_values(const std::vector<std::string>& fields);

/// Values that differ from each other in spelling only, each list commonest first.
[[nodiscard]] std::vector<std::vector<ValueCount>> near_equal_values(
    const std::vector<ValueCount>& values);

/// The group that holds more than half of at least kLeastSamplesOfDomination samples.
[[nodiscard]] std::optional<ValueCount> dominating_value(const std::vector<ValueCount>& values);
inline constexpr std::size_t kLeastSamplesOfDomination = 5;

}  // namespace crossfold
