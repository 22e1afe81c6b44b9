#pragma once

#include <string>
#include <vector>

#include "crossfold/audit/rule.h"
#include "crossfold/core/validation_errors.h"

namespace crossfold::audit {

/// Null where there is none of this id.
[[nodiscard]] const Rule* find_rule(const std::string& id);

/// The rules that ids and groups ("LEA", "CON-02") name, all where there are none, in the order of
/// all_rules(). A word that names none is added to `errors`.
[[nodiscard]] std::vector<const Rule*> chosen_rules(const std::vector<std::string>& words,
                                                    ValidationErrors& errors);

}  // namespace crossfold::audit
