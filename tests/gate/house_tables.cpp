#include <algorithm>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gate/house_rules.h"

namespace crossfold::gate {
namespace {

using Cells = std::vector<std::string>;

std::string trimmed(std::string_view text, std::string_view unwanted = " \t\r") {
  const auto first = text.find_first_not_of(unwanted);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(unwanted) - first + 1));
}

Cells split(std::string_view text, char separator) {
  Cells parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(trimmed(part));
  return parts;
}

/// "a, b" as {a, b}; "-" as {}.
Cells list_of(const std::string& cell) { return cell == "-" ? Cells{} : split(cell, ','); }

std::set<std::string> set_of(const std::string& cell) {
  const Cells names = list_of(cell);
  return {names.begin(), names.end()};
}

/// The rows below the table's head, which is the line of these column names.
std::vector<Cells> read_table(std::string_view markdown, const Cells& columns) {
  const std::string head = fmt::format("| {} |", fmt::join(columns, " | "));
  std::vector<Cells> rows;
  bool inside = false;
  std::istringstream lines{std::string(markdown)};
  for (std::string line; std::getline(lines, line);) {
    if (line == head) {
      inside = true;
      std::getline(lines, line);  // the rule below the head
      continue;
    }
    if (!inside) continue;
    if (!line.starts_with('|')) break;
    rows.push_back(split(trimmed(line, "|"), '|'));
    if (rows.back().size() != columns.size()) {
      throw std::runtime_error(fmt::format("a row has {} cells instead of {}: {}",
                                           rows.back().size(), columns.size(), line));
    }
  }
  if (rows.empty()) throw std::runtime_error(fmt::format("no rows under the head: {}", head));
  return rows;
}

/// "`a/`, `b.h`" as {a/, b.h}.
std::vector<std::string> read_prefixes(const std::string& cell) {
  std::vector<std::string> prefixes = list_of(cell);
  for (std::string& prefix : prefixes) prefix = trimmed(prefix, "`");
  return prefixes;
}

InPublicHeaders read_public(const std::string& cell) {
  if (cell == "no") return InPublicHeaders::no;
  if (cell == "yes") return InPublicHeaders::yes;
  if (cell == "in `*_json.h`") return InPublicHeaders::json_headers;
  throw std::runtime_error(
      fmt::format("in public headers: '{}' is none of no, yes, in `*_json.h`", cell));
}

void check_rows(const HouseRules& rules) {
  for (const Module& module : rules.modules) {
    for (const std::string& name : module.may_include) {
      if (name == "all") continue;
      const auto row = std::ranges::find(rules.modules, name, &Module::name);
      if (row == rules.modules.end()) {
        throw std::runtime_error(
            fmt::format("{} may include '{}', which has no row", module.name, name));
      }
      if (row->level >= module.level) {
        throw std::runtime_error(
            fmt::format("{} (level {}) may include {} (level {}), not below it", module.name,
                        module.level, name, row->level));
      }
    }
    for (const std::string& name : module.libraries) {
      if (std::ranges::find(rules.libraries, name, &Library::name) == rules.libraries.end()) {
        throw std::runtime_error(
            fmt::format("{} uses the library '{}', which has no row", module.name, name));
      }
    }
  }
}

}  // namespace

HouseRules read_house_rules(std::string_view markdown) {
  HouseRules rules;
  for (const Cells& row :
       read_table(markdown, {"level", "module", "owns", "may include", "third party"})) {
    rules.modules.push_back({.level = std::stoi(row[0]),
                             .name = row[1],
                             .may_include = set_of(row[3]),
                             .libraries = set_of(row[4])});
  }
  for (const Cells& row :
       read_table(markdown, {"library", "headers", "used by", "in public headers"})) {
    rules.libraries.push_back({.name = row[0],
                               .prefixes = read_prefixes(row[1]),
                               .used_by_all = row[2] == "all",
                               .in_public = read_public(row[3])});
  }
  for (const Cells& row : read_table(markdown, {"file", "header", "reason"})) {
    rules.exceptions.push_back({.file = row[0], .header = row[1]});
  }
  check_rows(rules);
  return rules;
}

}  // namespace crossfold::gate
