#include "crossfold/samples/split_table.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/errors_by_cause.h"

#include "split_columns.h"

namespace crossfold {
namespace {

bool contains(const std::vector<std::uint32_t>& sorted, std::uint32_t row) {
  return std::binary_search(sorted.begin(), sorted.end(), row);
}

}  // namespace

/// Compares the splits of one experiment with its samples.
class SplitTableCheck {
 public:
  SplitTableCheck(const SplitTable& splits, const std::string& experiment,
                  const ExperimentSamples& selected, const SampleTable& table,
                  ValidationErrors& errors)
      : splits_(splits),
        experiment_(experiment),
        selected_(selected),
        table_(table),
        errors_(errors) {}

  void run(const SplitSettings& settings) {
    if (!knows_experiment()) return;
    for (std::uint32_t seed = 0; seed < static_cast<std::uint32_t>(settings.seeds); ++seed) {
      std::vector<const Given*> folds;
      for (std::uint32_t fold = 0; fold < folds_of(settings); ++fold)
        if (const Given* given = find(SeedIndex(seed), FoldIndex(fold))) {
          folds.push_back(given);
          check_parts(*given, place(SeedIndex(seed), FoldIndex(fold)));
        }
      if (settings.scheme == SplitScheme::k_fold && folds.size() == folds_of(settings))
        check_cover(folds, fmt::format("experiment '{}', seed {}", experiment_, seed));
    }
    name_absent(settings);
  }

 private:
  using Given = SplitTable::Given;

  [[nodiscard]] std::string in_file(const std::string& where) const {
    return where.empty() ? splits_.name_ : splits_.name_ + ": " + where;
  }

  [[nodiscard]] std::string place(SeedIndex seed, FoldIndex fold) const {
    return fmt::format("experiment '{}', seed {}, fold {}", experiment_, seed.value, fold.value);
  }

  bool knows_experiment() {
    std::set<std::string> names;
    for (const auto& [key, given] : splits_.splits_) names.insert(std::get<0>(key));
    if (names.contains(experiment_)) return true;
    errors_.add(in_file(""),
                fmt::format("has no line for the experiment '{}' (it has {}). correct the name "
                            "here or in the job",
                            experiment_,
                            names.empty() ? "no line at all"
                                          : fmt::format("'{}'", fmt::join(names, "', '"))));
    return false;
  }

  /// The split when the file has test samples for it; else it is counted as absent.
  const Given* find(SeedIndex seed, FoldIndex fold) {
    const auto found = splits_.splits_.find({experiment_, seed, fold});
    if (found != splits_.splits_.end() && !found->second.parts.test.empty()) return &found->second;
    if (absent_++ == 0) first_absent_ = fmt::format("seed {}, fold {}", seed.value, fold.value);
    return nullptr;
  }

  void name_absent(const SplitSettings& settings) {
    if (absent_ == 0) return;
    const std::string where = in_file(fmt::format("experiment '{}'", experiment_));
    if (settings.scheme == SplitScheme::k_fold)
      errors_.add(
          where, fmt::format("has no test samples for {} of {} splits, the first: {} (the job asks "
                             "for {} folds of {} seeds). add their lines, or lower splits.folds "
                             "or splits.seeds",
                             absent_, settings.folds * settings.seeds, first_absent_,
                             settings.folds, settings.seeds));
    else
      errors_.add(where, fmt::format("has no test samples for {} of {} seeds, the first: {} (a "
                                     "hold-out is fold 0 of each). add their lines, or lower "
                                     "splits.seeds",
                                     absent_, settings.seeds, first_absent_));
  }

  /// Of a seed; a hold-out is fold 0.
  static std::uint32_t folds_of(const SplitSettings& settings) {
    return settings.scheme == SplitScheme::k_fold ? static_cast<std::uint32_t>(settings.folds) : 1;
  }

  void check_parts(const Given& given, const std::string& where) {
    if (given.parts.test.size() + given.parts.validation.size() >= selected_.pool.size())
      errors_.add(in_file(where), "leaves nothing to train on. make its parts smaller");
    for (const auto* part : {&given.parts.test, &given.parts.validation})
      for (const std::uint32_t row : *part)
        if (!contains(selected_.pool, row))
          errors_.add(
              in_file(fmt::format("line {} ('{}')", given.line_of.at(row), table_.id[row])),
              fmt::format("the sample is not in the pool of the experiment '{}'. remove the line "
                          "or change 'samples'",
                          experiment_));
    name_divided(given, given.parts.test, "test", where);
    name_divided(given, given.parts.validation, "validation", where);
  }

  /// Patients with samples both in `part` and elsewhere in the pool.
  void name_divided(const Given& given, const std::vector<std::uint32_t>& part, const char* name,
                    const std::string& where) {
    std::unordered_map<std::uint32_t, std::uint32_t> first_of;  // row in the part, by group
    for (const std::uint32_t row : part) first_of.emplace(selected_.group[row], row);
    for (const std::uint32_t row : selected_.pool) {
      const auto inside = first_of.find(selected_.group[row]);
      if (inside == first_of.end() || contains(part, row)) continue;
      errors_.add(in_file(fmt::format("{}: patient '{}' ('{}' of line {} is {}, '{}' is not)",
                                      where, table_.group[row], table_.id[inside->second],
                                      given.line_of.at(inside->second), name, table_.id[row])),
                  "is divided (a patient on both sides leaks). keep each patient whole");
      first_of.erase(inside);
    }
  }

  /// The held-out folds of one seed must part the pool.
  void check_cover(const std::vector<const Given*>& folds, const std::string& where) {
    const auto sample = [&](std::uint32_t row) {
      return in_file(
          fmt::format("{}: '{}' of patient '{}'", where, table_.id[row], table_.group[row]));
    };
    std::unordered_map<std::uint32_t, std::vector<std::size_t>> lines;  // by the row held out
    for (const Given* given : folds)
      for (const std::uint32_t row : given->parts.test)
        lines[row].push_back(given->line_of.at(row));
    for (const std::uint32_t row : selected_.pool) {
      const auto found = lines.find(row);
      if (found == lines.end())
        errors_.add(
            sample(row),
            "is held out in no fold (the folds of a seed must part the pool). add its line");
      else if (found->second.size() > 1)
        errors_.add(fmt::format("{} in lines {}", sample(row), fmt::join(found->second, " and ")),
                    "is held out in several folds (the folds of a seed must part the pool). leave "
                    "one line");
    }
  }

  const SplitTable& splits_;
  const std::string& experiment_;
  const ExperimentSamples& selected_;
  const SampleTable& table_;
  ErrorsByCause errors_;
  std::size_t absent_ = 0;
  std::string first_absent_;
};

SplitTable SplitTable::parse(std::string_view csv, const std::string& name,
                             const std::vector<std::string>& sample_ids) {
  const CsvTable table = parse_csv(csv, name);
  ValidationErrors all_errors;
  const SplitColumns columns = find_split_columns(table, all_errors);
  all_errors.throw_if_any(ErrorCode::bad_input, name);

  std::unordered_map<std::string_view, std::uint32_t> row_of;
  for (std::uint32_t row = 0; row < sample_ids.size(); ++row) row_of.emplace(sample_ids[row], row);
  ErrorsByCause errors(all_errors);
  SplitTable splits;
  splits.name_ = name;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& fields = table.rows[i];
    const std::string here = fmt::format("line {}", table.lines[i]);
    const std::string& experiment = fields[columns.experiment];
    const auto seed = split_number(fields[columns.seed]);
    const auto fold = split_number(fields[columns.fold]);
    const std::string& part = fields[columns.part];
    const auto row = row_of.find(fields[columns.id]);
    if (!seed || !fold)
      errors.add(fmt::format("{} (seed '{}', fold '{}')", here, fields[columns.seed],
                             fields[columns.fold]),
                 "seed and fold are whole numbers from 0. correct it");
    const bool known_part = part == "test" || part == "validation";
    if (!known_part)
      errors.add(here, fmt::format("has part '{}'. take test or validation (every other sample "
                                   "trains)",
                                   part));
    if (row == row_of.end())
      errors.add(fmt::format("{} ('{}')", here, fields[columns.id]),
                 "names a sample that the store does not know. correct or remove it");
    if (!seed || !fold || !known_part || row == row_of.end()) continue;
    Given& given = splits.splits_[{experiment, SeedIndex(*seed), FoldIndex(*fold)}];
    const auto [before, is_new] = given.line_of.emplace(row->second, table.lines[i]);
    if (!is_new)
      errors.add(
          fmt::format("{} ('{}', as in line {})", here, row->first, before->second),
          "has the sample again (it can stand in one part of a split only, once). remove one of "
          "the two");
    else
      (part == "test" ? given.parts.test : given.parts.validation).push_back(row->second);
  }
  for (auto& [key, given] : splits.splits_) {
    std::sort(given.parts.test.begin(), given.parts.test.end());
    std::sort(given.parts.validation.begin(), given.parts.validation.end());
  }
  errors.hand_over();
  all_errors.throw_if_any(ErrorCode::bad_input, name);
  return splits;
}

const SplitTable::Parts* SplitTable::find(const std::string& experiment, SeedIndex seed,
                                          FoldIndex fold) const {
  const auto found = splits_.find({experiment, seed, fold});
  return found == splits_.end() ? nullptr : &found->second.parts;
}

void SplitTable::check(const std::string& experiment, const ExperimentSamples& selected,
                       const SampleTable& table, const SplitSettings& settings,
                       ValidationErrors& errors) const {
  SplitTableCheck(*this, experiment, selected, table, errors).run(settings);
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
