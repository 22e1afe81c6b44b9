#include "stage_text.h"

#include <fmt/format.h>

#include "crossfold/core/counted.h"

namespace crossfold {

namespace {

/// "search of 'task': 64 candidates drawn, 128 of 256 by now; best so far d[...]"
std::string generation_text(const StageRecord& stage, const std::string& leader) {
  const StageRecord::Generation& generation = *stage.generation;
  const std::string search = fmt::format("search of '{}'", stage.experiment);
  if (stage.over)
    return fmt::format(
        "{} is over: {} trained; {}", search, counted_are(generation.candidates, "candidate"),
        stage.leader.empty() ? "none has all scores" : "the best is " + stage.leader);
  return fmt::format("{}: generation {} of {}, {} of {} by now; {}", search, stage.number + 1,
                     counted(generation.drawn.size(), "candidate"), generation.candidates,
                     generation.of, leader);
}

}  // namespace

std::string stage_text(const StageRecord& stage) {
  const std::string race = fmt::format("race of '{}' on {}", stage.experiment, stage.embedding);
  const std::string leader = stage.leader.empty() ? "no score yet" : "best so far " + stage.leader;
  if (stage.generation) return generation_text(stage, leader);
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
