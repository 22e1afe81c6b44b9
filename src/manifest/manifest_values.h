#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/validation_errors.h"
#include "crossfold/manifest/manifest.h"

namespace crossfold {

/// A column of names (class, domain or group) with what messages say of it.
struct NameColumn {
  std::string field;                              ///< "group"
  std::string title;                              ///< as it stands in the file
  std::vector<std::string> values;                ///< one a sample; empty = missing
  std::function<std::string(std::size_t)> place;  ///< of a sample: "line 3"
};

/// Applies the rules to one column: words for missing values are made empty, spellings are merged,
/// and what the rules do not allow becomes an error with counts and the first place.
void apply_value_rules(NameColumn& column, const ValueRules& rules, ValidationErrors& errors);

/// A sentence where there are levels that one sample alone has.
[[nodiscard]] std::optional<std::string> single_sample_levels(const NameColumn& column);
/// A sentence where the patient of the most samples has a number that may stand for none.
[[nodiscard]] std::optional<std::string> doubtful_group(const NameColumn& column);

}  // namespace crossfold
