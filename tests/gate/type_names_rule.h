#pragma once

#include <span>
#include <string>
#include <vector>

#include "gate/house_rules.h"

namespace crossfold::gate {

/// Every type that two files under src/ and include/ define by one name in one namespace, as
/// "path:line: problem (why). what to do". The linker takes the functions of one of them for both.
/// Files are read as clang-format leaves them: types and namespaces begin where a line begins.
[[nodiscard]] std::vector<std::string> find_types_defined_twice(std::span<const SourceFile> files);

}  // namespace crossfold::gate
