#include "table_differences.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/report/render.h"

namespace crossfold::audit {
namespace {

using nlohmann::json;

/// What names an element of a list, as far as it has it.
constexpr std::array kNames{"experiment", "embedding", "candidate", "role",     "class",
                            "domain",     "name",      "rule",      "score",    "against",
                            "seed",       "fold",      "key",       "parameter"};

std::string name_of(const json& element) {
  std::string name;
  if (!element.is_object()) return name;
  for (const char* key : kNames)
    if (const auto found = element.find(key); found != element.end() && found->is_primitive())
      name += fmt::format("{}{}={}", name.empty() ? "" : ",", key,
                          found->is_string() ? found->get<std::string>() : found->dump());
  return name;
}

/// Digits behind the point of a number as it is written; none where it has an exponent.
std::optional<int> decimals_of(std::string_view text) {
  if (text.find_first_of("eE") != std::string_view::npos) return std::nullopt;
  const std::size_t point = text.find('.');
  return point == std::string_view::npos ? 0 : static_cast<int>(text.size() - point - 1);
}

/// Whether `published`, written as `text`, is what `computed` becomes when it is rounded so.
bool is_rounded(std::string_view text, double published, double computed) {
  if (published == computed) return true;
  const std::optional<int> decimals = decimals_of(text);
  constexpr double kHalfAndError = 0.5 + 1e-6;
  return decimals && *decimals > 0 &&
         std::abs(published - computed) <= kHalfAndError * std::pow(10.0, -*decimals);
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Goes through what was published; everything in it must be found in what is computed.
class Comparer {
 public:
  void compare(const json& published, const json& computed, const std::string& place) {
    if (published.is_object() && computed.is_object()) {
      for (const auto& [key, value] : published.items())
        if (const auto found = computed.find(key); found == computed.end())
          add(place, fmt::format("has '{}', which the run does not give", key));
        else
          compare(value, *found, fmt::format("{}/{}", place, key));
    } else if (published.is_array() && computed.is_array()) {
      compare_lists(published, computed, place);
    } else if (published.is_number() && computed.is_number()) {
      if (!is_rounded(published.dump(), published.get<double>(), computed.get<double>()))
        add(place, fmt::format("is {} and should be {}", published.dump(), computed.dump()));
    } else if (published != computed) {
      add(place,
          fmt::format("is {} and should be {}", short_json(published), short_json(computed)));
    }
  }

  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  void compare_lists(const json& published, const json& computed, const std::string& place) {
    std::map<std::string, std::vector<const json*>> by_name;
    for (const json& element : computed) by_name[name_of(element)].push_back(&element);
    for (std::size_t i = 0; i < published.size(); ++i) {
      const std::string name = name_of(published[i]);
      const auto found = by_name.find(name);
      // Elements without a name are known by their place.
      const bool by_place = name.empty() || (found != by_name.end() && found->second.size() > 1);
      const json* other = nullptr;
      if (by_place)
        other = i < computed.size() ? &computed[i] : nullptr;
      else if (found != by_name.end())
        other = found->second.front();
      const std::string here =
          by_place ? fmt::format("{}/{}", place, i) : fmt::format("{}[{}]", place, name);
      if (other == nullptr)
        add(here, "is nothing that the run gives");
      else
        compare(published[i], *other, here);
    }
  }

  void add(const std::string& place, const std::string& what) {
    lines_.push_back(fmt::format("{} {}", place, what));
  }

  std::vector<std::string> lines_;
};

/// The columns of a report by which its lines are known, as far as `table` has them.
std::vector<std::string> naming_columns(const CsvTable& table) {
  std::vector<std::string> columns;
  for (const char* column : {"table", "embedding", "candidate", "role", "class", "domain", "score"})
    if (table.find_column(column)) columns.emplace_back(column);
  return columns;
}

using Row = std::vector<std::string>;

std::string name_of(const CsvTable& table, const Row& row,
                    const std::vector<std::string>& columns) {
  std::string name;
  for (const std::string& column : columns)
    if (const std::string& part = row[table.find_column(column).value()]; !part.empty())
      name += (name.empty() ? "" : ", ") + part;
  return name;
}

/// Where a published line differs from one that the run gives.
std::vector<std::string> row_differences(const CsvTable& published, const Row& row,
                                         const CsvTable& computed, const Row& other,
                                         const std::string& name) {
  std::vector<std::string> differences;
  for (std::size_t c = 0; c < published.columns.size(); ++c) {
    if (row[c].empty()) continue;  // left out, as tests are without --corrected
    const auto at = computed.find_column(published.columns[c]);
    const std::string should = at ? other[*at] : std::string();
    const std::optional<double> is_number = number_in(row[c]), should_be = number_in(should);
    const bool equal =
        row[c] == should || (is_number && should_be && is_rounded(row[c], *is_number, *should_be));
    if (!equal)
      differences.push_back(fmt::format("{}: {} is '{}' and should be '{}'", name,
                                        published.columns[c], row[c], should));
  }
  return differences;
}

std::vector<std::string> csv_differences(const CsvTable& published, const CsvTable& computed) {
  const std::vector<std::string> columns = naming_columns(published);
  std::map<std::string, std::vector<const Row*>> known;  // several where a column was left out
  for (const Row& row : computed.rows) known[name_of(computed, row, columns)].push_back(&row);
  std::vector<std::string> differences;
  for (const Row& row : published.rows) {
    const std::string name = name_of(published, row, columns);
    const auto lines = known.find(name);
    if (lines == known.end()) {
      differences.push_back(name + " is nothing that the run gives");
      continue;
    }
    std::optional<std::vector<std::string>> fewest;
    for (const Row* other : lines->second) {
      auto of_line = row_differences(published, row, computed, *other, name);
      if (!fewest || of_line.size() < fewest->size()) fewest = std::move(of_line);
    }
    std::move(fewest->begin(), fewest->end(), std::back_inserter(differences));
  }
  return differences;
}

}  // namespace

std::vector<std::string> differences_of_table(std::string_view text, const std::string& name,
                                              const Report& report) {
  if (text.find_first_not_of(" \t\r\n") != std::string_view::npos &&
      text[text.find_first_not_of(" \t\r\n")] == '{') {
    const json published = parse_json(text, name);
    CF_VALIDATE(published.value("format", json()) == "crossfold-report", ErrorCode::bad_input,
                "is no report of crossfold (its format is another). give what `crossfold report "
                "--format json` or csv wrote",
                name);
    Comparer comparer;
    comparer.compare(published, json::parse(render_report(report, ReportFormat::json)), "");
    return comparer.take();
  }
  const CsvTable published = parse_csv(text, name);
  const CsvTable computed = parse_csv(render_report(report, ReportFormat::csv), name);
  CF_VALIDATE(published.find_column("score") && published.find_column("table"),
              ErrorCode::bad_input,
              "is no report of crossfold (it has no columns 'table' and 'score'). give what "
              "`crossfold report --format csv` or json wrote",
              name);
  return csv_differences(published, computed);
}

}  // namespace crossfold::audit
