#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"
#include "crossfold/plan/stages.h"
#include "crossfold/results/cohort_record.h"
#include "crossfold/results/fit_record.h"
#include "crossfold/results/segment_writer.h"
#include "crossfold/results/session.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// What `open` may mend of what was lost on disk; without it, such a loss is an Error.
struct Repairs {
  bool salvage = false;          ///< keep of a damaged journal what can be kept
  bool retrain_missing = false;  ///< fits without sound artefacts count as not done
};

/// The coordinator's side of a run directory: the one that writes.
///
///   job.json        canonical job              samples.json  labels, roles as the job sets them
///   plan.json       embedding sets, plan hash  splits.csv    given folds, where the job names some
///   journal.jsonl   one line per finished fit: the truth about what is done
///   segments/       a folder for each session that trained, in it a file of artefacts for each
///                   worker; the journal names place and hash
///   results.h5, artefacts.h5, provenance.json  made from the above at the end
///   lock            held while a run is alive
class RunDirectory {
 public:
  /// Creates the directory, or continues the run that it holds. `samples` are the store's. Errors:
  /// bad_input for another job or other data (every field that differs is named), a folder that
  /// holds something else, damage that `repairs` does not allow to mend; io for a run that is alive
  /// there, no right to write.
  [[nodiscard]] static RunDirectory open(const std::filesystem::path& path, const Job& job,
                                         const SampleTable& samples, const Plan& plan,
                                         std::string_view split_csv = {}, Repairs repairs = {});
  ~RunDirectory();
  RunDirectory(RunDirectory&&) noexcept;
  RunDirectory& operator=(RunDirectory&&) noexcept;

  /// Fits done already; failed ones are not among them and are tried again.
  [[nodiscard]] const std::unordered_set<FitId>& done() const;
  /// Equivalence classes of the fits done already.
  [[nodiscard]] const std::unordered_set<std::string>& classes() const;
  /// What workers of earlier sessions did when.
  [[nodiscard]] const std::vector<CohortRecord>& cohorts() const;
  /// Tells `stages` what the journal held when it was opened: stages, and fits that succeeded.
  /// Error{bad_input} where it tells of stages that do not belong here.
  void tell(Stages& stages) const;
  /// What was found and mended on opening: a torn line that was dropped, say.
  [[nodiscard]] const std::vector<std::string>& notes() const;

  /// Notes in the journal that a run begins or ends here, and flushes.
  void append_session(const SessionStart& start);
  void append_session(const SessionEnd& end);
  /// Notes a stage that begins. Counts only after `flush`.
  void append_stage(const StageRecord& stage);
  /// Notes what a worker did when, behind the fits of that cohort; or that it was declared lost.
  void append(const CohortRecord& cohort);
  void append(const LostWorker& lost);
  /// Makes the folder into which workers write from now on.
  [[nodiscard]] SegmentFolder begin_segments();
  /// Writes the journal line; the artefacts are on disk already. Counts only after `flush`.
  void append(const FitRecord& record);
  /// Returns once everything appended is on disk.
  void flush();

 private:
  struct State;
  explicit RunDirectory(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Makes results.h5, artefacts.h5 and provenance.json from what the directory holds; each appears
/// whole.
void write_final_files(const std::filesystem::path& directory,
                       const StageRuleFactory& make_rule = make_stage_rule);

}  // namespace crossfold
