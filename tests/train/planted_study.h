#pragma once

#include <cstddef>
#include <vector>

#include "crossfold/core/validation_errors.h"
#include "crossfold/store/synth.h"
#include "crossfold/train/engine.h"

namespace crossfold::test {

/// Of the kind with its defaults, lambda the same in all epochs where it has one.
inline Candidate candidate_of(CandidateKind kind, double lambda) {
  Candidate candidate{.name = "", .model = default_model(kind)};
  if (auto* const model = std::get_if<DisentangledModel>(&candidate.model))
    model->lambda = {.kind = ScheduleKind::constant, .from = lambda};
  return candidate;
}

/// A small planted shortcut (METHODS 8) and one split of it.
struct PlantedStudy {
  explicit PlantedStudy(double scale) {
    const SynthStore store =
        synthesize({.kind = SynthKind::shortcut, .dim = dim, .scale = scale, .seed = 5});
    embedding = store.embeddings.front().values;
    experiment.name = "table3";
    experiment.evaluate_oos = true;
    experiment.probe = Label::domain;
    ValidationErrors errors;
    samples = select_samples(store.samples, experiment, {}, "experiment", errors);
    errors.throw_if_any(ErrorCode::internal, "study");
    split = make_split(samples, Label::class_label, SplitSettings{}, key, Validation::set_aside);
  }

  /// Gives the samples a sex, F for about two in three of the first domain and one in three of the
  /// others, unknown for one in five.
  void add_sex() {
    ProbedAttribute sex{.name = "sex", .values = CodedColumn{.codes = {}, .levels = {"F", "M"}}};
    auto& codes = std::get<CodedColumn>(sex.values).codes;
    for (std::size_t row = 0; row < samples.domain.codes.size(); ++row) {
      const std::size_t third = row * 7 % 3;
      const bool female = samples.domain.codes[row] == 0 ? third != 0 : third == 0;
      codes.push_back(row % 5 == 0 ? -1 : female ? 0 : 1);
    }
    samples.adversaries = {sex};
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
