#pragma once

#include <optional>
#include <string>

#include "layout.h"
#include "run_history.h"

namespace crossfold {

/// A merge or a warm start that was killed leaves a folder of copied artefacts that no line of the
/// journal names, and its successor copies all of them again. Removes such folders behind the last
/// one that is named, and says so; nothing where the last session is no such one, or ended. The
/// caller holds the run's lock.
[[nodiscard]] std::optional<std::string> remove_abandoned_copies(const RunLayout& layout,
                                                                 const RunHistory& history);

}  // namespace crossfold
