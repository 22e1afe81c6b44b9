#include "manifest_values.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/errors_by_cause.h"
#include "crossfold/core/first_named.h"
#include "crossfold/samples/text_rules.h"
#include "crossfold/samples/value_rules.h"

namespace crossfold {
namespace {

void refuse_missing_word(const NameColumn& column, const ValueCount& word, ErrorsByCause& errors) {
  const bool is_group = column.field == "group";
  errors.add(
      fmt::format("'{}': '{}' in {} of {}, the first in {}", column.title, word.value, word.samples,
                  counted(column.values.size(), "sample"), column.place(word.first_row)),
      fmt::format(
          "a word for a missing value (it would become a {}). {}, or say by --missing-words what "
          "it means: missing ({}), or text (it is a name)",
          is_group ? "patient" : column.field, is_group ? "fill it in" : "leave the field empty",
          is_group ? "each such sample is a patient of its own" : "the label is not known"));
}

bool is_missing(const NameColumn& column, const std::string& value) {
  if (column.field != "group") return is_missing_word(value);
  return is_nobody_word(value) || is_negative_number(value);
}

void treat_missing_words(NameColumn& column, const ValueRules& rules, ValidationErrors& errors) {
  if (rules.missing_words == ValueRules::MissingWords::text) return;
  if (rules.missing_words == ValueRules::MissingWords::missing) {
    for (std::string& value : column.values)
      if (is_missing(column, value)) value.clear();
    return;
  }
  ErrorsByCause words(errors);
  for (const ValueCount& value : count_values(column.values))
    if (is_missing(column, value.value)) refuse_missing_word(column, value, words);
}

void refuse_spellings(const NameColumn& column, const std::vector<ValueCount>& alike,
                      ErrorsByCause& errors) {
  std::vector<std::string> shown;
  for (const ValueCount& value : alike)
    shown.push_back(fmt::format("'{}' ({}, first in {})", value.value,
                                counted(value.samples, "sample"), column.place(value.first_row)));
  errors.add(fmt::format("'{}': {}", column.title, fmt::join(shown, " and ")),
             fmt::format(
                 "differ in spelling only (one {} would become several). correct them, or say by "
                 "--spellings what they are: merge (the same, named as the commonest is), or apart",
                 column.field == "group" ? "patient" : column.field));
}

/// Each value under the spelling that the most samples have.
void merge_spellings(std::vector<std::string>& values) {
  for (std::string& value : values) value = without_blanks(value);
  std::unordered_map<std::string, std::string> commonest;
  for (const std::vector<ValueCount>& alike : near_equal_values(count_values(values)))
    for (const ValueCount& value : alike) commonest[value.value] = alike.front().value;
  for (std::string& value : values)
    if (const auto found = commonest.find(value); found != commonest.end()) value = found->second;
}

void treat_spellings(NameColumn& column, const ValueRules& rules, ValidationErrors& errors) {
  if (rules.spellings == ValueRules::Spellings::apart) return;
  if (rules.spellings == ValueRules::Spellings::merge) return merge_spellings(column.values);
  ErrorsByCause spellings(errors);
  for (const std::vector<ValueCount>& alike : near_equal_values(count_values(column.values)))
    refuse_spellings(column, alike, spellings);
}

void treat_large_group(const NameColumn& column, const ValueRules& rules,
                       ValidationErrors& errors) {
  if (column.field != "group" || rules.large_group == ValueRules::LargeGroup::allow) return;
  const std::vector<ValueCount> values = count_values(column.values);
  if (const auto large = dominating_value(values); large && !is_missing(column, large->value))
    errors.add("", fmt::format("{} of {} are of one '{}', '{}' (a filler looks so, and one fold "
                               "would hold them all). correct it, or say --allow-large-group",
                               large->samples, counted(column.values.size(), "sample"),
                               column.title, large->value));
}

}  // namespace

void apply_value_rules(NameColumn& column, const ValueRules& rules, ValidationErrors& errors) {
  treat_missing_words(column, rules, errors);
  treat_spellings(column, rules, errors);
  treat_large_group(column, rules, errors);
}

std::optional<std::string> single_sample_levels(const NameColumn& column) {
  if (column.values.size() < kLeastSamplesOfDomination) return {};
  std::vector<std::string> levels;
  for (const ValueCount& value : count_values(column.values))
    if (value.samples == 1)
      levels.push_back(fmt::format("'{}' in {}", value.value, column.place(value.first_row)));
  if (levels.empty()) return {};
  return fmt::format("'{}' is {} alone (a misspelling, or a {} too rare to be learned)",
                     column.title, first_named(levels), column.field);
}

std::optional<std::string> doubtful_group(const NameColumn& column) {
  std::vector<ValueCount> values = count_values(column.values);
  const auto fewer = [](const ValueCount& a, const ValueCount& b) { return a.samples < b.samples; };
  const auto most = std::max_element(values.begin(), values.end(), fewer);
  if (most == values.end() || most->samples < 2 || !is_filler_number(most->value)) return {};
  const bool is_alone = std::count_if(values.begin(), values.end(), [&](const ValueCount& value) {
                          return value.samples == most->samples;
                        }) == 1;
  if (!is_alone) return {};
  return fmt::format(
      "'{}' is '{}' in {} of {}, the first in {}: more than of any other patient (such a number "
      "often "
      "stands for a person who is not known, and then several people are taken for one)",
      column.title, most->value, most->samples, counted(column.values.size(), "sample"),
      column.place(most->first_row));
}

}  // namespace crossfold
