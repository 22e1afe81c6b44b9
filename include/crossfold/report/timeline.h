#pragma once

#include <string>

#include "crossfold/results/timeline.h"

namespace crossfold {

enum class TimelineFormat {
  text,   ///< shares of each rank's time, for people
  csv,    ///< a line for each cohort and each loss
  trace,  ///< Chrome trace events, for Perfetto and chrome://tracing
  page,   ///< one HTML file that needs nothing else
};

/// A time line as text. The same bytes for the same time line. Nothing is left out of csv, trace
/// and page, however many cohorts there are; ends with a line break.
[[nodiscard]] std::string render_timeline(const Timeline& timeline, TimelineFormat format);

}  // namespace crossfold
