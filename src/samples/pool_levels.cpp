#include "crossfold/samples/pool_levels.h"

#include <cstddef>

namespace crossfold {

CodedColumn with_levels_of(const CodedColumn& column, const std::vector<std::uint32_t>& pool) {
  std::vector<bool> found(column.levels.size(), false);
  for (const std::uint32_t row : pool)
    if (column.codes[row] >= 0) found[static_cast<std::size_t>(column.codes[row])] = true;
  CodedColumn recoded;
  std::vector<std::int32_t> new_code(column.levels.size(), -1);
  for (std::size_t level = 0; level < column.levels.size(); ++level) {
    if (!found[level]) continue;
    new_code[level] = static_cast<std::int32_t>(recoded.levels.size());
    recoded.levels.push_back(column.levels[level]);
  }
  recoded.codes.reserve(column.codes.size());
  for (const std::int32_t code : column.codes)
    recoded.codes.push_back(code < 0 ? -1 : new_code[static_cast<std::size_t>(code)]);
  return recoded;
}

}  // namespace crossfold
