#include "manual.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace crossfold::cli {
namespace {

/// "a|b|c" taken apart; empty where it is no list of words.
std::vector<std::string> choices_in(const std::string& value) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : value + "|") {
    if (c == '|') {
      if (word.empty()) return {};
      words.push_back(std::exchange(word, {}));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
      word += c;
    } else {
      return {};
    }
  }
  return words.size() > 1 ? words : std::vector<std::string>{};
}

/// "N:INT in [1 - 4096]" is of interest to the program only.
std::string value_name(const std::string& type) { return type.substr(0, type.find(':')); }

ManualOption::Files files_of(const std::string& value) {
  static const std::set<std::string> kDirectories{"DIR", "DIR.crate", "FOLDER", "RUN"};
  static const std::set<std::string> kFiles{"CSV", "JOB", "STORE", "STORE|RUN", "MANIFEST", "PATH"};
  if (kDirectories.contains(value)) return ManualOption::Files::directories;
  return kFiles.contains(value) || value.find("FILE") != std::string::npos
             ? ManualOption::Files::any
             : ManualOption::Files::none;
}

ManualOption option_of(const CLI::Option& option) {
  ManualOption of;
  of.description = option.get_description();
  const std::string type = option.get_type_size() == 0 ? "" : option.get_type_name();
  of.choices = choices_in(type);
  of.value = value_name(type);
  of.files = files_of(of.value);
  if (!option.get_default_str().empty())
    of.description += " (default: " + option.get_default_str() + ")";
  if (option.get_positional()) {
    of.kind = ManualOption::Kind::positional;
    of.names = {of.value.empty() ? option.get_name() : of.value};
    return of;
  }
  for (const std::string& name : option.get_snames()) of.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) of.names.push_back("--" + name);
  return of;
}

ManualCommand command_of(const CLI::App& app, const std::string& path) {
  ManualCommand of{
      .path = path,
      .description = app.get_description(),
      // Inherited: a command's own is another.
      .footer = app.get_parent() != nullptr && app.get_footer() == app.get_parent()->get_footer()
                    ? ""
                    : app.get_footer(),
      .options = {},
      .commands = {}};
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty()) of.options.push_back(option_of(*option));
  std::stable_sort(of.options.begin(), of.options.end(), [](const auto& a, const auto& b) {
    return a.kind == ManualOption::Kind::positional && b.kind != ManualOption::Kind::positional;
  });
  for (const CLI::App* command : app.get_subcommands({}))
    if (!command->get_group().empty())
      of.commands.push_back(command_of(
          *command, path.empty() ? command->get_name() : path + " " + command->get_name()));
  return of;
}

}  // namespace

ManualCommand manual_of(const CLI::App& program) { return command_of(program, ""); }

}  // namespace crossfold::cli
