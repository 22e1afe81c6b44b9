#pragma once

#include <cstddef>
#include <vector>

#include "crossfold/core/mistakes.h"
#include "crossfold/store/synth.h"
#include "crossfold/train/engine.h"

namespace crossfold::test {

/// A small planted shortcut (METHODS 8) and one split of it.
struct PlantedStudy {
  explicit PlantedStudy(double scale) {
    const SynthStore store =
        synthesize({.kind = SynthKind::shortcut, .dim = dim, .scale = scale, .seed = 5});
    embedding = store.embeddings.front().values;
    experiment.name = "table3";
    experiment.evaluate_oos = true;
    experiment.probe = Label::domain;
    Mistakes mistakes;
    samples = select_samples(store.samples, experiment, {}, "experiment", mistakes);
    mistakes.throw_if_any(ErrorCode::internal, "study");
    split = make_split(samples, Label::klass, SplitSettings{}, key, Validation::set_aside);
  }

  /// Training of a candidate, with all that can be kept. Valid as long as both.
  [[nodiscard]] FitTask task(const Candidate& candidate) const {
    return {.experiment = &experiment,
            .candidate = &candidate,
            .samples = &samples,
            .split = &split,
            .key = key,
            .embedding = embedding,
            .dim = dim,
            .keep_predictions = true,
            .keep_curves = true,
            .keep_features = true};
  }

  StreamKey key{.root_seed = 1, .seed = SeedIndex(0), .fold = FoldIndex(0)};
  std::vector<float> embedding;
  std::size_t dim = 64;
  ExperimentSamples samples;
  Experiment experiment;
  Split split;
};

}  // namespace crossfold::test
