#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"
#include "crossfold/report/compare.h"

#include "compare_fits.h"
#include "compare_rows.h"

namespace crossfold {
namespace {

bool same_name(const std::string* a, const std::string* b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

SampleComparison compare_samples(const SampleTable& left, const SampleTable& right) {
  SampleComparison comparison{.identical = left.label_hash() == right.label_hash(),
                              .left = left.size(),
                              .right = right.size()};
  if (comparison.identical) return comparison;
  std::unordered_map<std::string_view, std::size_t> rows;
  for (std::size_t row = 0; row < right.size(); ++row) rows.emplace(right.id[row], row);
  std::size_t common = 0;
  for (std::size_t row = 0; row < left.size(); ++row) {
    const auto other = rows.find(left.id[row]);
    if (other == rows.end()) continue;
    ++common;
    const bool same =
        left.group[row] == right.group[other->second] &&
        same_name(left.class_label.name_of(row), right.class_label.name_of(other->second)) &&
        same_name(left.domain.name_of(row), right.domain.name_of(other->second)) &&
        same_name(left.role.name_of(row), right.role.name_of(other->second));
    if (!same) ++comparison.relabelled;
  }
  comparison.only_left = left.size() - common;
  comparison.only_right = right.size() - common;
  return comparison;
}

std::vector<EmbeddingComparison> compare_embeddings(const std::vector<EmbeddingInfo>& left,
                                                    const std::vector<EmbeddingInfo>& right) {
  std::vector<EmbeddingComparison> list;
  list.reserve(left.size());
  for (const EmbeddingInfo& info : left)
    list.push_back({.name = info.name, .left = info.content.hex(), .right = std::nullopt});
  for (const EmbeddingInfo& info : right) {
    const auto known = std::find_if(list.begin(), list.end(), [&](const EmbeddingComparison& of) {
      return of.name == info.name;
    });
    if (known == list.end())
      list.push_back({.name = info.name, .left = std::nullopt, .right = info.content.hex()});
    else
      known->right = info.content.hex();
  }
  return list;
}

void compare_classes(const RunRecords& left, const RunRecords& right, RunComparison& comparison) {
  const auto& a = left.classes;
  const auto& b = right.classes;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(),
                      std::back_inserter(comparison.classes_left));
  std::set_difference(b.begin(), b.end(), a.begin(), a.end(),
                      std::back_inserter(comparison.classes_right));
}

bool means_within(const RowComparison& row, double tolerance) {
  if (row.other_fits == 0) return true;  // judged fit by fit
  if (row.left.done != row.right.done) return false;
  return std::all_of(row.scores.begin(), row.scores.end(), [&](const ScoreDifference& score) {
    if (!score.difference) return !score.left.mean && !score.right.mean;
    return std::abs(*score.difference) <= tolerance;
  });
}

bool same_splits(const RowComparison& row) {
  const std::size_t both = row.common_fits + row.other_fits;
  return row.left.expected == both && row.right.expected == both;
}

Agreement agreement_of(const RunComparison& of) {
  const bool rows_match = of.rows_only_left.empty() && of.rows_only_right.empty() &&
                          std::all_of(of.rows.begin(), of.rows.end(), same_splits);
  if (!rows_match || !of.fits.unlike_states.empty()) return Agreement::different;
  const bool same_fits = std::all_of(of.rows.begin(), of.rows.end(),
                                     [](const RowComparison& row) { return row.other_fits == 0; });
  if (same_fits && of.values.empty() && of.artefacts.different == 0) return Agreement::identical;
  const bool within =
      of.tolerance > 0 && of.artefacts.beyond == 0 && of.artefacts.unread_unlike == 0 &&
      std::all_of(of.values.begin(), of.values.end(),
                  [](const ValueDifference& value) { return value.beyond == 0; }) &&
      std::all_of(of.rows.begin(), of.rows.end(),
                  [&](const RowComparison& row) { return means_within(row, of.tolerance); });
  return within ? Agreement::within_tolerance : Agreement::different;
}

}  // namespace

void check_compare_options(const CompareOptions& options) {
  CF_VALIDATE(std::isfinite(options.tolerance) && options.tolerance >= 0, ErrorCode::usage,
              fmt::format("is {} (a tolerance is finite and not negative). choose one, or 0 for "
                          "equality to the last bit",
                          options.tolerance),
              "--tolerance");
}

RunComparison compare_runs(const ComparedRun& left, const ComparedRun& right,
                           const CompareOptions& options) {
  check_compare_options(options);
  RunComparison comparison;
  comparison.left = left.name;
  comparison.right = right.name;
  comparison.tolerance = options.tolerance;
  comparison.job =
      differing_fields(canonical_job(left.records.job), canonical_job(right.records.job));
  comparison.samples = compare_samples(left.records.samples, right.records.samples);
  comparison.embeddings =
      compare_embeddings(left.records.plan.basis.embeddings, right.records.plan.basis.embeddings);
  compare_fits(left, right, comparison);
  compare_classes(left.records, right.records, comparison);
  compare_rows(left.records, right.records, comparison);
  for (const ComparedRun* run : {&left, &right})
    for (const std::string& note : run->records.notes)
      comparison.notes.push_back(fmt::format("{}: {}", run->name, note));
  comparison.agreement = agreement_of(comparison);
  return comparison;
}

}  // namespace crossfold
