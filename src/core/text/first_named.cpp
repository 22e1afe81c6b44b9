#include "crossfold/core/first_named.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace crossfold {

std::string first_named(std::span<const std::string> names, std::size_t all,
                        std::string_view separator) {
  const auto shown = names.first(std::min(names.size(), kMostNamed));
  std::string text = fmt::format("{}", fmt::join(shown, separator));
  if (all > shown.size()) text += fmt::format(" and {} more", all - shown.size());
  return text;
}

std::string first_named(std::span<const std::string> names) {
  return first_named(names, names.size());
}

}  // namespace crossfold
