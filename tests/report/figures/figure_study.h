#pragma once

#include <string>

#include "crossfold/report/figures.h"

#include "report/run_builder.h"

namespace crossfold::testing {

/// Every fit with a score of its own, so that nothing is drawn on one place.
[[nodiscard]] RunRecords figure_study();

/// Probabilities of the fit's held-out samples: right for two of three; curves of two epochs.
[[nodiscard]] Artefacts artefacts_of(const RunRecords& records, const FitId& id);

/// A run and all that its figures are drawn from.
struct Drawn {
  explicit Drawn(RunRecords of);
  /// Valid as long as this.
  [[nodiscard]] FigureSource source() const;
  RunRecords records;
  Report report;
};

/// Why the figure cannot be made.
[[nodiscard]] std::string error_of(const FigureSource& source, const char* id);

}  // namespace crossfold::testing
