#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "crossfold/core/hash.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// A job together with what it works on: everything that training needs but the matrices.
struct Study {
  Job job;
  std::filesystem::path store;  ///< absolute
  /// Run directory whose fits are taken over, absolute.
  std::optional<std::filesystem::path> warm_start = {};
  SampleTable samples;  ///< as the store has them, attributes left out
  Plan plan;
  std::string split_csv;  ///< content of the job's splits.file
};

/// The job that a command works on, and what its arguments say differently.
struct JobArguments {
  std::filesystem::path job;
  std::optional<std::filesystem::path> store = {};       ///< relative to the working folder
  std::optional<std::filesystem::path> warm_start = {};  ///< likewise
  std::optional<EngineKind> engine = {};
  std::optional<int> cohort = {};
};

/// Reads job, store and splits file. Paths in the job are relative to the job's folder. Every
/// error of the first stage that fails (job, store, plan) is told at once.
[[nodiscard]] Study load_study(const JobArguments& arguments);

/// The job as a run directory records it: store and warm start are named as seen from there.
[[nodiscard]] Job recorded_job(const Study& study, const std::filesystem::path& run_directory);

/// What every rank needs of a study to train any of its fits; the fits themselves are rank 0's.
struct SharedStudy {
  Job job;
  std::filesystem::path store;  ///< absolute
  PlanBasis basis;
  Digest hash;  ///< of all of it: by this ranks know each other
};

/// A study as bytes, for ranks that read neither job nor store, and what they make of them.
[[nodiscard]] std::string pack_study(const Study& study);
[[nodiscard]] SharedStudy unpack_study(const std::string& bytes);

}  // namespace crossfold
