#pragma once

#include <limits>

#include "crossfold/job/job.h"

namespace crossfold::train {

enum class PlateauAction {
  go_on,
  lower,  ///< multiply the learning rate by the factor
  stop,   ///< the rule struck for the last time: train no further
};

/// The plateau rule (METHODS 5) of one fit. A loss improves when it is less than the best so far
/// by more than `min_improvement`; after more than `patience` epochs in a row without that, the
/// rule strikes and counts anew.
class Plateau {
 public:
  explicit Plateau(const PlateauSettings& settings) : settings_(settings) {}

  /// Takes the validation loss of the next epoch.
  PlateauAction observe(double loss);
  /// How often the rule has struck, the last time included.
  [[nodiscard]] int strikes() const { return strikes_; }

 private:
  PlateauSettings settings_;
  double best_ = std::numeric_limits<double>::infinity();
  int stale_epochs_ = 0;
  int strikes_ = 0;
};

}  // namespace crossfold::train
