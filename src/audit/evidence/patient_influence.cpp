#include "patient_influence.h"

#include <algorithm>

#include "crossfold/stats/leave_group_out_auc.h"

namespace crossfold::audit {
namespace {

/// What leaving one patient out changes, summed over fits.
struct Change {
  std::size_t fits = 0;       ///< that scored the patient
  double sum = 0;             ///< of the AUCs
  std::size_t undefined = 0;  ///< fits that have no AUC any more
};

}  // namespace

PatientInfluence patient_influence(const RunEvidence& evidence, const CandidateFits& fits,
                                   Role role) {
  const RunRecords& records = evidence.records();
  const ExperimentSamples& samples = records.plan.basis.samples[fits.experiment];
  const CodedColumn& target = samples.column(records.job.experiments[fits.experiment].target);
  PatientInfluence result;
  double sum = 0;
  const std::size_t patients_in_all =
      samples.group.empty() ? 0 : *std::max_element(samples.group.begin(), samples.group.end()) + 1;
  std::vector<Change> changes(patients_in_all);
  std::vector<std::int32_t> labels;
  std::vector<std::uint32_t> patients;
  for (std::size_t i = 0; i < fits.planned.size(); ++i) {
    if (fits.done[i] == nullptr) continue;
    const std::optional<Artefacts> kept = evidence.artefacts(fits.planned[i]->id);
    if (!kept) continue;
    const std::optional<Predictions>& scored = role == Role::in ? kept->held_out : kept->oos;
    if (!scored) continue;
    labels.clear();
    patients.clear();
    for (const std::uint32_t row : scored->rows) {
      labels.push_back(target.codes.at(row));
      patients.push_back(samples.group.at(row));
    }
    const stats::LeaveGroupOutAuc auc =
        stats::leave_group_out_auc(scored->probabilities, labels, scored->classes, patients);
    if (!auc.all) continue;
    ++result.fits;
    sum += *auc.all;
    for (std::size_t g = 0; g < auc.groups.size(); ++g) {
      Change& change = changes[auc.groups[g]];
      ++change.fits;
      change.sum += auc.without[g].value_or(0) - *auc.all;
      if (!auc.without[g]) ++change.undefined;
    }
  }
  if (result.fits == 0) return result;
  result.mean = sum / static_cast<double>(result.fits);
  for (std::size_t patient = 0; patient < changes.size(); ++patient) {
    const Change& change = changes[patient];
    if (change.fits == 0 || change.undefined == result.fits) continue;
    result.patients.push_back(static_cast<std::uint32_t>(patient));
    result.without.push_back((sum + change.sum) /
                             static_cast<double>(result.fits - change.undefined));
  }
  return result;
}

std::string patient_name(const RunRecords& records, std::uint32_t experiment,
                         std::uint32_t patient) {
  const std::vector<std::uint32_t>& groups = records.plan.basis.samples[experiment].group;
  for (std::size_t row = 0; row < groups.size(); ++row)
    if (groups[row] == patient) return records.samples.group[row];
  return {};
}

}  // namespace crossfold::audit
