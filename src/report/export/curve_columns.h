#pragma once

#include <functional>
#include <string>
#include <vector>

#include "crossfold/plan/fit_result.h"
#include "crossfold/results/run_records.h"

namespace crossfold {

/// A learning curve by its name in files.
struct CurveColumn {
  std::string name;
  /// Null where a fit of the candidate has no such curve.
  std::function<const std::vector<double>*(const Candidate&, const Curves&)> of;
};

/// The curves that every run may have; then, for each attribute that some candidate's encoder is
/// to forget, by name, `train_ATTRIBUTE_loss` and `lambda_of_ATTRIBUTE`.
[[nodiscard]] std::vector<CurveColumn> curve_columns(const RunRecords& records);

}  // namespace crossfold
