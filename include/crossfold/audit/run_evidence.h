#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/audit/replay.h"
#include "crossfold/core/error.h"
#include "crossfold/core/ids.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"
#include "crossfold/results/run_scan.h"
#include "crossfold/store/store.h"

namespace crossfold::audit {

struct NearRows;  // near_rows.h

/// What an auditor was given.
struct AuditSubject {
  std::filesystem::path run;
  std::optional<std::filesystem::path> store = {};     ///< none: the one that the job names
  std::vector<std::filesystem::path> tables = {};      ///< reports of it as published: JSON, CSV
  std::vector<std::filesystem::path> other_runs = {};  ///< tried for the same study
  std::vector<Replay> replays = {};                    ///< fits that the auditor trained again
};

/// A job and the fits that it implies.
struct PlannedWork {
  const Job* job;
  const Plan* plan;
};

/// All that a rule may look at. Reads, never writes. What is missing or damaged is no error here:
/// the rule that asks for it is not assessed (NotAssessed is thrown), and says why.
class RunEvidence {
 public:
  /// Reads journal, inputs and the store's labels; the store in a child process, so before threads
  /// or MPI start. Error{io} or {bad_input} where `run` is no run directory at all.
  explicit RunEvidence(AuditSubject subject);
  ~RunEvidence();
  RunEvidence(const RunEvidence&) = delete;
  RunEvidence& operator=(const RunEvidence&) = delete;

  /// What was trained again after all else was read.
  void add_replay(Replay replay);

  [[nodiscard]] const AuditSubject& subject() const;
  /// Every line as it stands, also of a damaged run.
  [[nodiscard]] const RunScan& scan() const;
  /// What the run's inputs imply, as they lie there; where candidates are drawn by what others came
  /// to, of records().
  [[nodiscard]] PlannedWork planned() const;
  /// The run as every other command reads it.
  [[nodiscard]] const RunRecords& records() const;
  /// Why records() throws; empty where it does not.
  [[nodiscard]] const std::string& why_no_records() const;
  [[nodiscard]] const StoreContents& store() const;
  /// Why store() throws; empty where it does not.
  [[nodiscard]] const std::optional<Error>& store_failure() const;

  /// The numbers [N, dim] of one of the plan's embedding sets, checked against the store's hash;
  /// valid until another set is asked for.
  [[nodiscard]] std::span<const float> matrix(std::size_t embedding) const;
  /// What a fit left behind; empty artefacts where nothing was kept, nothing where it is lost.
  [[nodiscard]] std::optional<Artefacts> artefacts(const FitId& fit) const;
  /// The nearest pairs of rows of different patients in one of the plan's embedding sets; found
  /// once for all rules.
  [[nodiscard]] const NearRows& near_rows(std::size_t embedding) const;
  /// The tables, with paired tests, choices of sweeps and all complete candidates.
  [[nodiscard]] const Report& report() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crossfold::audit
