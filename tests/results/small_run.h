#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/plan/artefact_bytes.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/run_records.h"
#include "crossfold/results/segment_writer.h"

#include "hdf5/scratch_folder.h"
#include "plan/sample_result.h"
#include "plan/small_study.h"

namespace crossfold::testing {

inline const Origin kAlpha{.host = "alpha", .device = "cpu core 1", .equivalence_class = "build A"};
inline const Origin kBeta{.host = "beta", .device = "cuda:0", .equivalence_class = "build B"};

/// What a fit of this plan may return, artefacts included.
inline FitResult result_of(const Plan& plan, const Fit& fit) {
  FitResult result = full_result(fit.id);
  if (fit.experiment == 1) {
    result.held_out = mixed_scores(plan.basis.samples[1].domain.levels.size(), 0.25);
    result.oos.reset();
    result.probe.reset();
  }
  return result;
}

/// As a worker would: the artefacts into a segment of their own, then the journal line. Safe after
/// directory.flush().
inline void record(RunDirectory& directory, FitResult result, const Origin& origin = kAlpha) {
  FitRecord record{.result = std::move(result), .artefacts = std::nullopt, .origin = origin};
  const Artefacts artefacts = std::exchange(record.result.artefacts, {});
  const FitId& id = record.result.id;
  if (!artefacts.empty()) {
    SegmentWriter segment(directory.begin_segments(), Rank{});
    record.artefacts = segment.append(id, artefacts_to_bytes(id, artefacts));
    segment.flush();
  }
  directory.append(record);
}

inline void record(RunDirectory& directory, const Plan& plan, const Fit& fit,
                   const Origin& origin = kAlpha) {
  record(directory, result_of(plan, fit), origin);
}

/// The small study of tests/plan in a folder of its own.
class SmallRun {
 public:
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "run"; }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return path() / name; }
  [[nodiscard]] std::filesystem::path journal() const { return path("journal.jsonl"); }
  /// The file of a fit's artefacts, which holds no others.
  [[nodiscard]] std::filesystem::path artefacts(const FitId& id) const {
    return path("segments") / load().artefacts.at(id).segment;
  }
  [[nodiscard]] const Plan& plan() const { return plan_; }

  [[nodiscard]] RunDirectory open() const {
    return RunDirectory::open(path(), small_job(), small_samples(), plan_);
  }
  [[nodiscard]] RunDirectory open(const Job& job) const {
    return RunDirectory::open(path(), job, small_samples(), small_plan(job));
  }
  [[nodiscard]] RunRecords load() const { return load_run(path()); }

  /// Records fits [first, last) of the plan.
  void record(std::size_t first, std::size_t last, const Origin& origin = kAlpha) const {
    RunDirectory directory = open();
    for (std::size_t i = first; i < last; ++i)
      testing::record(directory, plan_, plan_.fits[i], origin);
    directory.flush();
  }

 private:
  test::ScratchFolder folder_;
  Plan plan_ = small_plan();
};

}  // namespace crossfold::testing
