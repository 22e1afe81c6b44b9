#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "crossfold/plan/fit_result_json.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/run_records.h"

#include "hdf5/scratch_folder.h"
#include "plan/sample_result.h"
#include "plan/small_study.h"

namespace crossfold::testing {

inline const Origin kAlpha{.host = "alpha", .device = "cpu core 1", .equivalence_class = "build A"};
inline const Origin kBeta{.host = "beta", .device = "cuda:0", .equivalence_class = "build B"};

/// What a worker would send home for this fit.
inline FitRecord record_of(const Plan& plan, const Fit& fit, const Origin& origin = kAlpha) {
  FitResult result = full_result(fit.id);
  if (fit.experiment == 1) {
    result.held_out = mixed_scores(plan.basis.samples[1].domain.levels.size(), 0.25);
    result.oos.reset();
    result.probe.reset();
  }
  std::string artefacts = artefacts_to_cbor(fit.id, result.artefacts);
  result.artefacts = {};
  return {.result = result, .artefacts = std::move(artefacts), .origin = origin};
}

/// The small study of tests/plan in a folder of its own.
class SmallRun {
 public:
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "run"; }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return path() / name; }
  [[nodiscard]] std::filesystem::path journal() const { return path("journal.jsonl"); }
  [[nodiscard]] std::filesystem::path artefacts(const FitId& id) const {
    return path("artefacts") / id.hex().substr(0, 2) / (id.hex() + ".cbor");
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
      directory.append(record_of(plan_, plan_.fits[i], origin));
    directory.flush();
  }

 private:
  test::ScratchFolder folder_;
  Plan plan_ = small_plan();
};

}  // namespace crossfold::testing
