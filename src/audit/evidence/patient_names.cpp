#include "patient_names.h"

namespace crossfold::audit {

const std::vector<std::string>& patient_names(const RunEvidence& evidence) {
  const SampleTable& run = evidence.records().samples;
  const bool is_same =
      !evidence.store_failure().has_value() && evidence.store().samples.id == run.id;
  return is_same ? evidence.store().samples.group : run.group;
}

}  // namespace crossfold::audit
