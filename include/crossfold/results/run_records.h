#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/plan/plan.h"
#include "crossfold/plan/stages.h"
#include "crossfold/results/fit_record.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// A run directory as it stands: what was asked for and what is there. Readable while a run goes
/// on. Artefacts are not loaded (see read_artefacts).
struct RunRecords {
  Job job;
  SampleTable samples;  ///< labels and groups, roles as the job overrides them; no attributes
  Plan plan;
  /// Every fit that the journal has accepted, failed ones included; at most one for each id. Those
  /// that no stage has asked for yet are left out: they were taken over from another run, or
  /// trained ahead.
  std::unordered_map<FitId, FitResult> results;
  /// Where the artefacts of each fit lie that has some.
  std::unordered_map<FitId, ArtefactPlace> artefacts;
  /// Equivalence classes (build, libraries, instruction set, device) that made the numbers.
  std::set<std::string> classes;
  /// What the plan's chains have come to, computed from the results above.
  std::vector<Stage> stages;
  std::vector<bool> to_train;  ///< for each of Plan::fits, see fits_to_train(); empty: all
  bool more_stages = false;    ///< fits are missing on which further stages hang
  /// What was noticed while reading, a torn last journal line for instance.
  std::vector<std::string> notes;

  [[nodiscard]] const FitResult* find(const FitId& id) const;
  /// Whether Plan::fits[fit] is to be trained, as far as is decided.
  [[nodiscard]] bool is_to_train(std::size_t fit) const {
    return to_train.empty() || to_train[fit];
  }
};

/// Error{io} when the folder or a file in it is missing, Error{bad_input} when it is damaged or of
/// another format.
[[nodiscard]] RunRecords load_run(const std::filesystem::path& directory,
                                  const StageRuleFactory& make_rule = make_stage_rule);

/// A line for each file of artefacts that is missing or too short: whose they are, and how to have
/// them trained again. Reads no file.
[[nodiscard]] std::vector<std::string> lost_artefacts(const std::filesystem::path& directory,
                                                      const RunRecords& records);

/// Reads the artefacts of many fits, checked against the journal's hashes.
class ArtefactReader {
 public:
  /// `records` must outlive it.
  ArtefactReader(const std::filesystem::path& directory, const RunRecords& records);
  ~ArtefactReader();
  ArtefactReader(const ArtefactReader&) = delete;
  ArtefactReader& operator=(const ArtefactReader&) = delete;

  /// Empty where nothing was kept; nothing where they are missing or damaged.
  [[nodiscard]] std::optional<Artefacts> read(const FitId& id);
  /// Error{bad_input} with a line for each file in which some were: whose they are, and how to have
  /// them trained again.
  void throw_if_any_is_lost() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The artefacts of one fit, checked against the journal's hash. Error{bad_input} saying which fit
/// they are of, and how to have it trained again, when they are missing or damaged.
[[nodiscard]] Artefacts read_artefacts(const std::filesystem::path& directory,
                                       const RunRecords& records, const FitId& id);

}  // namespace crossfold
