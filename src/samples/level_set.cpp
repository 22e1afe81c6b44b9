#include "level_set.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace crossfold {
namespace {

std::string unknown_name(const std::string& name, const std::vector<std::string>& known) {
  if (known.empty())
    return fmt::format(
        "has \"{}\" (no sample of the store has one: the column is empty). remove it, or "
        "make the store from a manifest that has it",
        name);
  return fmt::format("has \"{}\" (the store does not know it). choose one of {}", name,
                     fmt::join(known, ", "));
}

}  // namespace

LevelSet::LevelSet(const CodedColumn& column, const std::vector<std::string>& names,
                   const std::string& where, ValidationErrors& errors)
    : passes_(column.levels.size(), names.empty()), everything_(names.empty()) {
  for (const std::string& name : names) {
    const auto found = std::find(column.levels.begin(), column.levels.end(), name);
    if (found == column.levels.end())
      errors.add(where, unknown_name(name, column.levels));
    else
      passes_[static_cast<std::size_t>(found - column.levels.begin())] = true;
  }
}

}  // namespace crossfold
