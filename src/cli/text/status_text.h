#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "crossfold/study/status_view.h"

namespace crossfold::cli {

/// For people; ends with a line break.
[[nodiscard]] std::string status_text(const StatusView& view);
/// For programs.
[[nodiscard]] nlohmann::json status_json(const StatusView& view);

}  // namespace crossfold::cli
