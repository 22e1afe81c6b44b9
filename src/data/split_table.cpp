#include "crossfold/data/split_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/csv.h"

namespace crossfold {
namespace {

constexpr std::array<const char*, 5> kColumns = {"experiment", "seed", "fold", "part", "id"};

std::optional<std::uint32_t> whole_number(const std::string& text) {
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

bool contains(const std::vector<std::uint32_t>& sorted, std::uint32_t row) {
  return std::binary_search(sorted.begin(), sorted.end(), row);
}

/// Sorts a part; false when a row stands in it twice.
bool sort_unique(std::vector<std::uint32_t>& rows) {
  std::sort(rows.begin(), rows.end());
  return std::adjacent_find(rows.begin(), rows.end()) == rows.end();
}

std::string place(const std::string& experiment, SeedIndex seed, FoldIndex fold) {
  return fmt::format("experiment '{}', seed {}, fold {}", experiment, seed.value, fold.value);
}

/// Groups with samples both in `part` and elsewhere in the pool.
void add_divided_groups(const std::vector<std::uint32_t>& part, const ExperimentSamples& samples,
                        std::set<std::uint32_t>& divided) {
  std::set<std::uint32_t> groups;
  for (const std::uint32_t row : part) groups.insert(samples.group[row]);
  for (const std::uint32_t row : samples.pool)
    if (groups.contains(samples.group[row]) && !contains(part, row))
      divided.insert(samples.group[row]);
}

void check_parts(const SplitTable::Parts& parts, const ExperimentSamples& samples,
                 const std::string& where, Mistakes& mistakes) {
  if (parts.test.size() + parts.validation.size() >= samples.pool.size())
    mistakes.add(where, "leaves nothing to train on. make its parts smaller");
  std::size_t outside = 0;
  for (const auto* part : {&parts.test, &parts.validation})
    for (const std::uint32_t row : *part)
      if (!contains(samples.pool, row)) ++outside;
  if (outside > 0)
    mistakes.add(where, fmt::format("has {} samples outside of the experiment's pool. remove them "
                                    "or change 'samples'",
                                    outside));
  std::set<std::uint32_t> divided;
  add_divided_groups(parts.test, samples, divided);
  add_divided_groups(parts.validation, samples, divided);
  if (!divided.empty())
    mistakes.add(where, fmt::format("divides {} groups between its parts (a patient on both sides "
                                    "leaks). keep each group whole",
                                    divided.size()));
}

/// The held-out folds of one seed must part the pool.
void check_cover(const std::vector<const SplitTable::Parts*>& folds,
                 const ExperimentSamples& samples, const std::string& where, Mistakes& mistakes) {
  std::unordered_map<std::uint32_t, int> times_held_out;
  for (const SplitTable::Parts* parts : folds)
    for (const std::uint32_t row : parts->test) ++times_held_out[row];
  std::size_t never = 0;
  std::size_t often = 0;
  for (const std::uint32_t row : samples.pool) {
    const auto found = times_held_out.find(row);
    if (found == times_held_out.end())
      ++never;
    else if (found->second > 1)
      ++often;
  }
  if (never + often > 0)
    mistakes.add(where, fmt::format("holds out {} samples of the pool never and {} more than once "
                                    "(the folds of a seed must part the pool). correct the file",
                                    never, often));
}

}  // namespace

SplitTable SplitTable::parse(std::string_view csv, const std::string& name,
                             const std::vector<std::string>& sample_ids) {
  const CsvTable table = parse_csv(csv, name);
  Mistakes mistakes;
  std::array<std::size_t, kColumns.size()> column{};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = table.find_column(kColumns[i]);
    if (!found) mistakes.add("line 1", fmt::format("lacks the column '{}'. add it", kColumns[i]));
    column[i] = found.value_or(0);
  }
  mistakes.throw_if_any(ErrorCode::bad_input, name);

  std::unordered_map<std::string_view, std::uint32_t> row_of;
  for (std::uint32_t row = 0; row < sample_ids.size(); ++row) row_of.emplace(sample_ids[row], row);
  SplitTable splits;
  splits.name_ = name;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& fields = table.rows[i];
    const std::string here = fmt::format("line {}", table.lines[i]);
    const std::string& experiment = fields[column[0]];
    const auto seed = whole_number(fields[column[1]]);
    const auto fold = whole_number(fields[column[2]]);
    const std::string& part = fields[column[3]];
    const auto row = row_of.find(fields[column[4]]);
    if (!seed || !fold)
      mistakes.add(here,
                   fmt::format("has seed '{}' and fold '{}' (neither may be anything but a whole "
                               "number from 0). correct it",
                               fields[column[1]], fields[column[2]]));
    const bool known_part = part == "test" || part == "validation";
    if (!known_part)
      mistakes.add(here, fmt::format("has part '{}'. take test or validation (every other sample "
                                     "trains)",
                                     part));
    if (row == row_of.end())
      mistakes.add(here, fmt::format("names the sample '{}' (the store does not know it). correct "
                                     "or remove it",
                                     fields[column[4]]));
    if (!seed || !fold || !known_part || row == row_of.end()) continue;
    Parts& parts = splits.splits_[{experiment, SeedIndex(*seed), FoldIndex(*fold)}];
    (part == "test" ? parts.test : parts.validation).push_back(row->second);
  }
  for (auto& [key, parts] : splits.splits_) {
    bool once = sort_unique(parts.test) && sort_unique(parts.validation);
    for (const std::uint32_t row : parts.validation) once = once && !contains(parts.test, row);
    const auto& [experiment, seed, fold] = key;
    if (!once)
      mistakes.add(place(experiment, seed, fold),
                   "has a sample twice (it can stand in one part only, once). remove one");
  }
  mistakes.throw_if_any(ErrorCode::bad_input, name);
  return splits;
}

const SplitTable::Parts* SplitTable::find(const std::string& experiment, SeedIndex seed,
                                          FoldIndex fold) const {
  const auto found = splits_.find({experiment, seed, fold});
  return found == splits_.end() ? nullptr : &found->second;
}

void SplitTable::check(const std::string& experiment, const ExperimentSamples& samples,
                       const SplitSettings& settings, Mistakes& mistakes) const {
  for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(settings.seeds); ++seed) {
    std::vector<const Parts*> folds;
    for (std::uint32_t fold = 0; fold < static_cast<std::uint32_t>(settings.folds); ++fold) {
      const std::string here = name_ + ": " + place(experiment, SeedIndex(seed), FoldIndex(fold));
      const Parts* parts = find(experiment, SeedIndex(seed), FoldIndex(fold));
      if (parts == nullptr || parts->test.empty()) {
        mistakes.add(here,
                     "has no test samples (the job asks for this split). add them, or lower "
                     "splits.seeds or splits.folds");
        continue;
      }
      check_parts(*parts, samples, here, mistakes);
      folds.push_back(parts);
    }
    if (folds.size() == static_cast<std::size_t>(settings.folds))
      check_cover(folds, samples,
                  fmt::format("{}: experiment '{}', seed {}", name_, experiment, seed), mistakes);
  }
}

Split split_from(const SplitTable::Parts& parts, const ExperimentSamples& samples, Label stratify,
                 const SplitSettings& settings, const StreamKey& key, Validation validation) {
  std::vector<std::uint32_t> others;
  for (const std::uint32_t row : samples.pool)
    if (!contains(parts.test, row)) others.push_back(row);
  if (validation == Validation::none)
    return {.train = std::move(others), .validation = {}, .test = parts.test};
  if (parts.validation.empty())
    return set_validation_aside(samples, stratify, settings.validation, key, parts.test, others);
  Split split{.train = {}, .validation = parts.validation, .test = parts.test};
  for (const std::uint32_t row : others)
    if (!contains(parts.validation, row)) split.train.push_back(row);
  return split;
}

std::string split_lines(const std::string& experiment, SeedIndex seed, FoldIndex fold,
                        const Split& split, const std::vector<std::string>& sample_ids) {
  std::string lines;
  const auto add = [&](const char* part, const std::vector<std::uint32_t>& rows) {
    for (const std::uint32_t row : rows)
      lines += csv_line({experiment, std::to_string(seed.value), std::to_string(fold.value), part,
                         sample_ids[row]});
  };
  add("test", split.test);
  add("validation", split.validation);
  return lines;
}

}  // namespace crossfold
