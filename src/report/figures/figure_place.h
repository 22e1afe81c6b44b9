#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/report/figures.h"

#include "swept_fits.h"

namespace crossfold {

/// What one figure is of: an experiment on an embedding set.
struct FigurePlace {
  const FigureSource* source = nullptr;
  const ReportTable* table = nullptr;
  std::uint32_t experiment = 0;  ///< index into Job::experiments; of a matrix its first part
  std::uint32_t embedding = 0;   ///< index into Job::embeddings
  std::string suffix;            ///< of ids: "" or ".table3.synth-a"
  std::string where;             ///< of titles: "" or ", table3 on synth/a"

  [[nodiscard]] const RunRecords& records() const { return source->records; }
  [[nodiscard]] const Experiment& setup() const;
  [[nodiscard]] const SweepReport* sweep() const;
  /// Rows of this embedding set, in the table's order, that have a fit.
  [[nodiscard]] std::vector<const ReportRow*> rows() const;
  [[nodiscard]] const ReportColumn* column(ScoredOn scored_on, Measure measure) const;
};

/// What has a figure of its own: every experiment, or all parts of a matrix together.
enum class FigureScope { experiment, matrix };

/// A kind of figure: `why_not` tells why a run has none, and nothing where it has one.
struct FigureKind {
  const char* name;
  const char* title;
  std::string (*why_not)(const FigurePlace&);
  figure::Figure (*make)(const FigurePlace&, const FigureKind&);
  FigureOccasion occasion = FigureOccasion::always;
  FigureScope scope = FigureScope::experiment;
};

/// An empty figure with what all have.
[[nodiscard]] figure::Figure begin_figure(const FigurePlace& place, const FigureKind& kind);

/// All digits; nothing for nothing.
[[nodiscard]] std::string cell_text(double value);
[[nodiscard]] std::string cell_text(const std::optional<double>& value);
/// "1 fit", "2 fits"
[[nodiscard]] std::string counted_text(std::size_t n, const char* noun);

/// Of sorted values, interpolated (Hyndman and Fan 1996, type 7).
[[nodiscard]] double quantile(std::span<const double> sorted, double share);

/// Of a candidate in every figure.
[[nodiscard]] figure::Colour colour_of(CandidateKind kind);
[[nodiscard]] const char* kind_text(CandidateKind kind);

// The kinds, by what they are made from.
[[nodiscard]] std::vector<FigureKind> fit_figures();
[[nodiscard]] std::vector<FigureKind> sweep_figures();
[[nodiscard]] std::vector<FigureKind> front_figures();
[[nodiscard]] std::vector<FigureKind> roc_figures();
[[nodiscard]] std::vector<FigureKind> calibration_figures();
[[nodiscard]] std::vector<FigureKind> confusion_figures();
[[nodiscard]] std::vector<FigureKind> domain_figures();
[[nodiscard]] std::vector<FigureKind> curve_figures();
[[nodiscard]] std::vector<FigureKind> race_figures();
[[nodiscard]] std::vector<FigureKind> matrix_figures();
[[nodiscard]] std::vector<FigureKind> map_figures();

}  // namespace crossfold
