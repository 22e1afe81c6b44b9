#include "row_predictions.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

FitPredictions predictions_of(const FigurePlace& place, const Predictions& kept) {
  const CodedColumn& target =
      place.records().plan.basis.samples[place.experiment].column(place.setup().target);
  FitPredictions found{.classes = kept.classes, .rows = {}, .truth = {}, .probabilities = {}};
  for (std::size_t i = 0; i < kept.rows.size(); ++i) {
    const std::int32_t code = target.codes.at(kept.rows[i]);
    if (code < 0) continue;
    found.rows.push_back(kept.rows[i]);
    found.truth.push_back(code);
    const auto begin = kept.probabilities.begin() + static_cast<std::ptrdiff_t>(i * kept.classes);
    found.probabilities.insert(found.probabilities.end(), begin,
                               begin + static_cast<std::ptrdiff_t>(kept.classes));
  }
  return found;
}

std::vector<FitPredictions> in_domain(const FigurePlace& place,
                                      const std::vector<FitPredictions>& fits,
                                      const std::string& domain) {
  std::vector<FitPredictions> found;
  for (const FitPredictions& fit : fits) {
    FitPredictions part = in_domain(place, fit, domain);
    if (!part.rows.empty()) found.push_back(std::move(part));
  }
  return found;
}

}  // namespace

const char* set_text(PredictedOn set) {
  return set == PredictedOn::held_out ? "held out" : "out of sample";
}
figure::Colour set_colour(PredictedOn set) {
  return set == PredictedOn::held_out ? figure::Colour::blue : figure::Colour::vermillion;
}
figure::Shape set_shape(PredictedOn set) {
  return set == PredictedOn::held_out ? figure::Shape::circle : figure::Shape::square;
}

std::size_t FitPredictions::predicted(std::size_t row) const {
  const auto begin = probabilities.begin() + static_cast<std::ptrdiff_t>(row * classes);
  return static_cast<std::size_t>(
      std::max_element(begin, begin + static_cast<std::ptrdiff_t>(classes)) - begin);
}

std::string why_no_predictions(const FigurePlace& place) {
  if (!place.records().job.output.predictions) return "the job keeps no predictions";
  if (!place.source->read) return "no predictions are read";
  if (place.setup().target != Label::class_label)
    return "the experiment does not predict the class";
  return place.rows().empty() ? "no fit is done" : "";
}

std::string why_no_domains(const FigurePlace& place) {
  const std::string why_not = why_no_predictions(place);
  if (!why_not.empty()) return why_not;
  return predicted_domains(place).size() < 2 ? "the samples are of one domain" : "";
}

std::vector<RowPredictions> row_predictions(const FigurePlace& place) {
  std::vector<RowPredictions> found;
  bool any = false;
  for (const ReportRow* row : place.rows()) {
    found.push_back({.row = row, .held_out = {}, .oos = {}});
    for (const FitRow& fit : row->fit_rows) {
      if (!fit.result || fit.result->failed()) continue;
      const std::optional<Artefacts> kept = place.source->read(fit.id);
      if (!kept) continue;
      if (kept->held_out) found.back().held_out.push_back(predictions_of(place, *kept->held_out));
      if (kept->oos) found.back().oos.push_back(predictions_of(place, *kept->oos));
      any = any || kept->held_out || kept->oos;
    }
  }
  CF_VALIDATE(
      any, ErrorCode::bad_input,
      "has no predictions of this experiment (its artefacts are lost). `crossfold run` with "
      "the same job and --out trains those fits again",
      place.table->experiment);
  return found;
}

FitPredictions in_domain(const FigurePlace& place, const FitPredictions& all,
                         const std::string& domain) {
  FitPredictions part{.classes = all.classes, .rows = {}, .truth = {}, .probabilities = {}};
  for (std::size_t i = 0; i < all.rows.size(); ++i) {
    const std::string* name = place.records().samples.domain.name_of(all.rows[i]);
    if (name == nullptr || *name != domain) continue;
    part.rows.push_back(all.rows[i]);
    part.truth.push_back(all.truth[i]);
    for (std::size_t k = 0; k < all.classes; ++k)
      part.probabilities.push_back(all.probability(i, k));
  }
  return part;
}

std::vector<std::string> predicted_domains(const FigurePlace& place) {
  const ExperimentSamples& samples = place.records().plan.basis.samples[place.experiment];
  const CodedColumn& domain = place.records().samples.domain;
  std::set<std::int32_t> codes;
  for (const auto* rows : {&samples.pool, &samples.oos})
    for (const std::uint32_t row : *rows) codes.insert(domain.codes.at(row));
  codes.erase(-1);
  std::vector<std::string> names;
  for (const std::int32_t code : codes)
    names.push_back(domain.levels[static_cast<std::size_t>(code)]);
  return names;
}

std::vector<PredictionPanel> prediction_panels(const FigurePlace& place, PanelsBy by) {
  std::vector<PredictionPanel> panels;
  for (RowPredictions& row : row_predictions(place)) {
    if (by == PanelsBy::candidate) {
      panels.push_back({.title = row.row->candidate,
                        .row = row.row,
                        .domain = {},
                        .held_out = std::move(row.held_out),
                        .oos = std::move(row.oos)});
      continue;
    }
    for (const std::string& domain : predicted_domains(place))
      panels.push_back({.title = domain + ": " + row.row->candidate,
                        .row = row.row,
                        .domain = domain,
                        .held_out = in_domain(place, row.held_out, domain),
                        .oos = in_domain(place, row.oos, domain)});
  }
  return panels;
}

std::string predictions_n(const FigurePlace& place, const std::vector<PredictionPanel>& panels) {
  std::set<const ReportRow*> rows;
  std::size_t fits = 0;
  std::set<std::uint32_t> held_out;
  std::set<std::uint32_t> oos;
  for (const PredictionPanel& panel : panels) {
    if (rows.insert(panel.row).second) fits += panel.row->fits.done;
    for (const FitPredictions& fit : panel.held_out)
      held_out.insert(fit.rows.begin(), fit.rows.end());
    for (const FitPredictions& fit : panel.oos) oos.insert(fit.rows.begin(), fit.rows.end());
  }
  std::string text =
      fmt::format("n = {} of {}; {} held out", counted_text(fits, "fit"),
                  counted_text(rows.size(), "candidate"), counted_text(held_out.size(), "image"));
  if (place.setup().evaluate_oos) text += fmt::format(", {} out of sample", oos.size());
  return text;
}

}  // namespace crossfold
