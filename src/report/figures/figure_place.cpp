#include "figure_place.h"

#include <algorithm>

#include <fmt/format.h>

namespace crossfold {

const Experiment& FigurePlace::setup() const { return records().job.experiments[experiment]; }

const SweepReport* FigurePlace::sweep() const {
  for (const SweepReport& sweep : table->sweeps)
    if (sweep.embedding == records().job.embeddings[embedding]) return &sweep;
  return nullptr;
}

std::vector<const ReportRow*> FigurePlace::rows() const {
  std::vector<const ReportRow*> rows;
  for (const ReportRow& row : table->rows)
    if (row.embedding == records().job.embeddings[embedding] && row.fits.done > 0)
      rows.push_back(&row);
  return rows;
}

const ReportColumn* FigurePlace::column(ScoredOn scored_on, Measure measure) const {
  for (const ReportColumn& column : table->columns)
    if (column.scored_on == scored_on && column.measure == measure) return &column;
  return nullptr;
}

figure::Figure begin_figure(const FigurePlace& place, const FigureKind& kind) {
  figure::Figure figure;
  figure.id = kind.name + place.suffix;
  figure.title = kind.title + place.where;
  return figure;
}

std::string cell_text(double value) { return fmt::format("{}", value); }
std::string cell_text(const std::optional<double>& value) { return value ? cell_text(*value) : ""; }

std::string counted_text(std::size_t n, const char* noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

double quantile(std::span<const double> sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

figure::Colour colour_of(CandidateKind kind) {
  switch (kind) {
    case CandidateKind::linear:
      return figure::Colour::green;
    case CandidateKind::baseline:
      return figure::Colour::vermillion;
    case CandidateKind::disentangled:
      return figure::Colour::blue;
  }
  return figure::Colour::ink;
}

const char* kind_text(CandidateKind kind) {
  switch (kind) {
    case CandidateKind::linear:
      return "linear";
    case CandidateKind::baseline:
      return "baseline";
    case CandidateKind::disentangled:
      return "disentangled";
  }
  return "";
}

}  // namespace crossfold
