#pragma once

#include <string>

#include "crossfold/figure/figure.h"

namespace crossfold::page {

/// The numbers of a figure as an HTML table. The words at the beginning of a row are its heading,
/// said once for all rows that share it; numbers have four significant digits. End tags that
/// HTML does not ask for are left out: there are thousands of cells.
[[nodiscard]] std::string figure_table(const figure::Table& table);

}  // namespace crossfold::page
