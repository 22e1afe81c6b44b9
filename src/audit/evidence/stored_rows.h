#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/audit/run_evidence.h"
#include "crossfold/solve/feature_rows.h"

namespace crossfold::audit {

/// The numbers of one of the plan's embedding sets, all rows of the store. NotAssessed where they
/// are not those that the run was planned from (INT-02 says how they differ).
[[nodiscard]] FeatureRows stored_rows(const RunEvidence& evidence, std::size_t embedding);

/// The store's table, with attributes. NotAssessed where its rows are other samples than the run's.
[[nodiscard]] const SampleTable& stored_samples(const RunEvidence& evidence);

/// Patients of all rows as dense numbers, as the store names them; the run's own where the store
/// cannot be read or has other samples.
[[nodiscard]] std::vector<std::uint32_t> known_patients(const RunEvidence& evidence);

/// "row 17 (p005-1, patient p005)".
[[nodiscard]] std::string row_name(const RunRecords& records, std::size_t row);

}  // namespace crossfold::audit
