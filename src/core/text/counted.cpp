#include "crossfold/core/counted.h"

#include <fmt/format.h>

namespace crossfold {

std::string counted(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : thing.ends_with('s') ? "es" : "s");
}

std::string counted_are(std::uint64_t count, std::string_view thing) {
  return counted(count, thing) + (count == 1 ? " is" : " are");
}

}  // namespace crossfold
