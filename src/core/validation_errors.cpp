#include "crossfold/core/validation_errors.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace crossfold {

void ValidationErrors::add(const std::string& where, const std::string& message) {
  std::string line = where.empty() ? message : fmt::format("{}: {}", where, message);
  if (known_.insert(line).second) lines_.push_back(std::move(line));
}

void ValidationErrors::add(const ValidationErrors& others) {
  for (const std::string& line : others.lines()) add("", line);
}

void ValidationErrors::throw_if_any(ErrorCode code, const std::string& subject) const {
  if (lines_.empty()) return;
  if (lines_.size() == 1) throw Error(code, lines_.front(), subject);
  constexpr std::size_t kMostShown = 100;  // a file of another kind has one in every line
  std::string text = fmt::format("{} errors", lines_.size());
  for (std::size_t i = 0; i < std::min(lines_.size(), kMostShown); ++i) text += "\n  " + lines_[i];
  if (lines_.size() > kMostShown)
    text += fmt::format("\n  and {} more", lines_.size() - kMostShown);
  throw Error(code, text, subject);
}

}  // namespace crossfold
