#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/audit/run_evidence.h"

#include "candidate_fits.h"

namespace crossfold::audit {

/// A candidate's mean AUC over its fits, and what it would be if the scored samples lacked a
/// patient. What the models learnt from that patient stays: nothing is trained again.
struct PatientInfluence {
  std::size_t fits = 0;                 ///< with predictions and a defined AUC
  std::optional<double> mean;           ///< over them
  std::vector<std::uint32_t> patients;  ///< as in ExperimentSamples::group, ascending
  std::vector<double> without;          ///< [patients]: the mean without this one
};

/// Reads the stored predictions of one fit after another. `role` in: those of the held-out folds;
/// oos: those of the out-of-sample set.
[[nodiscard]] PatientInfluence patient_influence(const RunEvidence& evidence,
                                                 const CandidateFits& fits, Role role);

/// The patient's name in the sample table.
[[nodiscard]] std::string patient_name(const RunRecords& records, std::uint32_t experiment,
                                       std::uint32_t patient);

}  // namespace crossfold::audit
