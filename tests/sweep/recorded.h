#pragma once

#include <string>

#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"

namespace crossfold::sweep {

/// A file of recorded numbers beside the tests, with the script that made it.
inline nlohmann::json read_recorded(const std::string& name) {
  return parse_json(read_file(std::string(CROSSFOLD_TEST_DATA) + "/" + name, 1U << 24U), name);
}

}  // namespace crossfold::sweep
