#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crossfold/plan/plan.h"

#include "layout.h"

namespace crossfold {

// A run directory is where a user says, and may hold what is the user's. Nothing is written over
// that is not proven to be of crossfold, and of this very run.

/// An input file of a run and what this run writes there.
struct InputFile {
  std::filesystem::path path;
  std::string content;
};

/// Whether a run was started here: job and plan, or the journal, say so themselves.
[[nodiscard]] bool holds_run(const RunLayout& layout);

/// For a folder without a run: it may hold nothing, or what an interrupted first start of this run
/// leaves. Error{bad_input} naming what else is there; Error{io}.
void check_is_free(const RunLayout& layout, const std::vector<InputFile>& inputs);

/// Error{bad_input} naming every file that is there and is not what would be written, nor its
/// beginning. Job and plan, which say themselves whose they are, are not looked at.
void check_may_be_written(const RunLayout& layout, const std::vector<InputFile>& inputs);

/// Error{bad_input} naming results.h5, artefacts.h5, provenance.json or a heartbeat where such a
/// file is there that no run of this plan wrote.
void check_final_files(const RunLayout& layout, const Plan& plan);

}  // namespace crossfold
