#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string_view>

#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

namespace crossfold {

// The fits of a run for other programs; what the columns hold is in data-schemas/results.md.
// Numbers have all digits, undefined ones are "nan", infinite ones "inf"; what does not apply is
// empty.

/// Takes a piece of text after the other.
using WriteText = std::function<void(std::string_view)>;

/// CSV, a line for each fit that is to be trained, in the plan's order: state, place, settings,
/// facts and scores. The columns hang on the job alone, not on what is done.
void export_fits(const RunRecords& records, const WriteText& write);

/// CSV, a line for each epoch of each fit that kept its learning curves; epochs count from 0.
/// Error{bad_input} when the job keeps none.
void export_curves(const RunRecords& records, const ReadArtefacts& read, const WriteText& write);

/// What a tracking store is given.
struct MlflowCounts {
  std::size_t experiments = 0;
  std::size_t runs = 0;
};

/// A new folder in the layout of MLflow's file store (`mlflow ui --backend-store-uri DIRECTORY`):
/// an experiment for each of the job's, a run for each fit that is done or failed. Place and
/// settings are its params, facts, scores and learning curves its metrics. All runs start at
/// `begun_s` (seconds since 1970) and last as long as the fit was trained. Error{bad_input} where
/// something is at `directory`.
MlflowCounts export_mlflow(const RunRecords& records, const ReadArtefacts& read, double begun_s,
                           const std::filesystem::path& directory);

}  // namespace crossfold
