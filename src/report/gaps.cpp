#include "gaps.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"

#include "fit_place.h"

namespace crossfold {
namespace {

/// More lines than this are counted, not printed: a sweep that has just started misses thousands.
constexpr std::size_t kMaxLines = 20;

std::string row_name(const FitPlace& place) {
  return fmt::format("{}, {}, {}", place.experiment, place.embedding, place.candidate);
}

bool same_row(const FitPlace& a, const FitPlace& b) {
  return a.scheme == b.scheme && a.experiment == b.experiment && a.embedding == b.embedding &&
         a.candidate == b.candidate;
}

/// Behind "12 fits".
const char* kind_of_fits(SplitScheme scheme) {
  switch (scheme) {
    case SplitScheme::k_fold:
    case SplitScheme::hold_out:
      return "";
    case SplitScheme::leave_out:
      return " with something left out";
    case SplitScheme::source_out:
      return " with a source left out";
    case SplitScheme::nested:
      return " on inner folds";
  }
  return "";
}

/// "0 to 3, 5": ascending numbers, runs drawn together.
std::string ranges(const std::set<std::uint32_t>& numbers) {
  std::vector<std::string> parts;
  for (auto i = numbers.begin(); i != numbers.end();) {
    const std::uint32_t first = *i;
    std::uint32_t last = first;
    while (++i != numbers.end() && *i == last + 1) last = *i;
    parts.push_back(first == last ? fmt::format("{}", first)
                                  : fmt::format("{} to {}", first, last));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// "seed 0 fold 3; seeds 1 to 4 folds 0 to 9": seeds that miss the same folds drawn together.
std::string split_list(const std::map<std::uint32_t, std::set<std::uint32_t>>& folds_of_seed) {
  std::map<std::set<std::uint32_t>, std::set<std::uint32_t>> seeds_of_folds;
  for (const auto& [seed, folds] : folds_of_seed) seeds_of_folds[folds].insert(seed);
  std::vector<std::pair<std::uint32_t, std::string>> parts;  // by the first seed
  parts.reserve(seeds_of_folds.size());
  for (const auto& [folds, seeds] : seeds_of_folds)
    parts.emplace_back(*seeds.begin(),
                       fmt::format("seed{} {} fold{} {}", seeds.size() > 1 ? "s" : "",
                                   ranges(seeds), folds.size() > 1 ? "s" : "", ranges(folds)));
  std::sort(parts.begin(), parts.end());
  std::string text;
  for (const auto& [seed, part] : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

/// "seeds 1 to 4": of hold-outs, which have no folds.
std::string seed_list(const std::map<std::uint32_t, std::set<std::uint32_t>>& folds_of_seed) {
  std::set<std::uint32_t> seeds;
  for (const auto& [seed, folds] : folds_of_seed) seeds.insert(seed);
  return fmt::format("seed{} {}", seeds.size() > 1 ? "s" : "", ranges(seeds));
}

void cut(std::vector<std::string>& lines, std::string_view what) {
  if (lines.size() <= kMaxLines) return;
  const std::size_t more = lines.size() - kMaxLines;
  lines.resize(kMaxLines);
  lines.push_back(fmt::format("and {} more {}; all of them stand in the JSON report", more, what));
}

std::vector<std::string> missing_lines(const Report& report) {
  std::vector<std::string> lines;
  for (std::size_t first = 0; first < report.missing.size();) {
    std::map<std::uint32_t, std::set<std::uint32_t>> folds_of_seed;
    std::set<std::string> sources;
    std::size_t last = first;
    while (last < report.missing.size() && same_row(report.missing[first], report.missing[last])) {
      sources.insert(report.missing[last].source);
      folds_of_seed[report.missing[last].seed.value].insert(report.missing[last].fold.value);
      ++last;
    }
    const std::size_t n = last - first;
    const FitPlace& place = report.missing[first];
    const std::string which = !place.source.empty() ? fmt::format("{}", fmt::join(sources, ", "))
                              : place.scheme == SplitScheme::hold_out ? seed_list(folds_of_seed)
                                                                      : split_list(folds_of_seed);
    lines.push_back(fmt::format("missing: {}: {}{} ({})", row_name(place), counted(n, "fit"),
                                kind_of_fits(place.scheme), which));
    first = last;
  }
  cut(lines, "rows with missing fits");
  return lines;
}

std::vector<std::string> failed_lines(const Report& report) {
  std::vector<std::string> lines;
  for (const FailedFit& failed : report.failed)
    lines.push_back(fmt::format("failed: {}, {}: {}", row_name(failed.place),
                                split_text(failed.place), failed.error));
  cut(lines, "failed fits");
  return lines;
}

/// "1 failed, 2 missing of 50 fits; oos AUC undefined in 3"
std::string row_gaps(const ReportTable& table, const ReportRow& row, ColumnPlace place) {
  std::vector<std::string> reasons;
  if (row.fits.failed > 0) reasons.push_back(fmt::format("{} failed", row.fits.failed));
  if (row.fits.missing > 0) reasons.push_back(fmt::format("{} missing", row.fits.missing));
  std::vector<std::string> parts;
  if (!reasons.empty())
    parts.push_back(fmt::format("{} of {} fits", fmt::join(reasons, ", "), row.fits.expected));
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::size_t undefined = row.cells[c].summary.undefined;
    if (table.columns[c].place != place || undefined == 0) continue;
    parts.push_back(fmt::format("{} undefined in {} of {} fits", table.columns[c].label, undefined,
                                row.fits.done));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

/// "domain AUC 45 of 250 class scores": how many class scores a column's means do without.
std::string left_out_classes(const ReportTable& table, std::size_t column) {
  const std::size_t levels = table.columns[column].scored_on == ScoredOn::probe
                                 ? table.probe_levels.size()
                                 : table.levels.size();
  std::size_t left_out = 0;
  std::size_t all = 0;
  for (const ReportRow& row : table.rows) {
    left_out += row.cells[column].undefined_classes;
    all += row.cells[column].summary.n * levels;
  }
  return left_out == 0
             ? ""
             : fmt::format("{} {} of {} class scores", table.columns[column].label, left_out, all);
}

}  // namespace

std::vector<std::string> gap_notes(const Report& report) {
  std::vector<std::string> notes = failed_lines(report);
  const std::vector<std::string> missing = missing_lines(report);
  notes.insert(notes.end(), missing.begin(), missing.end());
  return notes;
}

std::vector<std::string> table_footnotes(const ReportTable& table, ColumnPlace place) {
  std::vector<std::string> lines;
  for (const ReportRow& row : table.rows) {
    const std::string gaps = row_gaps(table, row, place);
    if (!gaps.empty())
      lines.push_back(fmt::format("{}, {}: {}", row.embedding, row.candidate, gaps));
  }
  cut(lines, "rows that do not rest on every fit");

  std::vector<std::string> parts;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string left_out = left_out_classes(table, c);
    if (table.columns[c].place == place && !left_out.empty()) parts.push_back(left_out);
  }
  if (!parts.empty())
    lines.push_back(fmt::format(
        "* a class without samples in the scored set is left out of that fit's mean: {}",
        fmt::join(parts, ", ")));
  return lines;
}

}  // namespace crossfold
