#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crossfold/report/report.h"

namespace crossfold::audit {

/// How a report as it was published (JSON or CSV of `crossfold report`) differs from what the run
/// gives, a line each. A number that was rounded is compared at its own digits; rows and columns
/// that were left out are no difference. `report` has rows for fits and for all complete
/// candidates. Error{bad_input} for a file that is no such report.
[[nodiscard]] std::vector<std::string> differences_of_table(std::string_view text,
                                                            const std::string& name,
                                                            const Report& report);

}  // namespace crossfold::audit
