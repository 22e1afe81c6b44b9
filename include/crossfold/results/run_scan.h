#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/plan/plan.h"
#include "crossfold/plan/stages.h"
#include "crossfold/results/fit_record.h"
#include "crossfold/results/run_status.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// One journal line that tells of a fit.
struct ScannedFit {
  std::size_t line = 0;  ///< in the journal, from 1
  FitResult result;      ///< without artefacts
  Origin origin;         ///< the class is empty where nobody trained the fit
  std::optional<ArtefactPlace> artefacts;
};

/// What a session said of itself when it began, and when it ended; one that was killed says nothing
/// then.
struct ScannedSession {
  std::string time;  ///< "2026-01-31T23:59:59Z"
  std::string version;
  std::string git_hash;  ///< "-dirty" behind that of a changed checkout
  std::string instruction_set;
  std::string equivalence_class;
  std::optional<SessionStatus::End> end = {};
};

/// Something that cannot be what a run wrote.
struct ScannedDamage {
  std::string place;  ///< "journal.jsonl, line 3", "samples.json"
  std::string problem;
};

/// A run directory line by line, for whoever doubts it: nothing is taken together or trusted, and
/// what is damaged is told, not thrown.
struct RunScan {
  std::size_t lines = 0;         ///< sound journal lines
  std::uint64_t torn_bytes = 0;  ///< of a last line that a killed run left
  std::vector<ScannedFit> fits;  ///< in the order of their lines, repeated ones too
  std::vector<StageRecord> stages;
  std::vector<ScannedSession> sessions;
  /// Lines without their checksum, files that are not what the journal's header says of them.
  std::vector<ScannedDamage> damage;

  /// From job.json, samples.json and plan.json as they lie there; empty where they cannot be read.
  std::optional<Job> job;
  std::optional<SampleTable> samples;
  std::optional<Plan> plan;
  std::vector<ScannedDamage> unreadable;  ///< why they are empty
  std::string header_plan_sha256;         ///< of the plan, says the journal's header
  std::string file_plan_sha256;           ///< says plan.json
};

/// Error{io} or {bad_input} only where the folder is no run directory, or holds no journal that can
/// be read.
[[nodiscard]] RunScan scan_run(const std::filesystem::path& directory);

/// Artefacts in a file that no line of the journal names.
struct UnnamedArtefacts {
  std::string file;             ///< below the run directory
  std::uint64_t documents = 0;  ///< whole ones
};

/// What lies below segments/ beside what `fits` name: left by a killed run, or by
/// somebody. Error{io}.
[[nodiscard]] std::vector<UnnamedArtefacts> unnamed_artefacts(
    const std::filesystem::path& directory, const std::vector<ScannedFit>& fits);

}  // namespace crossfold
