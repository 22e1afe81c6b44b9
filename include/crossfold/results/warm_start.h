#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/fit_result.h"
#include "crossfold/plan/plan.h"
#include "crossfold/results/run_directory.h"

namespace crossfold {

/// What a plan and another run have in common.
struct SharedFits {
  std::size_t wanted = 0;      ///< distinct fits that were looked for
  std::vector<FitId> to_take;  ///< completed there with all that the job keeps; in the plan's order
  std::size_t lacking = 0;     ///< completed there without artefacts that the job keeps
  std::size_t others = 0;      ///< completed there, and not looked for
  std::vector<std::string> differences;  ///< that explain why none is shared
  std::string state;  ///< "was stopped with work left"; empty: it has come to its end
};

/// The fits of another run that need not be trained: those with equal ids, which say that nothing
/// differs that could change a number.
class WarmStart {
 public:
  using IsWanted = std::function<bool(const FitId&)>;

  /// Reads the run in `other` and looks for the fits of `plan` that are wanted. `job` and `plan`
  /// must outlive it. Writes nothing. Errors: io where there is no directory, or a run is alive in
  /// it; bad_input where it is no run, of another format version or damaged, or where artefacts of
  /// fits that would be taken are missing or cut short, or are of samples of other ids (no fit id
  /// hangs on these).
  WarmStart(
      const std::filesystem::path& other, const Job& job, const Plan& plan,
      const std::vector<std::string>& sample_ids,
      const IsWanted& is_wanted = [](const FitId&) { return true; });
  ~WarmStart();
  WarmStart(const WarmStart&) = delete;
  WarmStart& operator=(const WarmStart&) = delete;

  [[nodiscard]] const SharedFits& shared() const;

  /// Looks for the fits of candidates that were added to the plan since. Errors as above.
  void look_again();

  /// Takes over what `into`, the run, opened, still lacks: journal lines that name the run they
  /// come from, and artefacts, copied into a segment of its own and checked while they are. Does
  /// nothing twice; one that was killed goes on where it was. `store` is what the run records of
  /// its store. Returns the fits that were taken now. Error{bad_input} where artefacts are damaged;
  /// Error{io}.
  [[nodiscard]] std::vector<FitResult> take_into(RunDirectory& into,
                                                 const std::filesystem::path& store) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Error{bad_input} when `other` is the run directory `into` itself. Before either is opened.
void check_is_other_run(const std::filesystem::path& other, const std::filesystem::path& into);

/// What was found, for people: "312 of 12800 fits are taken over from other.run", and what is to be
/// known beside that. `name`: of the other run.
[[nodiscard]] std::vector<std::string> warm_start_text(const SharedFits& shared,
                                                       const std::string& name);

}  // namespace crossfold
