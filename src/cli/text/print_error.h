#pragma once

#include <string>

namespace crossfold::cli {

/// On stderr, behind "crossfold: "; an empty text is none.
void print_error(const std::string& text);

}  // namespace crossfold::cli
