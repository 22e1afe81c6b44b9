#include "crossfold/samples/sample_warnings.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/first_named.h"
#include "crossfold/samples/value_rules.h"

namespace crossfold {
namespace {

std::string shown(const ValueCount& value) {
  return fmt::format("'{}' ({})", value.value, counted(value.samples, "sample"));
}

std::vector<std::string> names_of(const CodedColumn& column) {
  std::vector<std::string> names;
  names.reserve(column.codes.size());
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    const std::string* name = column.name_of(row);
    names.push_back(name == nullptr ? "" : *name);
  }
  return names;
}

void warn_of_names(const char* field, const std::vector<std::string>& names,
                   std::vector<std::string>& warnings) {
  const std::vector<ValueCount> values = count_values(names);
  std::vector<std::string> words;
  for (const ValueCount& value : values)
    if (is_missing_word(value.value)) words.push_back(shown(value));
  if (!words.empty())
    warnings.push_back(fmt::format("{}: look like missing values and count as names: {}", field,
                                   first_named(words)));
  std::vector<std::string> spellings;
  for (const std::vector<ValueCount>& alike : near_equal_values(values)) {
    std::vector<std::string> texts;
    for (const ValueCount& value : alike) texts.push_back(shown(value));
    spellings.push_back(fmt::format("{}", fmt::join(texts, " and ")));
  }
  if (!spellings.empty())
    warnings.push_back(fmt::format("{}: differ in spelling only and count as different names: {}",
                                   field, first_named(spellings)));
}

}  // namespace

std::optional<std::string> unknown_patients(const SampleTable& samples) {
  std::size_t own = 0;
  for (std::size_t row = 0; row < samples.size(); ++row)
    if (samples.group[row] == samples.id[row]) ++own;
  if (own == 0) return std::nullopt;
  return fmt::format(
      "no patient is known for {} of {}: each counts as a patient of its own (images of one person "
      "may stand on both sides of a split, and scores come out too good). name the patients' "
      "column by --group-column when the store is made",
      own, counted(samples.size(), "sample"));
}

std::vector<std::string> sample_warnings(const SampleTable& samples) {
  std::vector<std::string> warnings;
  if (const auto warning = unknown_patients(samples)) warnings.push_back(*warning);
  warn_of_names("class", names_of(samples.class_label), warnings);
  warn_of_names("domain", names_of(samples.domain), warnings);
  warn_of_names("group", samples.group, warnings);
  if (const auto large = dominating_value(count_values(samples.group)))
    warnings.push_back(
        fmt::format("group '{}' holds {} of {} (a filler looks so, and one fold "
                    "holds them all)",
                    large->value, large->samples, counted(samples.size(), "sample")));
  return warnings;
}

}  // namespace crossfold
