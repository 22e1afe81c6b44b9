#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/results/run_records.h"
#include "crossfold/results/session.h"

#include "journal.h"
#include "layout.h"

namespace crossfold {

/// What a journal tells, taken together.
struct RunHistory {
  std::optional<JournalHeader> header;         ///< nothing: the journal has not started
  int version = kJournalVersion;               ///< of its last lines
  std::map<std::string, std::string> classes;  ///< text by id
  std::vector<JournalSession> sessions;
  /// At most one entry for each fit: a success beats a failure, else the later one holds.
  std::unordered_map<FitId, JournalFit> fits;
  std::vector<StageRecord> stages;  ///< in the order of their lines
  /// The first success of each fit that has succeeded more than once (it was trained again when its
  /// artefacts were lost): stages rest on it.
  std::unordered_map<FitId, FitResult> first_successes;
  std::vector<CohortRecord> cohorts;
  JournalEnd end;
};

/// Tells `stages` all that the journal does: the stages themselves, and the fits that succeeded.
/// Failures are left out, because a fit that failed is tried again: which of them counted stands in
/// the stages.
void tell(Stages& stages, const RunHistory& history);

/// The share that a session's start names, if any. Throws json::exception where it makes no sense.
[[nodiscard]] std::optional<ShardShare> shard_of(const nlohmann::json& session_facts);

/// Whether a session's start is of fits that were taken over: nothing was trained in it. Throws
/// json::exception where it makes no sense.
[[nodiscard]] bool takes_over(const nlohmann::json& session_facts);

/// Error{bad_input} when the journal is damaged or something else. No journal is an empty history.
[[nodiscard]] RunHistory read_history(const RunLayout& layout);

/// A job and its plan with the candidates that were drawn on the way.
struct GrownPlan {
  Job job;
  Plan plan;
};
/// The plan as it has become by what the journal records; nothing where nobody is drawn on the way.
/// Error{bad_input} where the journal tells of other stages.
[[nodiscard]] std::optional<GrownPlan> grown_plan(const Job& job, const Plan& plan,
                                                  const RunHistory& history,
                                                  const RunLayout& layout);

/// Error{bad_input} when the journal is of another plan.
void check_is_of_plan(const RunHistory& history, const Plan& plan, const RunLayout& layout);
/// Error{bad_input} when it records a fit that the plan, grown, has not.
void check_fits(const RunHistory& history, const Plan& plan, const RunLayout& layout);

/// SHA-256 of the directory's input files by name, for a journal's header.
[[nodiscard]] std::map<std::string, std::string> hash_inputs(const RunLayout& layout);
/// Error{bad_input} naming the first input file that is not what it was when the journal began.
void check_inputs(const RunLayout& layout, const JournalHeader& header);

/// What load_run returns, once the journal is read.
[[nodiscard]] RunRecords load_records(const RunLayout& layout, const RunHistory& history,
                                      const StageRuleFactory& make_rule = make_stage_rule);

}  // namespace crossfold
