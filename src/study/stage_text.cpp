#include "stage_text.h"

#include <fmt/format.h>

#include "crossfold/core/counted.h"

namespace crossfold {

std::string stage_text(const StageRecord& stage) {
  const std::string race = fmt::format("race of '{}' on {}", stage.experiment, stage.embedding);
  const std::string leader = stage.leader.empty() ? "no score yet" : "best so far " + stage.leader;
  if (stage.over)
    return fmt::format(
        "{} is over: {} on all {}, {}; {} of {} fits saved", race,
        counted_are(stage.living, "candidate"), counted(stage.splits, "split"),
        stage.leader.empty() ? std::string("none with all scores") : "the best is " + stage.leader,
        stage.fits_of_all - stage.fits, stage.fits_of_all);
  if (stage.number == 0)
    return fmt::format("{}: {} on {} first", race, counted(stage.living, "candidate"),
                       counted(stage.splits, "split"));
  return fmt::format(
      "{}: {} given up, {} trained on {}; {}", race, counted(stage.given_up.size(), "candidate"),
      counted_are(stage.living, "candidate"), counted(stage.splits, "split"), leader);
}

}  // namespace crossfold
