#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual.h"

namespace crossfold::cli {
namespace {

/// Of the version (CMakeLists.txt), and raised with it: builds of one source make one man page.
constexpr const char* kDate = "2026-11-29";

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

/// A sentence as source lines of at most 80 bytes, which man fills again.
std::string filled(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string lines;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = troff(text.substr(at, end - at));
    at = end + 1;
    if (word.empty()) continue;
    if (used > 0) lines += used + 1 + word.size() > kLongest ? '\n' : ' ';
    used = lines.empty() || lines.back() == '\n' ? word.size() : used + 1 + word.size();
    lines += word;
  }
  return lines;
}

/// What stands below a command's help: sentences, a paragraph for each line that does not go on
/// with one, and lines that begin with a space, which are kept as they are.
std::string paragraphs(const std::string& text) {
  std::string out;
  bool keeps = false;
  bool goes_on = false;  // the line before ended within a sentence
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    const bool is_kept = line.starts_with(' ');
    if (keeps && !is_kept) out += ".fi\n";
    if (!keeps && is_kept) out += ".nf\n";
    keeps = is_kept;
    if (is_kept)
      out += troff(line) + "\n";
    else if (!line.empty())
      out += (goes_on ? "" : ".PP\n") + filled(line) + "\n";
    goes_on = !is_kept && !line.empty() && !line.ends_with('.');
  }
  return keeps ? out + ".fi\n" : out;
}

std::string option_lines(const ManualOption& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += (names.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", troff(name));
  if (option.kind == ManualOption::Kind::option && !option.value.empty())
    names += fmt::format(" \\fI{}\\fR", troff(option.value));
  return fmt::format(".TP\n{}\n{}\n", names, filled(option.description));
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
                                 filled(command.description + "."), synopsis_of(command));
  for (const ManualOption& option : command.options)
    if (option.names.front() != "-h") text += option_lines(option);
  text += paragraphs(command.footer);
  for (const ManualCommand& inner : command.commands) text += command_lines(inner);
  return text;
}

}  // namespace

std::string man_page(const ManualCommand& program, const std::string& version) {
  const std::string what = program.description.substr(program.description.find(": ") + 2);
  std::string text = fmt::format(
      ".TH CROSSFOLD 1 \"{}\" \"crossfold {}\" \"User Commands\"\n.SH NAME\ncrossfold \\- {}\n"
      ".SH SYNOPSIS\n{}\n.SH OPTIONS\n",
      kDate, troff(version), troff(what), synopsis_of(program));
  for (const ManualOption& option : program.options) text += option_lines(option);
  text += ".SH COMMANDS\n";
  for (const ManualCommand& command : program.commands) text += command_lines(command);
  const std::string footer = paragraphs(program.footer);
  // A section begins a paragraph by itself.
  return text + ".SH EXIT STATUS\n" + footer.substr(footer.starts_with(".PP\n") ? 4 : 0);
}

}  // namespace crossfold::cli
