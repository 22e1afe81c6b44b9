#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "crossfold/results/warm_start.h"
#include "crossfold/study/study.h"

namespace crossfold::cli {

/// What the study's warm start finds; nothing without one. Errors as WarmStart.
[[nodiscard]] std::optional<SharedFits> shared_fits(const Study& study);

/// Prints it on standard output, a line each.
void print_warm_start(const Study& study, const SharedFits& shared);

/// {"run", "taken_over", "lacking", "of"}, for answers in JSON.
[[nodiscard]] nlohmann::json warm_start_json(const Study& study, const SharedFits& shared);

}  // namespace crossfold::cli
