#pragma once

#include <optional>
#include <string>

#include "crossfold/results/run_records.h"

#include "layout.h"

namespace crossfold {

/// How closely an artefact file is looked at.
enum class ArtefactCheck { size, content };

/// A fit that is done, and what the journal says of its artefact file.
struct ExpectedArtefacts {
  const Job& job;
  const Plan& plan;
  const FitId& id;
  const ArtefactFile& file;
};

/// What is wrong with the file, whose fit it is and how to get another, as an Error has it behind
/// the file's name; nothing when it is what the journal says.
[[nodiscard]] std::optional<std::string> artefact_problem(const RunLayout& layout,
                                                          const ExpectedArtefacts& expected,
                                                          ArtefactCheck check);

}  // namespace crossfold
