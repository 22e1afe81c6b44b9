#pragma once

#include "crossfold/solve/feature_rows.h"
#include "crossfold/solve/instruction_set.h"
#include "crossfold/train/engine.h"

namespace crossfold::train {

/// The features that are probed, rows as in all_other_folds() and in the split's test.
struct ProbedFeatures {
  FeatureRows other_folds;
  FeatureRows held_out;
};

/// The probes of the experiment (METHODS 6), each fitted on the other folds and scored on the
/// held-out one: of labels and names by logistic regression over the levels that the pool has; of
/// numbers by ridge regression (R2) and by logistic regression of the thirds into which the other
/// folds' values fall (AUC), so that the held-out fold teaches nothing. Samples without a value are
/// left out. A further probe that cannot be fitted or scored, its rows having a single level or the
/// fold none of them, is undefined: 0 samples.
void score_probes(const FitTask& task, const ProbedFeatures& features, InstructionSet set,
                  FitResult& result);
/// Without that of a label in the whole pool, which the cohort's kernels fit.
void score_further_probes(const FitTask& task, const ProbedFeatures& features, InstructionSet set,
                          FitResult& result);

}  // namespace crossfold::train
