#include "forgery.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/results/run_editor.h"
#include "crossfold/stats/scores.h"

namespace crossfold::audit {
namespace {

stats::ScoreSet forge_predictions(const CodedColumn& column, Predictions& kept, double share) {
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < kept.rows.size(); ++i) {
    const std::int32_t label = column.codes.at(kept.rows[i]);
    labels.push_back(label);
    for (std::size_t k = 0; k < kept.classes; ++k) {
      double& probability = kept.probabilities[i * kept.classes + k];
      const double truth = static_cast<std::int32_t>(k) == label ? 1 : 0;
      probability += share * (truth - probability);
    }
  }
  return stats::score_probabilities(kept.probabilities, labels, kept.classes);
}

}  // namespace

void forge(const RunRecords& records, FitResult& result, double share) {
  const auto fit = std::find_if(records.plan.fits.begin(), records.plan.fits.end(),
                                [&](const Fit& one) { return one.id == result.id; });
  CF_EXPECT(fit != records.plan.fits.end() && result.artefacts.held_out);
  const CodedColumn& column = records.plan.basis.samples[fit->experiment].column(
      records.job.experiments[fit->experiment].target);
  result.held_out = forge_predictions(column, *result.artefacts.held_out, share);
  if (result.artefacts.oos) result.oos = forge_predictions(column, *result.artefacts.oos, share);
  for (std::size_t i = 0; i < result.artefacts.sets.size(); ++i)
    result.sets.at(i) = forge_predictions(column, result.artefacts.sets[i], share);
}

void forge_run(const std::filesystem::path& run, std::size_t first, std::size_t step,
               double share) {
  const RunRecords records = load_run(run);
  RunEditor editor(run);
  for (std::size_t i = first; i < editor.fits().size(); i += step)
    forge(records, editor.fits()[i].result, share);
  editor.save();
}

}  // namespace crossfold::audit
