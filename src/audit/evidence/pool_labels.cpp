#include "pool_labels.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "crossfold/stats/ranked_pairs.h"

namespace crossfold::audit {
namespace {

/// Codes 0, 1, 2 for the thirds of the pool's values; equal values share a third.
RowLabel in_thirds(const std::string& name, const std::vector<double>& values,
                   const std::vector<std::uint32_t>& pool) {
  std::vector<double> sorted;
  for (const std::uint32_t row : pool)
    if (!std::isnan(values[row])) sorted.push_back(values[row]);
  RowLabel label{.name = name, .codes = std::vector<std::int32_t>(values.size(), -1), .levels = {}};
  if (sorted.empty()) return label;
  std::sort(sorted.begin(), sorted.end());
  const double low = sorted[sorted.size() / 3];
  const double high = sorted[2 * sorted.size() / 3];
  label.levels = {fmt::format("under {}", low), fmt::format("{} to {}", low, high),
                  fmt::format("{} or more", high)};
  for (const std::uint32_t row : pool)
    if (!std::isnan(values[row]))
      label.codes[row] = values[row] < low ? 0 : values[row] < high ? 1 : 2;
  return label;
}

RowLabel as_named(const std::string& name, const CodedColumn& column,
                  const std::vector<std::uint32_t>& pool) {
  RowLabel label{.name = name,
                 .codes = std::vector<std::int32_t>(column.codes.size(), -1),
                 .levels = column.levels};
  for (const std::uint32_t row : pool) label.codes[row] = column.codes[row];
  return label;
}

RowLabel pool_label(const char* name, const CodedColumn& column) {
  return {.name = name, .codes = column.codes, .levels = column.levels};
}

}  // namespace

stats::PairedLabels labels_of_patients(std::span<const std::uint32_t> rows,
                                       const std::vector<std::uint32_t>& patients,
                                       const RowLabel& a, const RowLabel& b) {
  std::set<std::tuple<std::uint32_t, std::int32_t, std::int32_t>> units;
  for (const std::uint32_t row : rows)
    if (a.codes[row] >= 0 && b.codes[row] >= 0)
      units.emplace(patients[row], a.codes[row], b.codes[row]);
  stats::PairedLabels labels{
      .a = {}, .b = {}, .a_levels = a.levels.size(), .b_levels = b.levels.size()};
  for (const auto& [patient, code_a, code_b] : units) {
    labels.a.push_back(code_a);
    labels.b.push_back(code_b);
  }
  return labels;
}

std::vector<std::size_t> patients_of_levels(std::span<const std::uint32_t> rows,
                                            const std::vector<std::uint32_t>& patients,
                                            const RowLabel& label) {
  std::set<std::pair<std::int32_t, std::uint32_t>> units;
  for (const std::uint32_t row : rows)
    if (label.codes[row] >= 0) units.emplace(label.codes[row], patients[row]);
  std::vector<std::size_t> counts(label.levels.size(), 0);
  for (const auto& [code, patient] : units) ++counts[static_cast<std::size_t>(code)];
  return counts;
}

double null_error(const std::vector<std::size_t>& patients) {
  std::size_t all = 0;
  for (const std::size_t count : patients) all += count;
  double sum = 0;
  std::size_t levels = 0;
  for (const std::size_t count : patients) {
    if (count == 0 || count == all) continue;
    sum += stats::null_auc_error(count, all - count);
    ++levels;
  }
  return levels == 0 ? 0 : sum / static_cast<double>(levels);
}

RowLabel class_label(const ExperimentSamples& samples) {
  return pool_label("class", samples.class_label);
}
RowLabel domain_label(const ExperimentSamples& samples) {
  return pool_label("domain", samples.domain);
}

RowLabel without_rare_levels(const RowLabel& label, const ExperimentSamples& samples,
                             std::size_t least) {
  const std::vector<std::size_t> counts = patients_of_levels(samples.pool, samples.group, label);
  RowLabel kept{.name = label.name, .codes = label.codes, .levels = {}};
  std::vector<std::int32_t> code(label.levels.size(), -1);
  for (std::size_t level = 0; level < counts.size(); ++level) {
    if (counts[level] < least) continue;
    code[level] = static_cast<std::int32_t>(kept.levels.size());
    kept.levels.push_back(label.levels[level]);
  }
  for (std::int32_t& one : kept.codes)
    if (one >= 0) one = code[static_cast<std::size_t>(one)];
  return kept;
}

std::vector<RowLabel> attribute_labels(const SampleTable& store, const ExperimentSamples& samples,
                                       std::size_t least) {
  constexpr std::size_t kMostLevels = 10;
  std::vector<RowLabel> labels;
  for (const Attribute& attribute : store.attributes) {
    const auto* numbers = std::get_if<std::vector<double>>(&attribute.values);
    const RowLabel raw =
        numbers != nullptr
            ? in_thirds(attribute.name, *numbers, samples.pool)
            : as_named(attribute.name, std::get<CodedColumn>(attribute.values), samples.pool);
    RowLabel label = without_rare_levels(raw, samples, least);
    if (label.levels.size() >= 2 && label.levels.size() <= kMostLevels)
      labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace crossfold::audit
