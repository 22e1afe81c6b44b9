#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crossfold/job/job.h"
#include "crossfold/samples/sample_sets.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// An attribute that is probed or disentangled from. Values for every row of the store; the levels
/// of names are those found in the pool, in the store's order, -1 as in the labels.
struct ProbedAttribute {
  std::string name;
  std::variant<std::vector<double>, CodedColumn> values;
  std::size_t missing = 0;  ///< samples of the pool without a value

  [[nodiscard]] bool is_number() const { return values.index() == 0; }
};

/// The samples as one experiment sees them. Rows are rows of the store, ascending.
struct ExperimentSamples {
  std::vector<std::uint32_t> pool;  ///< split into folds
  std::vector<std::uint32_t> oos;   ///< scored by every fit; empty unless the experiment asks
  /// One for each of Experiment::evaluate_sets: its rows whose target the pool knows. Which of them
  /// a fit is scored on hangs on what it is trained on (Split::sets).
  std::vector<std::vector<std::uint32_t>> sets;

  /// Codes for every row of the store; the levels are those found in the pool, in the store's
  /// order. -1: missing, or a level that the pool has not. A target with positive levels has two
  /// levels, the positive one last.
  CodedColumn class_label;
  CodedColumn domain;
  /// Likewise of what the job's splits leave out in turns; no levels where they do not.
  CodedColumn left_out_by;
  /// Patient of every row of the store, as a dense number.
  std::vector<std::uint32_t> group;

  /// How many samples were left out, by reason ("class missing", ...); the filter is none.
  std::map<std::string, std::size_t> left_out;

  std::vector<ProbedAttribute> probed = {};  ///< in the order of Experiment::probe_attributes
  /// That candidates are disentangled from, sorted by name; names, not numbers.
  std::vector<ProbedAttribute> adversaries = {};

  [[nodiscard]] const CodedColumn& column(Label label) const {
    return label == Label::class_label ? class_label : domain;
  }
};

/// Codes of what a candidate of the experiment is disentangled from.
[[nodiscard]] const CodedColumn& adversary_column(const ExperimentSamples& samples,
                                                  std::string_view of);

/// The labels without which a sample is of no use to this experiment: the target, what it is
/// stratified, balanced or weighted by, what is probed, what a candidate is disentangled from, and
/// the domain where sources are left out of training.
[[nodiscard]] std::vector<Label> labels_needed(const Experiment& experiment);

/// The samples with the job's role overrides applied. Adds to `errors`: an unknown class or
/// domain in an override, samples that are given both roles.
[[nodiscard]] SampleTable with_roles(const SampleTable& samples,
                                     const std::map<Role, SampleFilter>& roles,
                                     ValidationErrors& errors);

/// A probe beside that of a label in the whole pool: of an attribute, or within one class.
struct FurtherProbe {
  std::string of;                              ///< "class", "domain" or the attribute
  const ProbedAttribute* attribute = nullptr;  ///< nullptr: a label
  std::optional<std::int32_t> within = {};     ///< class, by its code; empty: the whole pool

  [[nodiscard]] bool is_number() const { return attribute != nullptr && attribute->is_number(); }
};

/// In the order in which a fit returns them: the attributes in the whole pool, then label and
/// attributes within each class. `samples` must outlive them.
[[nodiscard]] std::vector<FurtherProbe> further_probes(const Experiment& experiment,
                                                       const ExperimentSamples& samples);

/// What a further probe tells apart: the levels of a label or of names, the thirds of numbers.
[[nodiscard]] const std::vector<std::string>& levels_of(const FurtherProbe& probe,
                                                        const ExperimentSamples& samples);

/// What all experiments of a job select their samples by.
struct JobSelection {
  SampleSets sets;
  std::optional<LeaveOut> leave_out = {};  ///< with splits of that scheme
};

/// Applies the experiment's filter and leaves out samples that miss their role or a label that it
/// needs, and oos samples whose target the pool does not know or whose group has samples in the
/// pool (a group never stands on both sides). Adds to `errors`, under `where`: unknown names in
/// the filter, no samples left, fewer than two levels, no oos samples where the experiment wants
/// them, attributes that cannot be probed, a named set with nothing to score. The pool is empty
/// when the filter is mistaken.
[[nodiscard]] ExperimentSamples select_samples(const SampleTable& samples,
                                               const Experiment& experiment,
                                               const JobSelection& job, const std::string& where,
                                               ValidationErrors& errors);

}  // namespace crossfold
