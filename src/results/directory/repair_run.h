#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "crossfold/results/run_directory.h"

#include "run_history.h"

namespace crossfold {

/// Whether the journal, if there is one, can be read to its end and is all of this plan.
[[nodiscard]] bool is_sound_journal(const RunLayout& layout, const Job& job, const Plan& plan);

/// Keeps the journal under another name and writes a sound one in its place, with every line that
/// can be kept; `header` stands in for a lost one. Errors as salvage_journal's. Only for who holds
/// the run's lock.
void salvage_run(const RunLayout& layout, const JournalHeader& header, const Job& job,
                 const Plan& plan, std::vector<std::string>& notes);

/// Done fits whose artefact files are not what the journal says. Error{bad_input} naming each,
/// where they may not be trained again.
[[nodiscard]] std::unordered_set<FitId> find_lost(const RunLayout& layout, const Job& job,
                                                  const Plan& plan, const RunHistory& history,
                                                  Repairs repairs, std::vector<std::string>& notes);

}  // namespace crossfold
