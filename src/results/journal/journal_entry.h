#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "crossfold/plan/stages.h"
#include "crossfold/results/cohort_record.h"
#include "crossfold/results/fit_record.h"

namespace crossfold {

/// Format 2: fits name segments; in format 1 each has an artefact file of its own.
inline constexpr int kJournalVersion = 2;

/// The first line: what the journal belongs to.
struct JournalHeader {
  int version = kJournalVersion;
  std::string job_sha256;
  std::string plan_sha256;
  std::map<std::string, std::string> inputs;  ///< SHA-256 of job.json, plan.json, ... by name
};

/// From here on the journal is of a later format than its header says: programs that do not know
/// that one must not take it for the other.
struct JournalFormat {
  int version = kJournalVersion;
};

/// An equivalence class, before the first fit that was made in it.
struct JournalClass {
  std::string id;  ///< short, stands in the lines of its fits
  std::string text;
};

/// A run begins or ends here.
struct JournalSession {
  enum class Event { start, end } event = Event::start;
  nlohmann::json facts;  ///< an object; what provenance.json says of it
};

/// A fit is done, or was given up.
struct JournalFit {
  FitResult result;  ///< without artefacts
  std::string host;
  std::string device;
  std::string class_id;  ///< empty: nobody trained it
  std::optional<ArtefactPlace> artefacts;
  std::optional<std::string> taken_from = {};  ///< plan hash of the run that trained it
};

/// A stage begins: what its chain goes on with. Can be recomputed from the fits before it.
struct JournalStage {
  StageRecord record;
};

/// A worker has done a cohort; behind the lines of its fits.
struct JournalCohort {
  CohortRecord record;
};

/// A worker was declared lost.
struct JournalLost {
  LostWorker record;
};

using JournalEntry = std::variant<JournalHeader, JournalFormat, JournalClass, JournalSession,
                                  JournalFit, JournalStage, JournalCohort, JournalLost>;

[[nodiscard]] nlohmann::json to_json(const JournalEntry& entry);
/// Error{bad_input} when it is none.
[[nodiscard]] JournalEntry journal_entry_from_json(const nlohmann::json& value);

}  // namespace crossfold
