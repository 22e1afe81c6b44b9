#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/samples/experiment_samples.h"

namespace crossfold {

/// The pool with one source, a domain, left out of training (leave-one-group-out). Rows of the
/// store, ascending, without overlap.
struct LeftOutSource {
  std::uint32_t source = 0;           ///< index into the levels of the domain
  std::vector<std::uint32_t> test;    ///< samples of the source whose class `others` have
  std::vector<std::uint32_t> others;  ///< samples of other sources
  std::size_t unknown_class = 0;      ///< samples of the source whose class no other source has
  std::vector<std::string> unknown;   ///< these classes
  std::size_t of_its_patients = 0;    ///< samples elsewhere of patients who have some in the source
  std::size_t test_classes = 0;       ///< distinct, in `test`
  std::size_t training_sources = 0;   ///< distinct, in `others`
};

/// One for each source of the pool, in the order of its levels. A patient with samples in the
/// source and elsewhere takes part in the test only: its other samples are in neither part. The
/// pool's samples have a domain and a class.
[[nodiscard]] std::vector<LeftOutSource> leave_sources_out(const ExperimentSamples& samples);
/// The one of `source`, an index into the levels of the domain.
[[nodiscard]] LeftOutSource leave_source_out(const ExperimentSamples& samples,
                                             std::uint32_t source);

/// Whether an experiment's fits can be trained and scored with this source left out: two classes
/// to score, and, where a candidate is disentangled from the source, two sources to train on.
[[nodiscard]] bool is_usable(const LeftOutSource& out, const Experiment& experiment);

/// What a reader should know of the sources of an experiment with the rule source_out, in
/// sentences. Adds to `mistakes`, under `where`: a pool of one source, no source that is usable.
[[nodiscard]] std::vector<std::string> check_sources(const ExperimentSamples& samples,
                                                     const Experiment& experiment,
                                                     const std::string& where, Mistakes& mistakes);

}  // namespace crossfold
