#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

#include "journal_entry.h"

namespace crossfold {

/// What can be had from a damaged journal.
struct Salvage {
  std::string journal;             ///< a sound one of this plan
  std::size_t lines = 0;           ///< sound ones, also several in one, and pieces of others
  std::size_t kept = 0;            ///< of those, wherever they stood
  std::vector<std::string> notes;  ///< what was left out: line, what it was, what follows
};

/// Keeps every line whose checksum fits and that belongs to this plan, each once: also one that was
/// glued to others, stands behind rubbish or out of order. A lost header is replaced by `header`,
/// the lost description of a class by what a session says of it. Error{bad_input} when nothing in
/// `text` can be told to belong to the plan (it may be another file), or when another version wrote
/// it.
[[nodiscard]] Salvage salvage_journal(std::string_view text, const JournalHeader& header,
                                      const Job& job, const Plan& plan);

/// Short enough for every fit's line.
[[nodiscard]] std::string class_id(const std::string& class_label);

}  // namespace crossfold
