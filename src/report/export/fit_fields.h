#pragma once

#include <string>
#include <vector>

#include "crossfold/results/run_records.h"

namespace crossfold {

/// A named value of a fit as text; empty where it does not apply.
struct FitField {
  std::string name;
  std::string value;
};
using FitFields = std::vector<FitField>;

/// "nan" where undefined, else the shortest text that reads back as the same double.
[[nodiscard]] std::string number_text(const std::optional<double>& value);

/// Which fit it is: experiment, embedding, candidate, scheme, seed, and of fold, inner_fold and
/// left_out what its scheme has.
[[nodiscard]] FitFields place_fields(const RunRecords& records, const Fit& fit);

/// What was asked for: settings of the experiment, then those of the candidate by their path,
/// "training.learning_rate", as the canonical job has them.
[[nodiscard]] FitFields setting_fields(const Experiment& experiment, const Candidate& candidate);

/// How training went, then the scores: "in.auc", "oos.class_auc.covid19", "sets.A.acc",
/// "probe.auc", "probes.age.r2", "probes.sex.within.covid19.auc". The names hang on the experiment
/// alone; without a result all values are empty, as are those of sets that the fit was not scored
/// on.
[[nodiscard]] FitFields fact_fields(const FitResult* result);
[[nodiscard]] FitFields score_fields(const RunRecords& records, const Fit& fit,
                                     const FitResult* result);

}  // namespace crossfold
