#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "crossfold/results/fit_record.h"

namespace crossfold {

/// The first line: what the journal belongs to.
struct JournalHeader {
  std::string job_sha256;
  std::string plan_sha256;
  std::map<std::string, std::string> inputs;  ///< SHA-256 of job.json, plan.json, ... by name
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
  std::optional<ArtefactFile> artefacts;
};

using JournalEntry = std::variant<JournalHeader, JournalClass, JournalSession, JournalFit>;

[[nodiscard]] nlohmann::json to_json(const JournalEntry& entry);
/// Error{bad_input} when it is none.
[[nodiscard]] JournalEntry journal_entry_from_json(const nlohmann::json& value);

}  // namespace crossfold
