#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual.h"

namespace crossfold::cli {
namespace {

/// As man(7) wants it: backslashes and hyphens named, no line that begins as a request does.
std::string troff(std::string_view text) {
  std::string escaped;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
    line_begins = c == '\n';
  }
  return escaped;
}

/// Line breaks kept: examples stand in it.
std::string as_written(const std::string& text) {
  return text.empty() ? "" : ".PP\n.nf\n" + troff(text) + "\n.fi\n";
}

std::string option_lines(const ManualOption& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += (names.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", troff(name));
  if (option.kind == ManualOption::Kind::option && !option.value.empty())
    names += fmt::format(" \\fI{}\\fR", troff(option.value));
  return fmt::format(".TP\n{}\n{}\n", names, troff(option.description));
}

std::string synopsis_of(const ManualCommand& command) {
  std::string line = "\\fBcrossfold";
  if (!command.path.empty()) line += " " + troff(command.path);
  line += "\\fR";
  if (!command.commands.empty()) return line + " \\fICOMMAND\\fR ...";
  line += " [\\fIOPTION\\fR ...]";
  for (const ManualOption& option : command.options)
    if (option.kind == ManualOption::Kind::positional)
      line += fmt::format(" \\fI{}\\fR", troff(option.names.front()));
  return line;
}

std::string command_lines(const ManualCommand& command) {
  std::string text = fmt::format(".SS crossfold {}\n{}\n.PP\n{}\n", troff(command.path),
                                 troff(command.description) + ".", synopsis_of(command));
  for (const ManualOption& option : command.options)
    if (option.names.front() != "-h") text += option_lines(option);
  text += as_written(command.footer);
  for (const ManualCommand& inner : command.commands) text += command_lines(inner);
  return text;
}

}  // namespace

std::string man_page(const ManualCommand& program, const std::string& version) {
  const std::string what = program.description.substr(program.description.find(": ") + 2);
  std::string text = fmt::format(
      ".TH CROSSFOLD 1 \"\" \"crossfold {}\" \"User Commands\"\n.SH NAME\ncrossfold \\- {}\n"
      ".SH SYNOPSIS\n{}\n.SH OPTIONS\n",
      troff(version), troff(what), synopsis_of(program));
  for (const ManualOption& option : program.options) text += option_lines(option);
  text += ".SH COMMANDS\n";
  for (const ManualCommand& command : program.commands) text += command_lines(command);
  return text + ".SH EXIT STATUS\n" + as_written(program.footer);
}

}  // namespace crossfold::cli
