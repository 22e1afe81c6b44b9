#pragma once

#include <string>
#include <string_view>

namespace crossfold {

/// The text of a file of another program: UTF-16 with a byte order mark becomes UTF-8, a mark of
/// UTF-8 is removed, everything else stays (Latin-1 too: what is no UTF-8 is named where it
/// matters). Error{bad_input} in the name of `name` for what is no text: zero bytes, a zip archive,
/// gzip, UTF-32, broken UTF-16.
[[nodiscard]] std::string text_from_bytes(std::string_view bytes, const std::string& name);

}  // namespace crossfold
