#include "feature_columns.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/manifest/manifest_columns.h"

namespace crossfold {
namespace {

/// Whole numbers up to here are exact in float32.
constexpr float kMaxExactWhole = 16'777'216.0F;

/// First and last column of one item of the list.
std::optional<std::pair<std::size_t, std::size_t>> range_of(const std::string& item,
                                                            const std::vector<std::string>& titles,
                                                            std::size_t width) {
  if (const auto one = column_called(item, titles, width)) return {{*one, *one}};
  const std::size_t dots = item.find("..");
  if (dots == std::string::npos) return std::nullopt;
  const std::string_view text = item;
  const auto first = column_called(text.substr(0, dots), titles, width);
  const auto last = column_called(text.substr(dots + 2), titles, width);
  if (!first || !last || *first > *last) return std::nullopt;
  return {{*first, *last}};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_sign(char c) {
  return !is_capital(c) && !is_small(c) && static_cast<unsigned char>(c) < 0x80;
}

/// The letters at the end, from a sign or a change from small ones to capitals on: "Id" of
/// deviceId.
std::string_view last_word(std::string_view title) {
  while (!title.empty() && is_sign(title.back()) && !is_digit(title.back())) title.remove_suffix(1);
  std::size_t begin = title.size();
  while (begin > 0 && !is_sign(title[begin - 1]) &&
         !(begin < title.size() && is_small(title[begin - 1]) && is_capital(title[begin])))
    --begin;
  return title.substr(begin);
}

bool all_whole(std::span<const float> column) {
  return std::all_of(column.begin(), column.end(),
                     [](float value) { return value == std::trunc(value); });
}

std::size_t count_different(std::span<const float> column) {
  return std::set<float>(column.begin(), column.end()).size();
}

}  // namespace

std::vector<std::size_t> choose_features(const std::vector<std::string>& list,
                                         const std::vector<std::string>& titles, std::size_t width,
                                         ValidationErrors& errors) {
  constexpr std::size_t kMaxTitles = 20;
  std::vector<std::size_t> chosen;
  std::set<std::size_t> seen;
  for (const std::string& item : list) {
    const auto range = range_of(item, titles, width);
    if (!range) {
      std::vector<std::string> shown = names_of_columns(titles);
      shown.resize(std::min(shown.size(), kMaxTitles));
      errors.add("", fmt::format("has no column '{}' of --feature-columns. it has {} columns{}{}",
                                 item, width, shown.empty() ? "" : ": ", fmt::join(shown, ", ")) +
                         (shown.size() < titles.size() ? ", ..." : ""));
      continue;
    }
    for (std::size_t column = range->first; column <= range->second; ++column)
      if (seen.insert(column).second)
        chosen.push_back(column);
      else
        errors.add("", fmt::format("--feature-columns names column {} twice ('{}'). name it once",
                                   column + 1, item));
  }
  return chosen;
}

bool is_index_title(std::string_view title) {
  static const std::set<std::string, std::less<>> kTitles = {
      "",         "index",  "idx", "unnamed:0", "level0", "row", "rownumber", "rowid", "rowindex",
      "rownames", "number", "no",  "nr",        "#",      "uid", "uuid",      "key"};
  return kTitles.contains(plain_title(title));
}

bool ends_in_id_word(std::string_view title) {
  static const std::set<std::string, std::less<>> kWords = {"id",   "ids",  "uid",
                                                            "uuid", "guid", "nr"};
  static const std::set<std::string, std::less<>> kWritten = {
      "accessionid", "cameraid",  "caseid",    "deviceid", "examid",    "eyeid",  "frameid",
      "hospitalid",  "lesionid",  "machineid", "noduleid", "recordid",  "rowid",  "sampleid",
      "scanid",      "scannerid", "seriesid",  "sensorid", "sessionid", "siteid", "sliceid",
      "studyid",     "subjectid", "userid",    "visitid"};
  const std::string_view last = last_word(title);
  // In capitals it may be the gas.
  const bool is_number = (last == "no" || last == "No") && plain_title(title) != "no";
  return is_number || kWords.contains(plain_title(last)) || kWritten.contains(plain_title(title));
}

std::optional<std::string> index_look(std::span<const float> column) {
  constexpr std::size_t kLeastUnique = 5;
  constexpr std::size_t kLeastMonotone = 12;  // fewer rows are in order by chance: 2/12! is not
  const std::size_t rows = column.size();
  if (rows < kLeastUnique) return std::nullopt;
  if (all_whole(column)) {
    const auto beyond = [](float value) { return std::abs(value) >= kMaxExactWhole; };
    if (std::any_of(column.begin(), column.end(), beyond))
      return "whole numbers beyond 16777216, which float32 cannot tell apart";
    if (count_different(column) == rows) return "whole numbers, no two equal";
  }
  const bool monotone = std::is_sorted(column.begin(), column.end()) ||
                        std::is_sorted(column.rbegin(), column.rend());
  if (rows >= kLeastMonotone && monotone && 4 * count_different(column) >= rows)
    return "in order from the first row to the last";
  return std::nullopt;
}

bool determines_labels(std::span<const float> column, std::span<const std::int32_t> labels) {
  constexpr std::size_t kLeastRows = 8;
  struct Seen {
    std::int32_t label;
    std::size_t times;
  };
  std::unordered_map<float, Seen> numbers;
  std::set<std::int32_t> levels;
  std::size_t labelled = 0;
  std::size_t most = column.size() / 2;
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (labels[row] < 0) continue;
    ++labelled;
    levels.insert(labels[row]);
    const auto [seen, is_new] = numbers.emplace(column[row], Seen{labels[row], 0});
    if (seen->second.label != labels[row] || numbers.size() > most) return false;
    ++seen->second.times;
  }
  const auto alone = static_cast<std::size_t>(std::count_if(
      numbers.begin(), numbers.end(), [](const auto& number) { return number.second.times == 1; }));
  return labelled >= kLeastRows && levels.size() > 1 && 10 * alone <= labelled;
}

}  // namespace crossfold
