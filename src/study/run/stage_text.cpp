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

std::string at_work_text(const Job& job, const StageRecord& stage) {
  if (stage.generation)
    return fmt::format("search of '{}': generation {}, {} of {} candidates", stage.experiment,
                       stage.number + 1, stage.generation->candidates, stage.generation->of);
  std::size_t rungs = 0;
  for (const Experiment& experiment : job.experiments)
    if (experiment.name == stage.experiment && experiment.sweep && experiment.sweep->race)
      rungs = experiment.sweep->race->rungs.size() + 1;
  const std::string race = fmt::format("race of '{}' on {}", stage.experiment, stage.embedding);
  if (stage.number >= rungs) return race + ": sources left out";
  return fmt::format("{}: rung {} of {}, {}", race, stage.number + 1, rungs,
                     counted(stage.living, "candidate"));
}

}  // namespace

std::string stages_at_work_text(const Job& job, std::span<const Stage> latest) {
  std::string text;
  std::size_t more = 0;
  for (const Stage& stage : latest) {
    if (stage.record.over) continue;
    if (text.empty())
      text = at_work_text(job, stage.record);
    else
      ++more;
  }
  if (more > 0) text += fmt::format(" (and {} more)", more);
  return text;
}

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
