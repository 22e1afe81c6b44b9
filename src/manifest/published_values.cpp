#include "published_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "crossfold/samples/text_rules.h"

namespace crossfold {

std::string in_capitals(std::string_view text) {
  std::string capitals(without_blanks(text));
  for (char& letter : capitals)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return capitals;
}

std::string sex_text(std::string_view text) {
  const std::string sex = in_capitals(text);
  if (sex == "MALE") return "M";
  if (sex == "FEMALE") return "F";
  return sex;
}

std::string age_text(std::string_view text) {
  const std::string_view age = without_blanks(text);
  if (age.size() < 2) return std::string(age);
  int count = 0;
  const auto [end, error] = std::from_chars(age.data(), age.data() + age.size() - 1, count);
  if (error != std::errc() || end != age.data() + age.size() - 1 || count < 0)
    return std::string(age);
  const auto years = [&](double in_a_year) {
    return fmt::format("{:g}", std::round(100.0 * count / in_a_year) / 100.0);
  };
  switch (age.back()) {
    case 'Y':
      return std::to_string(count);
    case 'M':
      return years(12);
    case 'W':
      return years(52.18);
    case 'D':
      return years(365.25);
    default:
      return std::string(age);
  }
}

}  // namespace crossfold
