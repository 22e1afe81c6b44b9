#include "figure_study.h"

#include <utility>

#include "crossfold/core/error.h"

namespace crossfold::testing {

RunRecords figure_study() {
  RunRecords records = small_study();
  record_all(records, [&](const Fit& fit) {
    const double value = 0.6 + 0.1 * fit.candidate + 0.02 * fit.seed.value + 0.005 * fit.fold.value;
    FitResult result = even_result(records, fit, value);
    if (result.probe) result.probe->auc = 1.3 - value;
    return result;
  });
  return records;
}

Artefacts artefacts_of(const RunRecords& records, const FitId& id) {
  Artefacts kept;
  for (const Fit& fit : records.plan.fits) {
    if (fit.id != id) continue;
    const ExperimentSamples& samples = records.plan.basis.samples[fit.experiment];
    const auto predict = [&](const std::vector<std::uint32_t>& rows) {
      Predictions made{
          .rows = rows, .classes = samples.class_label.levels.size(), .probabilities = {}};
      for (const std::uint32_t row : rows)
        for (std::size_t k = 0; k < made.classes; ++k) {
          const bool right =
              (row % 3 != 0) == (samples.class_label.codes[row] == static_cast<int>(k));
          made.probabilities.push_back(right ? 0.8 - 0.01 * (row % 7) : 0.1);
        }
      return made;
    };
    kept.held_out = predict(samples.pool);
    kept.oos = predict(samples.oos);
    kept.curves = Curves{.train_class_loss = {1, 0.5},
                         .train_domain_loss = {},
                         .validation_loss = {1.1, 0.7},
                         .learning_rate = {0.1, 0.1},
                         .lambda = {10, 5}};
  }
  return kept;
}

Drawn::Drawn(RunRecords of)
    : records(std::move(of)),
      report(build_report(records,
                          {.corrected = CorrectedErrors::shown, .fits = FitRows::included})) {}

FigureSource Drawn::source() const {
  return {records, report, [this](const FitId& id) { return artefacts_of(records, id); }};
}

std::string error_of(const FigureSource& source, const char* id) {
  try {
    static_cast<void>(make_figure(source, id));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace crossfold::testing
