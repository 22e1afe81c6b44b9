#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// The samples as one experiment sees them. Rows are rows of the store, ascending.
struct ExperimentSamples {
  std::vector<std::uint32_t> pool;  ///< split into folds
  std::vector<std::uint32_t> oos;   ///< scored by every fit; empty unless the experiment asks

  /// Codes for every row of the store; the levels are those found in the pool, in the store's
  /// order. -1: missing, or a level that the pool has not.
  CodedColumn klass;
  CodedColumn domain;
  /// Patient of every row of the store, as a dense number.
  std::vector<std::uint32_t> group;

  /// How many samples were left out, by reason ("class missing", ...); the filter is none.
  std::map<std::string, std::size_t> left_out;

  [[nodiscard]] const CodedColumn& column(Label label) const {
    return label == Label::klass ? klass : domain;
  }
};

/// The labels without which a sample is of no use to this experiment: the target, what it is
/// stratified by, what is probed, and the domain where a candidate is disentangled from it or
/// sources are left out of training.
[[nodiscard]] std::vector<Label> labels_needed(const Experiment& experiment);

/// The samples with the job's role overrides applied. Adds to `mistakes`: an unknown class or
/// domain in an override, samples that are given both roles.
[[nodiscard]] SampleTable with_roles(const SampleTable& samples,
                                     const std::map<Role, SampleFilter>& roles, Mistakes& mistakes);

/// Applies the experiment's filter and leaves out samples that miss their role or a label that it
/// needs, and oos samples whose target the pool does not know or whose group has samples in the
/// pool (a group never stands on both sides). Adds to `mistakes`, under `where`: unknown names in
/// the filter, no samples left, fewer than two levels, no oos samples where the experiment wants
/// them. The pool is empty when the filter is mistaken.
[[nodiscard]] ExperimentSamples select_samples(const SampleTable& samples,
                                               const Experiment& experiment,
                                               const std::string& where, Mistakes& mistakes);

}  // namespace crossfold
