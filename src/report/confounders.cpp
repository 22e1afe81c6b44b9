#include "confounders.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <variant>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/job/names.h"

#include "score_cell.h"

namespace crossfold {
namespace {

bool has_value(const FurtherProbe& probe, const ExperimentSamples& samples, std::uint32_t row) {
  if (probe.attribute == nullptr) return samples.column(Label::domain).codes[row] >= 0;
  if (const auto* column = std::get_if<CodedColumn>(&probe.attribute->values))
    return column->codes[row] >= 0;
  return !std::isnan(std::get<std::vector<double>>(probe.attribute->values)[row]);
}

Confounder confounder_of(const FurtherProbe& probe, const ExperimentSamples& samples) {
  Confounder confounder{.of = probe.of, .is_number = probe.is_number()};
  if (probe.within)
    confounder.within = samples.class_label.levels.at(static_cast<std::size_t>(*probe.within));
  for (const std::uint32_t row : samples.pool) {
    if (probe.within && samples.class_label.codes[row] != *probe.within) continue;
    ++confounder.samples;
    if (!has_value(probe, samples, row)) ++confounder.missing;
  }
  return confounder;
}

/// A record of other probes would give a confounder the numbers of another.
void check_probes(const FitResult& result, const ReportTable& table) {
  const std::size_t first = first_further_probe(table);
  const auto expected = std::span(table.confounders).subspan(first);
  const bool same =
      std::equal(expected.begin(), expected.end(), result.probes.begin(), result.probes.end(),
                 [](const Confounder& confounder, const ProbeResult& probe) {
                   return confounder.of == probe.of && confounder.within == probe.within;
                 });
  CF_VALIDATE(same, ErrorCode::bad_input,
              fmt::format("fit {} holds other probes than the plan has, so it is no fit of this "
                          "job. remove the run directory and run the job again",
                          result.id.hex()));
}

ConfounderCells cells_of(const Confounder& confounder, const RowFits& fits, const FitCounts& counts,
                         std::size_t further) {
  ConfounderCells cells{
      .auc = make_cell(fits, counts,
                       [&](const FitResult& result) { return result.probes[further].scores.auc; }),
      .r2 = {}};
  for (const RecordedFit& fit : fits)
    if (fit.done() && fit.result->probes[further].scores.auc)
      cells.auc.undefined_classes += fit.result->probes[further].scores.undefined_aucs;
  if (confounder.is_number)
    cells.r2 =
        make_cell(fits, counts, [&](const FitResult& result) { return result.probes[further].r2; });
  return cells;
}

/// The label's probe, which has a column in the main table too.
ConfounderCells label_cells(const RowFits& fits, const FitCounts& counts) {
  ConfounderCells cells{.auc = make_cell(fits, counts,
                                         [](const FitResult& result) {
                                           return result.probe ? result.probe->auc : std::nullopt;
                                         }),
                        .r2 = {}};
  for (const RecordedFit& fit : fits)
    if (fit.done() && fit.result->probe && fit.result->probe->auc)
      cells.auc.undefined_classes += fit.result->probe->undefined_aucs;
  return cells;
}

}  // namespace

std::vector<Confounder> confounders_of(const Experiment& experiment,
                                       const ExperimentSamples& samples) {
  std::vector<Confounder> confounders;
  if (!has_further_probes(experiment)) return confounders;
  if (experiment.probe)
    confounders.push_back({.of = name_of(*experiment.probe), .samples = samples.pool.size()});
  for (const FurtherProbe& probe : further_probes(experiment, samples))
    confounders.push_back(confounder_of(probe, samples));
  return confounders;
}

std::size_t first_further_probe(const ReportTable& table) {
  return table.probe && !table.confounders.empty() ? 1 : 0;
}

std::vector<ConfounderCells> confounder_cells(const ReportTable& table, const RowFits& fits,
                                              const FitCounts& counts) {
  for (const RecordedFit& fit : fits)
    if (fit.done()) check_probes(*fit.result, table);
  std::vector<ConfounderCells> cells;
  const std::size_t first = first_further_probe(table);
  for (std::size_t i = 0; i < table.confounders.size(); ++i)
    cells.push_back(i < first ? label_cells(fits, counts)
                              : cells_of(table.confounders[i], fits, counts, i - first));
  return cells;
}

}  // namespace crossfold
