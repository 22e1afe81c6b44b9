#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "crossfold/study/status_view.h"

namespace crossfold::cli {

/// For people; ends with a line break.
[[nodiscard]] std::string status_text(const StatusView& view);
/// How one run of the view stands: "shard 2/3: stopped at ... run the same command again to go on".
[[nodiscard]] std::string state_line(const StatusView& view, const RunStatus& run);
[[nodiscard]] double fits_per_second(const Heartbeat& heartbeat);
/// For programs.
[[nodiscard]] nlohmann::json status_json(const StatusView& view);

}  // namespace crossfold::cli
