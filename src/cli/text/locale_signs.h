#pragma once

#include "crossfold/report/render.h"

namespace crossfold::cli {

/// How mean and sd are joined for whoever reads stdout: "±" where the locale that LC_ALL, LC_CTYPE
/// and LANG name is there and in UTF-8, else "+-". Changes no locale of the process.
[[nodiscard]] PlusMinus plus_minus_of_locale();

}  // namespace crossfold::cli
