#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crossfold/samples/experiment_samples.h"

namespace crossfold {

/// The pool with some levels of a label or an attribute left out of training (leave-one-group-out,
/// of several levels leave-p-groups-out). Rows of the store, ascending, without overlap.
struct LeftOut {
  std::vector<std::uint32_t> levels;  ///< ascending indices into the levels of the column
  std::vector<std::uint32_t> test;    ///< samples of these levels whose target `others` have
  std::vector<std::uint32_t> others;  ///< samples of the other levels
  std::size_t unknown_target = 0;     ///< samples of these levels whose target no other level has
  std::vector<std::string> unknown;   ///< these levels of the target
  std::size_t of_its_patients = 0;   ///< samples of other levels of patients who have some in these
  std::size_t test_targets = 0;      ///< distinct, in `test`
  std::size_t training_targets = 0;  ///< distinct, in `others`
  std::size_t training_domains = 0;  ///< likewise
};

/// Leaves the samples out whose code in `by` is one of `levels`. A patient with samples in these
/// levels and elsewhere takes part in the test only: its other samples are in neither part. Every
/// sample of the pool has a target and a code.
[[nodiscard]] LeftOut leave_out(const ExperimentSamples& samples, Label target,
                                const CodedColumn& by, std::span<const std::uint32_t> levels);
/// One source, a domain of the pool.
[[nodiscard]] LeftOut leave_source_out(const ExperimentSamples& samples, std::uint32_t source);

/// Whether an experiment's fits can be trained and scored with this source left out: two classes
/// to score, and, where a candidate is disentangled from the source, two sources to train on.
[[nodiscard]] bool is_usable_source(const LeftOut& out, const Experiment& experiment);
/// The sources that are.
[[nodiscard]] std::vector<std::uint32_t> usable_sources(const ExperimentSamples& samples,
                                                        const Experiment& experiment);

/// What a reader should know of the sources of an experiment with the rule source_out, in
/// sentences. Adds to `errors`, under `where`: a pool of one source, no source that is usable.
[[nodiscard]] std::vector<std::string> check_sources(const ExperimentSamples& samples,
                                                     const Experiment& experiment,
                                                     const std::string& where,
                                                     ValidationErrors& errors);

/// What the job's splits leave out of an experiment in turns.
struct LeftOutTurns {
  std::vector<std::vector<std::uint32_t>> levels;  ///< for each turn, of left_out_by
  std::vector<std::string> notes;  ///< what a reader should know: turns that cannot be, samples
                                   ///< that cannot be scored or trained on
};
/// Every combination of `settings.levels` levels of ExperimentSamples::left_out_by, in order,
/// without those that leave nothing to score or to tell apart. Adds to `errors`, under `where`:
/// too few levels, none that can be left out.
[[nodiscard]] LeftOutTurns left_out_turns(const ExperimentSamples& samples,
                                          const Experiment& experiment, const LeaveOut& settings,
                                          const std::string& where, ValidationErrors& errors);

/// "cohen", "cohen and nih": levels of the column that are left out together.
[[nodiscard]] std::string left_out_name(const ExperimentSamples& samples,
                                        std::span<const std::uint32_t> levels);

}  // namespace crossfold
