#include "crossfold/samples/split_places.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/csv.h"

#include "split_columns.h"

namespace crossfold {
namespace {

/// "seed 7 (it has 0 to 4)"; empty where the job has it. No number at all is another error.
std::string strange(const char* what, const std::string& text, std::uint32_t count) {
  const std::optional<std::uint32_t> number = split_number(text);
  if (!number || *number < count) return "";
  const std::string range = count == 1 ? "0 alone" : fmt::format("0 to {}", count - 1);
  return fmt::format("{} {} (it has {})", what, *number, range);
}

}  // namespace

void check_split_places(std::string_view csv, const std::string& name,
                        const std::vector<std::string>& experiments, const SplitSettings& settings,
                        ValidationErrors& errors) {
  constexpr std::size_t kShown = 20;
  const CsvTable table = parse_csv(csv, name);
  ValidationErrors missing;
  const SplitColumns columns = find_split_columns(table, missing);
  if (!missing.empty()) return;
  const auto seeds = static_cast<std::uint32_t>(settings.seeds);
  // A hold-out is fold 0 of each seed.
  const std::uint32_t folds =
      settings.scheme == SplitScheme::k_fold ? static_cast<std::uint32_t>(settings.folds) : 1;
  std::size_t without_place = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& fields = table.rows[i];
    std::vector<std::string> reasons;
    const std::string& experiment = fields[columns.experiment];
    if (std::find(experiments.begin(), experiments.end(), experiment) == experiments.end())
      reasons.push_back(
          fmt::format("experiment '{}' (it has '{}')", experiment, fmt::join(experiments, "', '")));
    reasons.push_back(strange("seed", fields[columns.seed], seeds));
    reasons.push_back(strange("fold", fields[columns.fold], folds));
    std::erase(reasons, "");
    if (reasons.empty() || ++without_place > kShown) continue;
    errors.add(fmt::format("line {}", table.lines[i]),
               fmt::format("is of no split of the job: {}. correct or remove it",
                           fmt::join(reasons, ", ")));
  }
  if (without_place > kShown)
    errors.add("", fmt::format("and {} more lines of no split of the job", without_place - kShown));
}

}  // namespace crossfold
