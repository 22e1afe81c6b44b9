#include "crossfold/samples/value_rules.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "crossfold/samples/text_rules.h"

#include "folded_text.h"

namespace crossfold {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_separator(char c) { return c == ' ' || c == '\t' || c == '_' || c == '-'; }

/// Without the zeros behind a decimal point, as in "p7.0"; texts of several points stay.
std::string_view without_zero_decimals(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || point == 0 || point != text.rfind('.') ||
      !is_digit(text[point - 1]) || point + 1 == text.size())
    return text;
  const std::size_t rest = text.find_first_not_of('0', point + 1);
  return rest == std::string_view::npos ? text.substr(0, point) : text;
}

}  // namespace

bool is_missing_word(std::string_view text) {
  // clang-format off
  static const std::set<std::string, std::less<>> kWords = {
      "nan", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nat", "none", "null", "nil", "(null)",
      "missing", "(missing)", "unknown", "unk", "-", "--", "?", ".", "unspecified",
      "not available", "undefined", "tbd", "tba", "todo", "*", "**", "***", "not known",
      "not given", "not applicable"};
  // clang-format on
  const std::string folded = folded_text(text);
  const std::string_view word = without_blanks(folded);
  if (word.empty()) return !without_blanks(text).empty();  // what does not show
  return kWords.contains(word);
}

bool is_nobody_word(std::string_view text) {
  static const std::set<std::string, std::less<>> kWords = {
      "anon",         "anonym",         "anonymous",      "anonymized",    "anonymised",
      "deidentified", "depersonalized", "depersonalised", "pseudonymized", "pseudonymised",
      "noid",         "noname",         "nopatient",      "nopatientid",   "nobody",
      "unnamed",      "unidentified",   "unknownpatient", "unknownid",     "anonymouspatient",
      "withheld",     "redacted",       "removed",        "deleted",       "suppressed",
      "notprovided",  "notrecorded",    "notassigned",    "patient",       "subject"};
  std::string letters = folded_text(text);
  std::erase_if(letters, is_separator);
  const bool is_crossed_out = letters.size() > 2 && letters.find_first_not_of('x') == letters.npos;
  return is_missing_word(text) || is_crossed_out || kWords.contains(letters);
}

bool is_negative_number(std::string_view given) {
  const std::string folded = folded_text(given);
  const std::string_view text = without_zero_decimals(without_blanks(folded));
  return text.size() > 1 && text[0] == '-' && std::all_of(text.begin() + 1, text.end(), is_digit);
}

bool is_filler_number(std::string_view given) {
  const std::string folded = folded_text(given);
  const std::string_view text = without_zero_decimals(without_blanks(folded));
  const auto all_are = [&](char digit) { return text.find_first_not_of(digit) == text.npos; };
  return (!text.empty() && all_are('0')) || (text.size() > 1 && all_are('9'));
}

std::string spelling_key(std::string_view given) {
  const std::string folded = folded_text(given);
  std::string_view text = without_zero_decimals(without_blanks(folded));
  std::string key;
  const bool signed_number = text.size() > 1 && is_digit(text[1]);
  if (signed_number && text[0] == '-') key = "-";
  if (signed_number && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  bool parted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_separator(text[at])) {
      parted = true;
      continue;
    }
    const bool in_number = !key.empty() && is_digit(key.back());
    if (parted && in_number && is_digit(text[at])) key += ' ';
    const bool leads = is_digit(text[at]) && (!in_number || parted) && !key.ends_with('.');
    parted = false;
    if (leads)  // of a run of zeros, all that digits follow
      while (text[at] == '0' && at + 1 < text.size() && is_digit(text[at + 1])) ++at;
    key += text[at];
  }
  return key;
}

std::vector<ValueCount> count_values(const std::vector<std::string>& fields) {
  std::vector<ValueCount> values;
  std::unordered_map<std::string_view, std::size_t> place;
  for (std::size_t row = 0; row < fields.size(); ++row) {
    if (fields[row].empty()) continue;
    const auto [found, is_new] = place.emplace(fields[row], values.size());
    if (is_new) values.push_back({.value = fields[row], .samples = 0, .first_row = row});
    ++values[found->second].samples;
  }
  return values;
}

std::vector<std::vector<ValueCount>> near_equal_values(const std::vector<ValueCount>& values) {
  std::vector<std::vector<ValueCount>> classes;
  std::unordered_map<std::string, std::size_t> place;
  for (const ValueCount& value : values) {
    const auto [found, is_new] = place.emplace(spelling_key(value.value), classes.size());
    if (is_new) classes.emplace_back();
    classes[found->second].push_back(value);
  }
  std::erase_if(classes, [](const auto& alike) { return alike.size() < 2; });
  for (std::vector<ValueCount>& alike : classes)
    std::stable_sort(alike.begin(), alike.end(), [](const ValueCount& a, const ValueCount& b) {
      return a.samples > b.samples;
    });
  return classes;
}

std::optional<ValueCount> dominating_value(const std::vector<ValueCount>& values) {
  std::size_t all = 0;
  for (const ValueCount& value : values) all += value.samples;
  const auto largest = std::max_element(
      values.begin(), values.end(),
      [](const ValueCount& a, const ValueCount& b) { return a.samples < b.samples; });
  if (all < kLeastSamplesOfDomination || 2 * largest->samples <= all) return std::nullopt;
  return *largest;
}

}  // namespace crossfold
