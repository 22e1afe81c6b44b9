#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/report/compare.h"

namespace crossfold {

/// Gathers the fields in which fits of equal ids differ. All that a journal line says of a fit is
/// compared, fields that are added one day too, but not the seconds it took.
class ValueComparer {
 public:
  explicit ValueComparer(double tolerance) : tolerance_(tolerance) {}
  /// Both have succeeded.
  void add(const FitPlace& place, const FitResult& left, const FitResult& right);
  /// Scores, then training, counts and solver, then scores of classes.
  [[nodiscard]] std::vector<ValueDifference> differences() const;
  /// Fits with at least one of them.
  [[nodiscard]] std::size_t unlike_fits() const { return unlike_fits_; }
  [[nodiscard]] std::size_t validation_auc_once() const { return validation_auc_once_; }

 private:
  double tolerance_;
  /// By the order of kinds of fields, then by name.
  std::map<std::pair<int, std::string>, ValueDifference> fields_;
  std::size_t unlike_fits_ = 0;
  std::size_t validation_auc_once_ = 0;
};

}  // namespace crossfold
