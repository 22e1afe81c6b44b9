#include "gate/house_rules.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace crossfold::gate {
namespace {

struct Include {
  std::size_t line = 0;
  std::string header;
  bool quoted = false;
};

std::vector<Include> includes_of(const std::string& text) {
  std::vector<Include> includes;
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::string_view rest = line;
    const auto skip = [&rest](std::string_view word) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
      const bool found = rest.starts_with(word);
      if (found) rest.remove_prefix(word.size());
      return found;
    };
    if (!skip("#") || !skip("include")) continue;
    const bool quoted = skip("\"");
    if (!quoted && !skip("<")) continue;
    includes.push_back({.line = number,
                        .header = std::string(rest.substr(0, rest.find(quoted ? '"' : '>'))),
                        .quoted = quoted});
  }
  return includes;
}

std::vector<std::string> path_parts(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream stream(path);
  for (std::string part; std::getline(stream, part, '/');) parts.push_back(part);
  return parts;
}

bool is_public_header(const std::string& path) { return path.starts_with("include/"); }

/// The module a file belongs to: include/crossfold/<module>/..., src/<module>/...
std::optional<std::string> module_of_file(const std::string& path) {
  const std::vector<std::string> parts = path_parts(path);
  if (is_public_header(path) && parts.size() > 3) return parts[2];
  if (path.starts_with("src/") && parts.size() > 2) return parts[1];
  return std::nullopt;
}

/// The module of "crossfold/<module>/file.h".
std::optional<std::string> module_of_header(const std::string& header) {
  const std::vector<std::string> parts = path_parts(header);
  if (parts.size() < 3 || parts[0] != "crossfold") return std::nullopt;
  return parts[1];
}

std::string join(const std::set<std::string>& names) {
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

class Inspection {
 public:
  Inspection(const HouseRules& rules, std::span<const SourceFile> files)
      : rules_(rules), files_(files), exception_used_(rules.exceptions.size(), false) {
    for (const SourceFile& file : files) paths_.insert(file.path);
  }

  std::vector<std::string> run() {
    for (const SourceFile& file : files_) {
      const bool test = file.path.starts_with("tests/");
      for (const Include& include : includes_of(file.text)) {
        note_reader(file.path, include.header);
        if (!test) check(file.path, include);
      }
    }
    check_public_headers();
    check_exceptions();
    return std::move(violations_);
  }

 private:
  /// Remembers public headers that somebody outside of their module, or another public one, reads.
  void note_reader(const std::string& path, const std::string& header) {
    if (module_of_header(header) != module_of_file(path) || is_public_header(path)) {
      read_outside_.insert(header);
    }
  }

  void check(const std::string& path, const Include& include) {
    const std::optional<std::string> name = module_of_file(path);
    const auto module = std::ranges::find(rules_.modules, name, &Module::name);
    if (module == rules_.modules.end()) {
      report(path, include, "this file belongs to no module of the table in src/README.md",
             "move it");
      return;
    }
    if (const auto target = module_of_header(include.header)) {
      check_layer(path, include, *module, *target);
    } else if (!is_own_header(path, include) && !is_standard(include) &&
               !is_exception(path, include)) {
      check_library(path, include, *module);
    }
  }

  void check_layer(const std::string& path, const Include& include, const Module& module,
                   const std::string& target) {
    if (target == module.name || module.may_include.contains(target) ||
        module.may_include.contains("all")) {
      return;
    }
    report(path, include, fmt::format("{} may include {}", module.name, join(module.may_include)),
           "move what is needed down, or pass it in");
  }

  void check_library(const std::string& path, const Include& include, const Module& module) {
    const auto library = std::ranges::find_if(rules_.libraries, [&](const Library& candidate) {
      return std::ranges::any_of(candidate.prefixes, [&](const std::string& prefix) {
        return include.header.starts_with(prefix);
      });
    });
    if (library == rules_.libraries.end()) {
      report(path, include,
             "this header is neither of this module nor of a library in src/README.md",
             "add the library to the table, with the modules that may use it");
    } else if (!library->used_by_all && !module.libraries.contains(library->name)) {
      report(path, include,
             fmt::format("{} may use {} besides what all may", module.name, join(module.libraries)),
             fmt::format("reach {} through the module that owns it", library->name));
    } else if (is_public_header(path) && !allowed_in_public(*library, path)) {
      report(
          path, include,
          fmt::format("{} stays out of public headers{}", library->name,
                      library->in_public == InPublicHeaders::json_headers ? " but *_json.h" : ""),
          "include it in the source file");
    }
  }

  static bool allowed_in_public(const Library& library, const std::string& path) {
    return library.in_public == InPublicHeaders::yes ||
           (library.in_public == InPublicHeaders::json_headers && path.ends_with("_json.h"));
  }

  /// A private header: beside the file that includes it, or elsewhere in its module's sources.
  [[nodiscard]] bool is_own_header(const std::string& path, const Include& include) const {
    if (!include.quoted) return false;
    if (paths_.contains(path.substr(0, path.rfind('/') + 1) + include.header)) return true;
    if (!path.starts_with("src/")) return false;
    const std::string module = path.substr(0, path.find('/', 4) + 1);
    return std::ranges::any_of(paths_, [&](const std::string& other) {
      return other.starts_with(module) && other.ends_with("/" + include.header);
    });
  }

  static bool is_standard(const Include& include) {
    return !include.quoted && include.header.find_first_of("./") == std::string::npos;
  }

  bool is_exception(const std::string& path, const Include& include) {
    for (std::size_t i = 0; i < rules_.exceptions.size(); ++i) {
      const Exception& exception = rules_.exceptions[i];
      if (exception.file == path && exception.header == include.header) {
        exception_used_[i] = true;
        return true;
      }
    }
    return false;
  }

  void check_public_headers() {
    for (const std::string& path : paths_) {
      if (!is_public_header(path)) continue;
      if (read_outside_.contains(path.substr(std::string_view("include/").size()))) continue;
      violations_.push_back(fmt::format(
          "{}: no other module, public header or test includes this header (public headers are for "
          "others). move it to src/{}",
          path, module_of_file(path).value_or("<module>")));
    }
  }

  void check_exceptions() {
    for (std::size_t i = 0; i < rules_.exceptions.size(); ++i) {
      if (exception_used_[i]) continue;
      violations_.push_back(fmt::format(
          "src/README.md: the exception of {} for {} is not used (it would hide an error made "
          "later). take it out",
          rules_.exceptions[i].file, rules_.exceptions[i].header));
    }
  }

  void report(const std::string& path, const Include& include, const std::string& why,
              const std::string& advice) {
    violations_.push_back(fmt::format("{}:{}: includes {} ({}). {}", path, include.line,
                                      include.header, why, advice));
  }

  const HouseRules& rules_;
  std::span<const SourceFile> files_;
  std::set<std::string> paths_;
  std::set<std::string> read_outside_;
  std::vector<bool> exception_used_;
  std::vector<std::string> violations_;
};

}  // namespace

std::vector<SourceFile> read_sources(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (const char* folder : {"include", "src", "tests"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp" && extension != ".cu") continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      files.push_back({entry.path().lexically_relative(root).generic_string(), text.str()});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::vector<std::string> find_violations(const HouseRules& rules,
                                         std::span<const SourceFile> files) {
  return Inspection(rules, files).run();
}

}  // namespace crossfold::gate
