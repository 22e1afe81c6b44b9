#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// A warning where samples have no patient but themselves (their group is their id, as where
/// nothing was said of groups): folds cannot keep such patients whole. Nothing when every sample
/// has one.
[[nodiscard]] std::optional<std::string> unknown_patients(const SampleTable& samples);

/// A warning where an attribute titled sex or gender gives samples of one patient two sexes, by
/// M/F, male/female and the like, or by codes.
[[nodiscard]] std::optional<std::string> patients_of_both_sexes(const SampleTable& samples);

/// What makes the scores of these samples doubtful, a sentence each: unknown patients, words for
/// missing values among the names, names that differ in spelling only, one group with most of the
/// samples, patients of both sexes. For stores of any origin; a manifest's reader refuses most of
/// it.
[[nodiscard]] std::vector<std::string> sample_warnings(const SampleTable& samples);

}  // namespace crossfold
