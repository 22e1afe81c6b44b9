#pragma once

#include <string>
#include <string_view>

namespace crossfold {

/// A text by what is meant, not by how it was typed: small letters, accents in one form (e and
/// U+0301 become é), every kind of space a blank, every dash and minus a '-', wide and small digits
/// plain ones, nothing that does not show. As it is where it is no UTF-8. (Unicode 15, UAX 15: NFKC
/// with case folding.)
[[nodiscard]] std::string folded_text(std::string_view text);

}  // namespace crossfold
