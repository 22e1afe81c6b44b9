#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crossfold::gate {

/// A row of the table of modules in src/README.md.
struct Module {
  int level = 0;
  std::string name;
  std::set<std::string> may_include;  ///< other modules; {"all"}
  std::set<std::string> libraries;
};

enum class InPublicHeaders { no, json_headers, yes };

/// A row of the table of third-party libraries.
struct Library {
  std::string name;
  std::vector<std::string> prefixes;  ///< of its headers
  bool used_by_all = false;           ///< else by the modules that name it
  InPublicHeaders in_public = InPublicHeaders::no;
};

/// A row of the table of exceptions: this file may include this header.
struct Exception {
  std::string file;
  std::string header;
};

struct HouseRules {
  std::vector<Module> modules;
  std::vector<Library> libraries;
  std::vector<Exception> exceptions;
};

/// Reads the three tables out of src/README.md. Throws std::runtime_error when one is missing, a
/// row has another number of cells, a module may include one that is not below it, or a library or
/// module is named that has no row.
[[nodiscard]] HouseRules read_house_rules(std::string_view markdown);

struct SourceFile {
  std::string path;  ///< from the root of the tree, with '/'
  std::string text;
};

/// The C++ files under include/, src/ and tests/, by path.
[[nodiscard]] std::vector<SourceFile> read_sources(const std::filesystem::path& root);

/// Every place where the files break the rules, as "path:line: problem (why). what to do".
[[nodiscard]] std::vector<std::string> find_violations(const HouseRules& rules,
                                                       std::span<const SourceFile> files);

}  // namespace crossfold::gate
