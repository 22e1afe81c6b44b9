#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/results/fit_record.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// A fit as a journal line and a document of artefacts tell of it.
struct EditedFit {
  FitResult result;  ///< with its artefacts
  Origin origin;
};

/// Changes what a run directory records and repairs every checksum, hash and place behind the
/// change, as somebody would who knows this program's source and wants not to be found. Only the
/// audit's planted cases and tests have a use for it.
class RunEditor {
 public:
  /// Reads all of it. Errors as load_run.
  explicit RunEditor(const std::filesystem::path& directory);
  ~RunEditor();
  RunEditor(const RunEditor&) = delete;
  RunEditor& operator=(const RunEditor&) = delete;

  Job& job();
  SampleTable& samples();
  /// In the order of their lines; may be added to, thinned out and exchanged.
  std::vector<EditedFit>& fits();

  /// Writes all of it anew: inputs, the plan they imply, journal, artefacts, and, where what is
  /// recorded still fits together, results.h5, artefacts.h5 and provenance.json. Edited fits keep
  /// the ids that they are given.
  void save();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Makes the journal's header name the input files as they lie there now: what a forger does who
/// edits one by hand.
void repair_header(const std::filesystem::path& directory);

}  // namespace crossfold
