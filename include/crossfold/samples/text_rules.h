#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace crossfold {

/// Longest id, group, level or name that a store holds.
inline constexpr std::size_t kMaxTextBytes = 4096;

/// The text without spaces and tabs at its ends.
[[nodiscard]] std::string_view without_blanks(std::string_view text);

/// A number without the plus sign before its digits, which std::from_chars does not know.
[[nodiscard]] std::string_view without_plus(std::string_view number);

[[nodiscard]] bool is_utf8(std::string_view text);

/// What is wrong with a text of a store ("is not UTF-8"); nothing when it is sound.
[[nodiscard]] std::optional<std::string> text_problem(std::string_view text);

/// The same for a text that also names a place in the file: not empty, no '/', not '.' or '..'.
[[nodiscard]] std::optional<std::string> name_problem(std::string_view name);

}  // namespace crossfold
