#include "class_experiments.h"

#include "crossfold/audit/finding.h"

namespace crossfold::audit {

std::vector<std::size_t> class_experiments(const RunRecords& records) {
  std::vector<std::size_t> found;
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e)
    if (records.job.experiments[e].target == Label::class_label) found.push_back(e);
  if (found.empty()) throw NotAssessed("no experiment predicts the class");
  return found;
}

}  // namespace crossfold::audit
