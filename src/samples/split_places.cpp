#include "crossfold/samples/split_places.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/errors_by_cause.h"

#include "split_columns.h"

namespace crossfold {
namespace {

/// "seed 7"; empty where the job has it. No number at all is another error.
std::string strange(const char* what, const std::string& text, std::uint32_t count) {
  const std::optional<std::uint32_t> number = split_number(text);
  return !number || *number < count ? "" : fmt::format("{} {}", what, *number);
}

std::string range_text(const char* what, std::uint32_t count) {
  return count == 1 ? fmt::format("{} 0", what) : fmt::format("{}s 0 to {}", what, count - 1);
}

/// The lines of one seed of one experiment, as text: what a study has as a whole or not at all.
using SplitGroup = std::pair<std::string, std::string>;

/// Groups that the job has not, but each with at least the lines of one that it has: the file is of
/// a larger study, of which this job takes a part. All where none is the job's: the table says so.
std::set<SplitGroup> groups_of_larger_study(const CsvTable& table, const SplitColumns& columns,
                                            const std::vector<std::string>& experiments,
                                            std::uint32_t seeds) {
  std::map<SplitGroup, std::size_t> lines;
  for (const std::vector<std::string>& fields : table.rows)
    ++lines[{fields[columns.experiment], fields[columns.seed]}];
  const auto is_of_job = [&](const SplitGroup& group) {
    const std::optional<std::uint32_t> seed = split_number(group.second);
    return seed && *seed < seeds &&
           std::find(experiments.begin(), experiments.end(), group.first) != experiments.end();
  };
  std::optional<std::size_t> least;
  for (const auto& [group, count] : lines)
    if (is_of_job(group)) least = std::min(least.value_or(count), count);
  std::set<SplitGroup> further;
  for (const auto& [group, count] : lines)
    if (count >= least.value_or(0) && !is_of_job(group)) further.insert(group);
  return further;
}

}  // namespace

void check_split_places(std::string_view csv, const std::string& name,
                        const std::vector<std::string>& experiments, const SplitSettings& settings,
                        ValidationErrors& errors) {
  const CsvTable table = parse_csv(csv, name);
  ValidationErrors missing;
  const SplitColumns columns = find_split_columns(table, missing);
  if (!missing.empty()) return;
  const auto seeds = static_cast<std::uint32_t>(settings.seeds);
  // A hold-out is fold 0 of each seed.
  const std::uint32_t folds =
      settings.scheme == SplitScheme::k_fold ? static_cast<std::uint32_t>(settings.folds) : 1;
  const std::set<SplitGroup> further = groups_of_larger_study(table, columns, experiments, seeds);
  const std::string message = fmt::format(
      "is of no split of the job (it has '{}', {}, {}). correct or remove it",
      fmt::join(experiments, "', '"), range_text("seed", seeds), range_text("fold", folds));
  ErrorsByCause lines(errors);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& fields = table.rows[i];
    if (further.contains({fields[columns.experiment], fields[columns.seed]})) continue;
    std::vector<std::string> reasons;
    const std::string& experiment = fields[columns.experiment];
    if (std::find(experiments.begin(), experiments.end(), experiment) == experiments.end())
      reasons.push_back(fmt::format("experiment '{}'", experiment));
    reasons.push_back(strange("seed", fields[columns.seed], seeds));
    reasons.push_back(strange("fold", fields[columns.fold], folds));
    std::erase(reasons, "");
    if (reasons.empty()) continue;
    lines.add(fmt::format("line {} ({})", table.lines[i], fmt::join(reasons, ", ")), message);
  }
}

}  // namespace crossfold
