#pragma once

#include <string>
#include <vector>

#include "crossfold/report/render.h"
#include "crossfold/report/report.h"

namespace crossfold::testing {

/// A run and the way it is reported; its expected output stands in golden/<name>/.
struct GoldenCase {
  std::string name;
  RunRecords records;
  ReportOptions options;
};

/// `complete`: T's tables, nothing amiss. `incomplete`: fits missing, failed and undefined, names
/// full of markup. `two-classes`: U's scores, corrected errors, tests and single fits.
[[nodiscard]] std::vector<GoldenCase> golden_cases();

/// Attributes probed, within classes too, some of them missing or undefined; no recorded output.
[[nodiscard]] GoldenCase probed_case();

}  // namespace crossfold::testing
