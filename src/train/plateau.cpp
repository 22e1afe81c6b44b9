#include "plateau.h"

namespace crossfold::train {

PlateauAction Plateau::observe(double loss) {
  if (loss < best_ - settings_.min_improvement) {
    best_ = loss;
    stale_epochs_ = 0;
    return PlateauAction::go_on;
  }
  if (++stale_epochs_ <= settings_.patience) return PlateauAction::go_on;
  stale_epochs_ = 0;
  ++strikes_;
  return strikes_ == settings_.stop_after ? PlateauAction::stop : PlateauAction::lower;
}

}  // namespace crossfold::train
