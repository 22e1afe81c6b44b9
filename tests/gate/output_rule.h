#pragma once

#include <span>
#include <string>
#include <vector>

#include "gate/house_rules.h"

namespace crossfold::gate {

/// Every place under src/ and include/ that writes to standard output by another way than
/// core/standard_output.h, as "path:line: problem (why). what to do". Comments and texts do not
/// count.
[[nodiscard]] std::vector<std::string> find_other_output(std::span<const SourceFile> files);

}  // namespace crossfold::gate
