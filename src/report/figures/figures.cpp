#include "crossfold/report/figures.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "figure_place.h"

namespace crossfold {
namespace {

std::vector<FigureKind> all_kinds() {
  std::vector<FigureKind> kinds;
  for (const auto& some : {fit_figures(), sweep_figures(), front_figures(), roc_figures(),
                           calibration_figures(), confusion_figures(), domain_figures(),
                           curve_figures(), race_figures(), matrix_figures(), map_figures()})
    kinds.insert(kinds.end(), some.begin(), some.end());
  return kinds;
}

/// A name as part of an id: letters, digits, '-' and '_'.
std::string as_word(const std::string& name) {
  std::string word;
  for (const char c : name.substr(0, 40)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
    word += plain ? c : '-';
  }
  return word;
}

/// The name under which an experiment has figures of this scope.
const std::string& name_in(FigureScope scope, const FigureSource& source,
                           std::uint32_t experiment) {
  const std::string& matrix = source.report.tables[experiment].matrix;
  const bool as_part = scope == FigureScope::matrix && !matrix.empty();
  return as_part ? matrix : source.records.job.experiments[experiment].name;
}

/// Experiments that have a figure of their own.
std::vector<std::uint32_t> experiments_in(FigureScope scope, const FigureSource& source) {
  std::vector<std::uint32_t> experiments;
  std::set<std::string> matrices;
  for (std::uint32_t e = 0; e < source.report.tables.size(); ++e) {
    const std::string& matrix = source.report.tables[e].matrix;
    if (scope == FigureScope::experiment || matrix.empty() || matrices.insert(matrix).second)
      experiments.push_back(e);
  }
  return experiments;
}

std::vector<FigurePlace> places_of(const FigureSource& source, FigureScope scope) {
  const Job& job = source.records.job;
  std::vector<FigurePlace> places;
  std::set<std::string> taken;
  const std::vector<std::uint32_t> experiments = experiments_in(scope, source);
  for (const std::uint32_t e : experiments)
    for (std::uint32_t z = 0; z < job.embeddings.size(); ++z) {
      FigurePlace place{.source = &source,
                        .table = &source.report.tables[e],
                        .experiment = e,
                        .embedding = z,
                        .suffix = {},
                        .where = {}};
      if (experiments.size() > 1) {
        place.suffix += "." + as_word(name_in(scope, source, e));
        place.where += ", " + name_in(scope, source, e);
      }
      if (job.embeddings.size() > 1) {
        place.suffix += "." + as_word(job.embeddings[z]);
        place.where += (place.where.empty() ? ", " : " on ") + job.embeddings[z];
      }
      while (!taken.insert(place.suffix).second) place.suffix += "-";
      places.push_back(std::move(place));
    }
  return places;
}

}  // namespace

std::vector<FigureEntry> figure_list(const FigureSource& source) {
  std::vector<FigureEntry> entries;
  for (const FigureKind& kind : all_kinds())
    for (const FigurePlace& place : places_of(source, kind.scope))
      entries.push_back({.id = kind.name + place.suffix,
                         .title = kind.title + place.where,
                         .why_not = kind.why_not(place),
                         .occasion = kind.occasion});
  return entries;
}

figure::Figure make_figure(const FigureSource& source, std::string_view id) {
  for (const FigureKind& kind : all_kinds())
    for (const FigurePlace& place : places_of(source, kind.scope)) {
      if (kind.name + place.suffix != id) continue;
      const std::string why_not = kind.why_not(place);
      CF_VALIDATE(
          why_not.empty(), ErrorCode::usage,
          fmt::format("is no figure of this run ({}). choose one that `--figure list` names",
                      why_not),
          std::string(id));
      return kind.make(place, kind);
    }
  std::string names;
  for (const FigureEntry& entry : figure_list(source))
    if (entry.why_not.empty()) names += (names.empty() ? "" : ", ") + entry.id;
  throw Error(ErrorCode::usage,
              fmt::format("is no figure of this run (its figures are: {}). choose one of them",
                          names.empty() ? "none" : names),
              std::string(id));
}

}  // namespace crossfold
