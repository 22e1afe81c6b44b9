#pragma once

#include "crossfold/report/compare.h"

namespace crossfold {

/// Compares what fits of equal ids left behind, once it is read: by hash and, where these differ,
/// by what both kept, since documents of earlier programs are written in another way.
class ArtefactComparer {
 public:
  /// Both runs must outlive it.
  ArtefactComparer(const ComparedRun& left, const ComparedRun& right, double tolerance)
      : left_(left), right_(right), tolerance_(tolerance) {}
  /// Both runs have done the fit.
  void add(const FitPlace& place);
  [[nodiscard]] const ArtefactComparison& comparison() const { return comparison_; }

 private:
  void compare(const FitPlace& place, bool same_hash);

  const ComparedRun& left_;
  const ComparedRun& right_;
  double tolerance_;
  ArtefactComparison comparison_;
};

}  // namespace crossfold
