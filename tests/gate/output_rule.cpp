#include "gate/output_rule.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace crossfold::gate {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The end of the text or comment that begins at `at`; `at` itself where none does.
std::size_t end_of_quiet(std::string_view text, std::size_t at) {
  const auto after = [&](std::string_view mark, std::size_t from) {
    const std::size_t found = text.find(mark, from);
    return found == std::string_view::npos ? text.size() : found + mark.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return after("*/", at + 2);
  if (rest.starts_with("R\"")) {
    const std::size_t open = text.find('(', at);
    if (open == std::string_view::npos) return text.size();
    return after(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  const bool is_digit_separator = rest.front() == '\'' && at > 0 && is_word(text[at - 1]);
  if ((rest.front() != '"' && rest.front() != '\'') || is_digit_separator) return at;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == rest.front())
      return i + 1;
  }
  return text.size();
}

/// The same text with blanks in place of comments, strings and characters.
std::string code_of(std::string_view text) {
  std::string code(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_quiet(text, at);
    for (std::size_t i = at; i < end; ++i)
      if (code[i] != '\n') code[i] = ' ';
    at = std::max(end, at + 1);
  }
  return code;
}

/// Whether the word of a call writes to standard output: `print(` does, `print(stderr` does not.
bool writes_by_call(std::string_view word, std::string_view after) {
  static const std::set<std::string_view> always{"printf", "vprintf",  "puts",   "putchar",
                                                 "putc",   "putwchar", "wprintf"};
  after.remove_prefix(std::min(after.find_first_not_of(" \n"), after.size()));
  if (!after.starts_with('(')) return false;
  after.remove_prefix(1);
  after.remove_prefix(std::min(after.find_first_not_of(" \n"), after.size()));
  if (word == "print" || word == "println") return !after.starts_with("stderr");
  return always.contains(word);
}

bool names_output(std::string_view word) {
  static const std::set<std::string_view> names{"stdout", "cout", "wcout", "STDOUT_FILENO"};
  return names.contains(word);
}

}  // namespace

std::vector<std::string> find_other_output(std::span<const SourceFile> files) {
  // The writer itself, and what leads a child's output into a pipe.
  static const std::set<std::string_view> allowed{"src/core/files/standard_output.cpp",
                                                  "src/site/tool.cpp"};
  std::vector<std::string> violations;
  for (const SourceFile& file : files) {
    if (file.path.starts_with("tests/") || allowed.contains(file.path)) continue;
    const std::string code = code_of(file.text);
    for (std::size_t at = 0; at < code.size();) {
      const auto begin =
          std::find_if(code.begin() + static_cast<std::ptrdiff_t>(at), code.end(), is_word);
      const auto end = std::find_if_not(begin, code.end(), is_word);
      at = static_cast<std::size_t>(end - code.begin());
      const std::string_view word(&*begin, static_cast<std::size_t>(end - begin));
      if (!names_output(word) && !writes_by_call(word, std::string_view(code).substr(at))) continue;
      violations.push_back(fmt::format(
          "{}:{}: uses {} (what goes wrong there is not heard of). use core/standard_output.h",
          file.path, 1 + std::count(code.begin(), begin, '\n'), word));
    }
  }
  return violations;
}

}  // namespace crossfold::gate
