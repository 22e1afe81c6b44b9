#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "crossfold/data/sample_table.h"
#include "crossfold/job/job.h"

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

  /// How many samples were left out, by reason ("class missing", ...).
  std::map<std::string, std::size_t> left_out;

  [[nodiscard]] const CodedColumn& column(Label label) const {
    return label == Label::klass ? klass : domain;
  }
};

/// The samples with the job's role overrides applied. Error{bad_input} when an override names an
/// unknown class or domain, or gives one sample both roles.
[[nodiscard]] SampleTable with_roles(const SampleTable& samples,
                                     const std::map<Role, SampleFilter>& roles);

/// Applies the experiment's filter and leaves out samples that miss a label it needs. Adds to
/// `mistakes`, under `where`: unknown names in the filter, no samples left, fewer than two levels,
/// no oos samples where the experiment wants them.
[[nodiscard]] ExperimentSamples select_samples(const SampleTable& samples,
                                               const Experiment& experiment,
                                               const std::string& where, Mistakes& mistakes);

}  // namespace crossfold
