#pragma once

#include <string>

namespace crossfold {

/// The path in a field of a table. One with '\\' and without '/' is of Windows and gets '/' between
/// its folders.
[[nodiscard]] std::string path_from(std::string field);

}  // namespace crossfold
