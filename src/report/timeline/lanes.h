#pragma once

#include <cstddef>
#include <string>

#include "crossfold/results/timeline.h"

namespace crossfold {

/// Where things lie in the picture of a session, in units of its view box.
struct Lanes {
  double left = 0;      ///< x of the session's start
  double right = 0;     ///< x of its end
  double top = 0;       ///< y of the first rank
  double row = 0;       ///< height of a rank
  double length_s = 0;  ///< of the session; at least what its cohorts need
};

[[nodiscard]] Lanes lanes_of(const TimelineSession& session);

/// A row for each rank, a bar for each cohort: one path for each stage and twenty ranks, so that
/// 100,000 bars are few elements, of which a browser draws those in sight. `stages` as
/// Timeline::stages.
[[nodiscard]] std::string lanes_svg(const TimelineSession& session, std::size_t number,
                                    std::size_t stages);

/// The class that gives a stage its colour; they come again after seven.
[[nodiscard]] std::string stage_class(std::size_t stage);

}  // namespace crossfold
