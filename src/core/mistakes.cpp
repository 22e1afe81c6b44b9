#include "crossfold/core/mistakes.h"

#include <algorithm>

#include <fmt/format.h>

namespace crossfold {

void Mistakes::add(const std::string& where, const std::string& message) {
  std::string line = where.empty() ? message : fmt::format("{}: {}", where, message);
  if (std::find(lines_.begin(), lines_.end(), line) == lines_.end())
    lines_.push_back(std::move(line));
}

void Mistakes::add(const Mistakes& others) {
  for (const std::string& line : others.lines()) add("", line);
}

void Mistakes::throw_if_any(ErrorCode code, const std::string& subject) const {
  if (lines_.empty()) return;
  if (lines_.size() == 1) throw Error(code, lines_.front(), subject);
  std::string text = fmt::format("{} mistakes", lines_.size());
  for (const std::string& line : lines_) text += "\n  " + line;
  throw Error(code, text, subject);
}

}  // namespace crossfold
