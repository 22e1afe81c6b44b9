#include "published_report.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"

namespace crossfold::audit {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostReportBytes = std::uint64_t{1} << 30;

std::optional<double> finite_number(const json& object, const char* key) {
  const auto value = object.find(key);
  if (value == object.end() || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

void add_row(PublishedReport& report, const CandidateName& name) {
  report.rows.insert(name);
  report.mentioned.insert(name);
}

void take_sweep(const json& sweep, const std::string& experiment, PublishedReport& report) {
  const std::string embedding = sweep.value("embedding", "");
  for (const json& one : sweep.value("swept", json::array()))
    report.mentioned.insert({experiment, embedding, one.at("candidate").get<std::string>()});
  for (const json& one : sweep.value("selection", json::array()))
    if (one.at("rule").is_string() && one.at("candidate").is_string())
      report.choices.push_back(
          {{experiment, embedding, one.at("candidate").get<std::string>()}, one.at("rule")});
}

PublishedReport from_json(const json& document) {
  PublishedReport report;
  for (const json& table : document.at("tables")) {
    const std::string experiment = table.at("experiment");
    for (const json& row : table.at("rows"))
      add_row(report, {experiment, row.at("embedding"), row.at("candidate")});
    for (const json& sweep : table.value("sweeps", json::array()))
      take_sweep(sweep, experiment, report);
    for (const json& one : table.value("comparisons", json::array())) {
      const auto adjusted = finite_number(one, "p_holm");
      const auto p = adjusted ? adjusted : finite_number(one, "p");
      if (!p) continue;
      report.tests.push_back({.candidate = {experiment, one.at("embedding"), one.at("candidate")},
                              .reference = one.at("against"),
                              .score = one.at("score"),
                              .difference = finite_number(one, "difference"),
                              .p = *p});
    }
  }
  return report;
}

std::optional<double> number_in(const std::string& field) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

/// The fields of a CSV line by name; empty where there is no such column.
class NamedFields {
 public:
  NamedFields(const CsvTable& table, const std::vector<std::string>& row)
      : table_(table), row_(row) {}
  [[nodiscard]] std::string operator()(std::string_view name) const {
    const auto column = table_.find_column(name);
    return column ? row_[*column] : std::string();
  }

 private:
  const CsvTable& table_;
  const std::vector<std::string>& row_;
};

PublishedReport from_csv(const CsvTable& table, const std::string& file) {
  CF_VALIDATE(table.find_column("candidate"), ErrorCode::bad_input,
              "has no column 'candidate' (it is to be compared with the run by names). give a "
              "report as `crossfold report --format csv` or json writes it, or name the column so",
              file);
  const bool has_numbers =
      table.find_column("mean") || table.find_column("p") || table.find_column("p_holm");
  // A list of names alone is compared with the candidates that were tried.
  CF_VALIDATE(
      has_numbers || !table.find_column("score"), ErrorCode::bad_input,
      "has a column 'score' but none 'mean', 'p' or 'p_holm' (there is no number to compare "
      "with the run). give a report as `crossfold report --format csv` or json writes it",
      file);
  PublishedReport report;
  for (const std::vector<std::string>& row : table.rows) {
    const NamedFields field(table, row);
    const std::string experiment =
        table.find_column("experiment") ? field("experiment") : field("table");
    const CandidateName name{experiment, field("embedding"), field("candidate")};
    if (name.candidate.empty()) continue;
    add_row(report, name);
    const auto adjusted = number_in(field("p_holm"));
    const auto p = adjusted ? adjusted : number_in(field("p"));
    if (p && !field("against").empty())
      report.tests.push_back({.candidate = name,
                              .reference = field("against"),
                              .score = field("score"),
                              .difference = number_in(field("difference")),
                              .p = *p});
  }
  return report;
}

}  // namespace

PublishedReport read_published(const std::filesystem::path& file) {
  const std::string text = read_file(file, kMostReportBytes);
  PublishedReport report;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') {
    try {
      report = from_json(parse_json(text, file.string()));
    } catch (const json::exception& error) {
      throw Error(ErrorCode::bad_input,
                  "is no report of this program (a part is missing or of another kind). give the "
                  "JSON that `crossfold report --format json` writes",
                  file.string(), error.what());
    }
  } else {
    report = from_csv(parse_csv(text, file.string()), file.string());
  }
  report.file = file.filename().string();
  return report;
}

std::vector<PublishedReport> published_reports(const RunEvidence& evidence) {
  std::vector<PublishedReport> reports;
  for (const std::filesystem::path& file : evidence.subject().tables)
    reports.push_back(read_published(file));
  return reports;
}

}  // namespace crossfold::audit
