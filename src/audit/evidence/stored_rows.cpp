#include "stored_rows.h"

#include <fmt/format.h>

#include "crossfold/audit/finding.h"
#include "crossfold/samples/patients.h"

#include "patient_names.h"

namespace crossfold::audit {

FeatureRows stored_rows(const RunEvidence& evidence, std::size_t embedding) {
  const EmbeddingInfo& planned = evidence.records().plan.basis.embeddings.at(embedding);
  const EmbeddingInfo* stored = evidence.store().find(planned.name);
  if (stored == nullptr || stored->content != planned.content)
    throw NotAssessed(
        fmt::format("the numbers of {} are not those that the run was planned from", planned.name));
  return {.values = evidence.matrix(embedding), .dim = planned.dim, .rows = {}};
}

const SampleTable& stored_samples(const RunEvidence& evidence) {
  if (evidence.store().samples.id != evidence.records().samples.id)
    throw NotAssessed("the store's samples are not those of the run");
  return evidence.store().samples;
}

std::vector<std::uint32_t> known_patients(const RunEvidence& evidence) {
  return patient_numbers(patient_names(evidence));
}

std::string row_name(const RunRecords& records, std::size_t row) {
  return fmt::format("row {} ({}, patient {})", row, records.samples.id[row],
                     records.samples.group[row]);
}

}  // namespace crossfold::audit
