#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crossfold/audit/run_evidence.h"
#include "crossfold/stats/contingency.h"

namespace crossfold::audit {

/// A label of all rows of the store; -1: missing, or not asked about.
struct RowLabel {
  std::string name;  ///< "domain", "sex"
  std::vector<std::int32_t> codes;
  std::vector<std::string> levels;
};

/// Two labels of the patients of some rows. A patient with several pairs of labels counts once for
/// each, as in a table of counts (T table 1). Rows that miss either are left out.
[[nodiscard]] stats::PairedLabels labels_of_patients(std::span<const std::uint32_t> rows,
                                                     const std::vector<std::uint32_t>& patients,
                                                     const RowLabel& a, const RowLabel& b);

/// Patients with each level of a label among some rows, [levels].
[[nodiscard]] std::vector<std::size_t> patients_of_levels(
    std::span<const std::uint32_t> rows, const std::vector<std::uint32_t>& patients,
    const RowLabel& label);

/// Standard deviation of a one-versus-rest AUC that says nothing of a label with so many patients
/// in each level; mean over the levels.
[[nodiscard]] double null_error(const std::vector<std::size_t>& patients);

/// Class and domain of an experiment's pool.
[[nodiscard]] RowLabel class_label(const ExperimentSamples& samples);
[[nodiscard]] RowLabel domain_label(const ExperimentSamples& samples);

/// The store's attributes as labels of an experiment's pool: names as they are, numbers in thirds
/// of the pool. Levels with fewer than `least` patients are left out, and labels with fewer than
/// two levels or more than ten.
[[nodiscard]] std::vector<RowLabel> attribute_labels(const SampleTable& store,
                                                     const ExperimentSamples& samples,
                                                     std::size_t least);

/// `label` without the levels that fewer than `least` patients of the pool have.
[[nodiscard]] RowLabel without_rare_levels(const RowLabel& label, const ExperimentSamples& samples,
                                           std::size_t least);

}  // namespace crossfold::audit
