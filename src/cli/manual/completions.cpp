#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"

#include "manual.h"

namespace crossfold::cli {
namespace {

using Files = ManualOption::Files;

/// In single quotes for every shell: a description holds apostrophes.
std::string single_quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  }
  return result + "'";
}

/// "store_import": a name of a function in a shell.
std::string function_name(const std::string& path) {
  std::string name;
  for (const char c : path) name += c == ' ' || c == '-' ? '_' : c;
  return name;
}

void each_command(const ManualCommand& command, const auto& visit) {
  visit(command);
  for (const ManualCommand& inner : command.commands) each_command(inner, visit);
}

/// The last word of its path.
std::string name_of(const ManualCommand& command) {
  return command.path.substr(command.path.rfind(' ') + 1);
}

/// What may stand at this place of the command line: commands, or options.
std::string words_of(const ManualCommand& command) {
  std::vector<std::string> words;
  for (const ManualCommand& inner : command.commands) words.push_back(name_of(inner));
  for (const ManualOption& option : command.options)
    if (option.kind == ManualOption::Kind::option)
      words.insert(words.end(), option.names.begin(), option.names.end());
  return fmt::format("{}", fmt::join(words, " "));
}

/// A case for each option with words or names of files to choose from.
std::string bash_values(const ManualCommand& command) {
  std::string cases;
  for (const ManualOption& option : command.options) {
    if (option.kind != ManualOption::Kind::option || option.value.empty()) continue;
    std::string reply = "return";  // any text
    if (!option.choices.empty())
      reply = fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\")); return",
                          fmt::join(option.choices, " "));
    else if (option.files != Files::none)
      reply = fmt::format("compopt -o filenames; COMPREPLY=($(compgen {} -- \"$word\")); return",
                          option.files == Files::directories ? "-d" : "-f");
    cases += fmt::format("        {}) {} ;;\n", fmt::join(option.names, "|"), reply);
  }
  return cases.empty() ? "" : "      case \"$before\" in\n" + cases + "      esac\n";
}

std::string bash_script(const ManualCommand& program) {
  std::string script =
      "# Completions of crossfold for bash.\n"
      "_crossfold() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  local path='' words='' i\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case \"$path/${COMP_WORDS[i]}\" in\n";
  each_command(program, [&](const ManualCommand& command) {
    for (const ManualCommand& inner : command.commands)
      script += fmt::format("      {}/{}) path={} ;;\n", function_name(command.path),
                            name_of(inner), function_name(inner.path));
  });
  script += "    esac\n  done\n  case \"$path\" in\n";
  each_command(program, [&](const ManualCommand& command) {
    script += fmt::format("    {})\n{}      words='{}' ;;\n",
                          command.path.empty() ? "''" : function_name(command.path),
                          bash_values(command), words_of(command));
  });
  return script +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  if [[ -n $path && $word != -* && ${#COMPREPLY[@]} -eq 0 ]]; then\n"
         "    compopt -o filenames\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _crossfold crossfold\n";
}

/// "[text]" in a specification of zsh's _arguments.
std::string zsh_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string zsh_value(const ManualOption& option) {
  if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
  switch (option.files) {
    case Files::any:
      return "_files";
    case Files::directories:
      return "_files -/";
    case Files::none:
      break;
  }
  return " ";
}

std::string zsh_arguments(const ManualCommand& command) {
  std::string text;
  for (const ManualOption& option : command.options) {
    if (option.kind == ManualOption::Kind::positional) {
      text += " \\\n    " + single_quoted(fmt::format("*:{}:{}", zsh_text(option.names.front()),
                                                      zsh_value(option)));
      continue;
    }
    const std::string value =
        option.value.empty() ? ""
                             : fmt::format(":{}:{}", zsh_text(option.value), zsh_value(option));
    for (const std::string& name : option.names)
      text += " \\\n    " +
              single_quoted(fmt::format("{}[{}]{}", name, zsh_text(option.description), value));
  }
  return text;
}

std::string zsh_function(const ManualCommand& command) {
  const std::string name =
      "_crossfold" + (command.path.empty() ? "" : "_" + function_name(command.path));
  std::string text = fmt::format("{}() {{\n", name);
  if (command.commands.empty())
    return text + fmt::format("  _arguments -s{}\n}}\n", zsh_arguments(command));
  text += fmt::format(
      "  local line state\n  _arguments -C{} '1: :->command' '*::argument:->rest'\n"
      "  case $state in\n    command)\n      local -a commands=(",
      zsh_arguments(command));
  for (const ManualCommand& inner : command.commands)
    text += "\n        " + single_quoted(name_of(inner) + ":" + inner.description);
  text += ")\n      _describe command commands ;;\n    rest)\n      case $line[1] in\n";
  for (const ManualCommand& inner : command.commands)
    text +=
        fmt::format("        {}) _crossfold_{} ;;\n", name_of(inner), function_name(inner.path));
  return text + "      esac ;;\n  esac\n}\n";
}

std::string zsh_script(const ManualCommand& program) {
  std::string script = "#compdef crossfold\n# Completions of crossfold for zsh.\n";
  each_command(program, [&](const ManualCommand& command) { script += zsh_function(command); });
  return script +
         "if [ \"$funcstack[1]\" = _crossfold ]; then _crossfold; else compdef _crossfold "
         "crossfold; fi\n";
}

/// In which place of the command line something is offered.
std::string fish_condition(const ManualCommand& command) {
  std::string condition;
  if (command.path.empty()) return "__fish_use_subcommand";
  std::string word;
  for (const char c : command.path + " ") {
    if (c != ' ') {
      word += c;
      continue;
    }
    condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    word.clear();
  }
  return condition;
}

std::string fish_option(const ManualOption& option, const std::string& condition) {
  std::string line = fmt::format("complete -c crossfold -n {}", single_quoted(condition));
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.value.empty()) line += " -r";
  if (!option.choices.empty())
    line += " -f -a " + single_quoted(fmt::format("{}", fmt::join(option.choices, " ")));
  else if (option.files == Files::any)
    line += " -F";
  else if (option.files == Files::directories)
    line += " -f -a '(__fish_complete_directories)'";
  return line + " -d " + single_quoted(option.description) + "\n";
}

std::string fish_script(const ManualCommand& program) {
  std::string script = "# Completions of crossfold for fish.\n";
  each_command(program, [&](const ManualCommand& command) {
    const std::string condition = fish_condition(command);
    for (const ManualCommand& inner : command.commands)
      script +=
          fmt::format("complete -c crossfold -f -n {} -a {} -d {}\n", single_quoted(condition),
                      name_of(inner), single_quoted(inner.description));
    for (const ManualOption& option : command.options)
      if (option.kind == ManualOption::Kind::option) script += fish_option(option, condition);
  });
  return script;
}

}  // namespace

std::string completions(const ManualCommand& program, Shell shell) {
  switch (shell) {
    case Shell::bash:
      return bash_script(program);
    case Shell::zsh:
      return zsh_script(program);
    case Shell::fish:
      return fish_script(program);
  }
  throw_contract_error("a known shell", __FILE__, __LINE__);
}

}  // namespace crossfold::cli
