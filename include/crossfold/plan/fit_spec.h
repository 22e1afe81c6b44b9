#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/ids.h"
#include "crossfold/job/job.h"
#include "crossfold/plan/plan.h"

namespace crossfold {

/// What a fit is to leave behind beside its scores.
struct KeptOutput {
  bool predictions = false;
  bool curves = false;
  bool features = false;
};

/// A fit as it goes to the worker that trains it: beside the job and the basis of its plan, which
/// all ranks share, it needs nothing.
struct FitSpec {
  FitId id;
  std::uint32_t experiment = 0;  ///< index into Job::experiments
  std::uint32_t embedding = 0;   ///< index into Job::embeddings
  Candidate candidate;
  SeedIndex seed;
  FoldIndex fold;
  SplitScheme scheme = SplitScheme::k_fold;
  FoldIndex inner = {};
  KeptOutput keep;
  double cost = 0;  ///< as Fit::cost
};

/// What a job with this output keeps of a fit of the plan.
[[nodiscard]] KeptOutput kept_output(const OutputSettings& output, const Fit& fit);
[[nodiscard]] FitSpec spec_of(const Job& job, const Fit& fit);
[[nodiscard]] SplitPlace split_place_of(const FitSpec& fit);

/// A cohort's fits as bytes for another process of this build, and back.
[[nodiscard]] std::string encode_fits(std::span<const FitSpec> fits);
/// Error{internal} when the bytes are no such list.
[[nodiscard]] std::vector<FitSpec> decode_fits(std::string_view bytes);

}  // namespace crossfold
