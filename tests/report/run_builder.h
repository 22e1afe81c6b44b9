#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "crossfold/results/run_records.h"

namespace crossfold::testing {

/// `images` samples of one class, domain and role; every patient has `images_per_patient` of them.
struct SampleBlock {
  std::string class_label;  ///< "" = missing
  std::string domain;       ///< "" = missing
  std::string role;
  std::size_t images = 0;
  std::size_t images_per_patient = 1;
};
[[nodiscard]] SampleTable make_samples(const std::vector<SampleBlock>& blocks);

[[nodiscard]] Candidate candidate(const std::string& name, CandidateKind kind);

/// Scores of K classes that are all equal to `value`; diagnostic odds ratio 9 for K = 2.
[[nodiscard]] stats::ScoreSet even_scores(std::size_t classes, double value);

/// A run without a result: pool = role in, levels of the pool, every fit of the plan with an id of
/// its own.
[[nodiscard]] RunRecords empty_run(const Job& job, const SampleTable& samples);

/// Adds fits of every candidate that leave out each of the first `sources` sources, for each seed,
/// and of the drawn ones on `inner` inner folds of every split.
void add_schemes(RunRecords& records, std::uint32_t sources, std::uint32_t inner);

/// A fit that succeeded, with every score of a target at `value`: what a test does not care about.
[[nodiscard]] FitResult even_result(const RunRecords& records, const Fit& fit, double value);

/// Records `make(fit)` for every fit of the plan, under the fit's id.
void record_all(RunRecords& records, const std::function<FitResult(const Fit&)>& make);

/// The fit of a place in the plan.
[[nodiscard]] const Fit& fit_at(const RunRecords& records, std::uint32_t experiment,
                                std::uint32_t candidate, std::uint32_t seed, std::uint32_t fold);
[[nodiscard]] FitResult& result_at(RunRecords& records, std::uint32_t experiment,
                                   std::uint32_t candidate, std::uint32_t seed, std::uint32_t fold);

/// One experiment of 2 folds x 2 seeds on one embedding: three classes, two domains, baseline and
/// disentangled, probed and evaluated out of sample. No results.
[[nodiscard]] RunRecords small_study();

}  // namespace crossfold::testing
