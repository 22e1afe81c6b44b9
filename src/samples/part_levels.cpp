#include "crossfold/samples/part_levels.h"

#include <algorithm>

namespace crossfold {
namespace {

void mark(const CodedColumn& column, std::span<const std::uint32_t> rows, std::vector<bool>& has) {
  for (const std::uint32_t row : rows)
    if (column.codes[row] >= 0) has[static_cast<std::size_t>(column.codes[row])] = true;
}

std::size_t count(const std::vector<bool>& has) {
  return static_cast<std::size_t>(std::count(has.begin(), has.end(), true));
}

}  // namespace

PartLevels part_levels(const CodedColumn& column, std::span<const std::uint32_t> learned,
                       std::span<const std::uint32_t> test,
                       std::span<const std::span<const std::uint32_t>> elsewhere) {
  std::vector<bool> in_learned(column.levels.size());
  std::vector<bool> in_test(column.levels.size());
  mark(column, learned, in_learned);
  mark(column, test, in_test);
  std::vector<bool> scored = in_test;
  for (const std::span<const std::uint32_t> rows : elsewhere) mark(column, rows, scored);
  PartLevels levels{.learned = count(in_learned), .tested = count(in_test)};
  for (std::uint32_t level = 0; level < column.levels.size(); ++level) {
    if (scored[level] && !in_learned[level]) levels.unseen.push_back(level);
    if (!in_test[level]) levels.untested.push_back(level);
  }
  return levels;
}

}  // namespace crossfold
