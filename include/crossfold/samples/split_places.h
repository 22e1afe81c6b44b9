#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job.h"

namespace crossfold {

/// Adds the lines of a split file (see SplitTable) that the job has no place for, by their numbers:
/// of an experiment, seed or fold that it does not have. Such a line is most often misspelt, and
/// its sample is missed elsewhere, or trains without a word. A seed of an experiment that the job
/// has not is passed over where it has the lines of one that the job has, or more: the file may be
/// of a larger study; and so is all where no line is of the job. What else is wrong with a line is
/// SplitTable's to say. For the file that a user gives: one that lies in a run directory was
/// accepted. Error{bad_input} where it is no CSV.
void check_split_places(std::string_view csv, const std::string& name,
                        const std::vector<std::string>& experiments, const SplitSettings& settings,
                        ValidationErrors& errors);

}  // namespace crossfold
