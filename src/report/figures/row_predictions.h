#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "figure_place.h"

namespace crossfold {

/// Where predictions were made.
enum class PredictedOn { held_out, oos };
[[nodiscard]] const char* set_text(PredictedOn set);  ///< "held out"
[[nodiscard]] figure::Colour set_colour(PredictedOn set);
[[nodiscard]] figure::Shape set_shape(PredictedOn set);

/// Predictions of one fit on one set, of the samples whose class is known.
struct FitPredictions {
  std::size_t classes = 0;
  std::vector<std::uint32_t> rows;    ///< of the store
  std::vector<std::int32_t> truth;    ///< codes
  std::vector<double> probabilities;  ///< [rows, classes]

  [[nodiscard]] double probability(std::size_t row, std::size_t level) const {
    return probabilities[row * classes + level];
  }
  /// The largest probability, the first of equals.
  [[nodiscard]] std::size_t predicted(std::size_t row) const;
};

/// Of one candidate, a fit each.
struct RowPredictions {
  const ReportRow* row = nullptr;
  std::vector<FitPredictions> held_out;
  std::vector<FitPredictions> oos;
  [[nodiscard]] const std::vector<FitPredictions>& on(PredictedOn set) const {
    return set == PredictedOn::held_out ? held_out : oos;
  }
};

/// Why no figure of predictions can be made; empty: one can.
[[nodiscard]] std::string why_no_predictions(const FigurePlace& place);
/// The same for figures by domain.
[[nodiscard]] std::string why_no_domains(const FigurePlace& place);

/// Of every row of the place. Fits whose artefacts are lost are left out; Error{bad_input} where
/// all are.
[[nodiscard]] std::vector<RowPredictions> row_predictions(const FigurePlace& place);

/// The samples of one domain, by its name in the store.
[[nodiscard]] FitPredictions in_domain(const FigurePlace& place, const FitPredictions& all,
                                       const std::string& domain);
/// Domains of the samples that are predicted, in the store's order.
[[nodiscard]] std::vector<std::string> predicted_domains(const FigurePlace& place);

/// A part of a figure: one candidate's predictions, all or of one domain.
struct PredictionPanel {
  std::string title;
  const ReportRow* row = nullptr;
  std::optional<std::string> domain;
  std::vector<FitPredictions> held_out;
  std::vector<FitPredictions> oos;
  [[nodiscard]] const std::vector<FitPredictions>& on(PredictedOn set) const {
    return set == PredictedOn::held_out ? held_out : oos;
  }
};
enum class PanelsBy { candidate, candidate_and_domain };
[[nodiscard]] std::vector<PredictionPanel> prediction_panels(const FigurePlace& place, PanelsBy by);

/// "n = 150 fits of 3 candidates; 500 images held out, 300 out of sample"
[[nodiscard]] std::string predictions_n(const FigurePlace& place,
                                        const std::vector<PredictionPanel>& panels);

}  // namespace crossfold
