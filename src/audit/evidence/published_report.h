#pragma once

#include <compare>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crossfold/audit/run_evidence.h"

namespace crossfold::audit {

/// A candidate as a reader knows it.
struct CandidateName {
  std::string experiment;
  std::string embedding;
  std::string candidate;
  auto operator<=>(const CandidateName&) const = default;
};

/// A test that a report shows: candidate against reference in one score.
struct PublishedTest {
  CandidateName candidate;
  std::string reference;
  std::string score;  ///< "task_auc"
  std::optional<double> difference;
  double p = 1;  ///< adjusted where the report says so, else as it stands
};

/// Which candidate a report says that a rule chose.
struct PublishedChoice {
  CandidateName candidate;
  std::string rule;  ///< as the job has it: "held-out"
};

/// What a published table says of candidates.
struct PublishedReport {
  std::string file;
  std::set<CandidateName> rows;       ///< with scores in a table
  std::set<CandidateName> mentioned;  ///< those, and the candidates that a sweep's list names
  std::vector<PublishedTest> tests;
  std::vector<PublishedChoice> choices;
};

/// Reads a report of this program as JSON, or a CSV table: with columns candidate, experiment (or
/// table), embedding; score and mean, and for tests score, against, difference and p_holm (or p).
/// Error{bad_input} where it is neither, or has scores without numbers; Error{io}.
[[nodiscard]] PublishedReport read_published(const std::filesystem::path& file);

/// All tables that the auditor was given.
[[nodiscard]] std::vector<PublishedReport> published_reports(const RunEvidence& evidence);

}  // namespace crossfold::audit
