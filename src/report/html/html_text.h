#pragma once

#include <string>
#include <string_view>

namespace crossfold::html {

/// Plain words as HTML, in an element or a quoted attribute: signs of markup are escaped, control
/// characters become spaces, what is no UTF-8 becomes U+FFFD, and so do characters that turn the
/// direction round: in a sentence with a name in it they would turn the rest of the sentence.
[[nodiscard]] std::string escaped(std::string_view text);

/// The same in a <bdi>, so that a name written from right to left leaves its surroundings alone.
[[nodiscard]] std::string isolated(std::string_view text);

}  // namespace crossfold::html
