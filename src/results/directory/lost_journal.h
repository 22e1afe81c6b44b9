#pragma once

#include "layout.h"

namespace crossfold {

/// Error{bad_input} when the journal has not even its first line, beside what only a run leaves
/// whose journal had one. To read none there would be to train every fit again.
void check_journal_is_not_lost(const RunLayout& layout);

}  // namespace crossfold
