#include "crossfold/samples/sample_warnings.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

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
                   bool (*is_missing)(std::string_view), std::vector<std::string>& warnings) {
  const std::vector<ValueCount> values = count_values(names);
  std::vector<std::string> words;
  for (const ValueCount& value : values)
    if (is_missing(value.value)) words.push_back(shown(value));
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

enum class Sex { unknown, male, female };

std::string small_letters(std::string_view text) {
  std::string letters;
  for (const char c : text)
    if (std::isalpha(static_cast<unsigned char>(c)) != 0)
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters;
}

bool is_sex_title(const std::string& title) {
  static const std::set<std::string> kTitles = {
      "sex",        "gender",        "patientsex", "patientgender",  "patientssex",
      "subjectsex", "subjectgender", "personsex",  "participantsex", "biologicalsex"};
  return kTitles.contains(small_letters(title));
}

Sex sex_of(const std::string* name) {
  static const std::map<std::string, Sex> kSexes = {
      {"m", Sex::male},       {"male", Sex::male},   {"man", Sex::male},
      {"boy", Sex::male},     {"f", Sex::female},    {"female", Sex::female},
      {"woman", Sex::female}, {"girl", Sex::female}, {"w", Sex::female}};
  if (name == nullptr) return Sex::unknown;
  const auto found = kSexes.find(small_letters(*name));
  return found == kSexes.end() ? Sex::unknown : found->second;
}

/// 1 and 2 (ISO/IEC 5218, with 0 and 9 for neither), or 0 and 1: which is which does not matter.
/// Other numbers are no sexes.
std::vector<Sex> sexes_of(const std::vector<double>& numbers) {
  const std::set<double> different = [&] {
    std::set<double> found;
    for (const double number : numbers)
      if (!std::isnan(number)) found.insert(number);
    return found;
  }();
  const std::set<double> known = {0, 1, 2, 9};
  const bool are_codes =
      std::includes(known.begin(), known.end(), different.begin(), different.end());
  const bool from_one = different.contains(2);
  std::vector<Sex> sexes;
  sexes.reserve(numbers.size());
  for (const double number : numbers) {
    const bool is_first = number == (from_one ? 1 : 0);
    const bool is_second = number == (from_one ? 2 : 1);
    sexes.push_back(!are_codes  ? Sex::unknown
                    : is_first  ? Sex::male
                    : is_second ? Sex::female
                                : Sex::unknown);
  }
  return sexes;
}

std::vector<Sex> sexes_of(const Attribute& attribute) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.values))
    return sexes_of(*numbers);
  const auto& names = std::get<CodedColumn>(attribute.values);
  std::vector<Sex> sexes;
  for (std::size_t row = 0; row < names.codes.size(); ++row)
    sexes.push_back(sex_of(names.name_of(row)));
  return sexes;
}

/// The patients who have both, in the order of their first samples.
std::vector<std::string> of_both_sexes(const SampleTable& samples, const std::vector<Sex>& sexes) {
  struct Counts {
    std::size_t male = 0;
    std::size_t female = 0;
  };
  std::unordered_map<std::string_view, Counts> counts;
  for (std::size_t row = 0; row < sexes.size(); ++row) {
    Counts& count = counts[samples.group[row]];
    count.male += sexes[row] == Sex::male ? 1 : 0;
    count.female += sexes[row] == Sex::female ? 1 : 0;
  }
  std::vector<std::string> patients;
  for (const ValueCount& patient : count_values(samples.group))
    if (const Counts& count = counts[patient.value]; count.male > 0 && count.female > 0)
      patients.push_back(
          fmt::format("'{}' ({} and {} samples)", patient.value, count.male, count.female));
  return patients;
}

}  // namespace

std::optional<std::string> patients_of_both_sexes(const SampleTable& samples) {
  for (const Attribute& attribute : samples.attributes) {
    if (!is_sex_title(attribute.name)) continue;
    const std::vector<std::string> patients = of_both_sexes(samples, sexes_of(attribute));
    if (patients.empty()) continue;
    const std::size_t count = patients.size();
    return fmt::format("group: {} both sexes by '{}' (one id for several people, perhaps): {}",
                       count == 1 ? "1 patient has" : fmt::format("{} patients have", count),
                       attribute.name, first_named(patients));
  }
  return std::nullopt;
}

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
  warn_of_names("class", names_of(samples.class_label), is_missing_word, warnings);
  warn_of_names("domain", names_of(samples.domain), is_missing_word, warnings);
  warn_of_names("group", samples.group, is_nobody_word, warnings);
  if (const auto large = dominating_value(count_values(samples.group)))
    warnings.push_back(
        fmt::format("group '{}' holds {} of {} (a filler looks so, and one fold "
                    "holds them all)",
                    large->value, large->samples, counted(samples.size(), "sample")));
  if (auto warning = patients_of_both_sexes(samples)) warnings.push_back(*std::move(warning));
  return warnings;
}

}  // namespace crossfold
