#include "gate/type_names_rule.h"

#include <map>
#include <regex>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace crossfold::gate {
namespace {

struct Definition {
  std::string name;  ///< with its namespaces
  std::size_t line = 0;
};

/// Those that other files see: not in a namespace without a name.
std::vector<Definition> definitions_in(const std::string& text) {
  static const std::regex opens("^(?:inline )?namespace (?:([A-Za-z0-9_:]+) )?\\{.*");
  static const std::regex defines(
      "^(?:struct|class|union|enum|enum class) (?:alignas\\([^)]*\\) )?([A-Za-z0-9_:]+)"
      "(?: final)?(?: :(?!:).*)?(?: \\{.*)?$");
  std::vector<Definition> definitions;
  std::vector<std::string> spaces;
  std::size_t unnamed = 0;
  std::istringstream lines(text);
  std::smatch match;
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.starts_with("}  // namespace")) {
      if (spaces.empty()) continue;
      unnamed -= spaces.back().empty() ? 1 : 0;
      spaces.pop_back();
    } else if (std::regex_match(line, match, opens)) {
      spaces.push_back(match[1]);
      unnamed += spaces.back().empty() ? 1 : 0;
    } else if (unnamed == 0 && std::regex_match(line, match, defines)) {
      definitions.push_back(
          {fmt::format("{}::{}", fmt::join(spaces, "::"), match[1].str()), number});
    }
  }
  return definitions;
}

}  // namespace

std::vector<std::string> find_types_defined_twice(std::span<const SourceFile> files) {
  struct Place {
    std::string path;
    std::size_t line = 0;
  };
  std::map<std::string, Place> first;
  std::vector<std::string> violations;
  for (const SourceFile& file : files) {
    if (file.path.starts_with("tests/")) continue;
    for (const Definition& found : definitions_in(file.text)) {
      const auto [known, added] = first.try_emplace(found.name, Place{file.path, found.line});
      if (added || known->second.path == file.path) continue;
      violations.push_back(
          fmt::format("{}:{}: defines {}, as {}:{} does (the linker takes the functions of one for "
                      "both). give one of them another name",
                      file.path, found.line, found.name, known->second.path, known->second.line));
    }
  }
  return violations;
}

}  // namespace crossfold::gate
