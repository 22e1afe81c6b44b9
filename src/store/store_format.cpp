#include "store_format.h"

#include <algorithm>

#include "crossfold/samples/text_rules.h"

namespace crossfold {

std::optional<std::pair<std::string, std::string>> split_embedding_name(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return std::nullopt;
  std::pair parts(name.substr(0, slash), name.substr(slash + 1));
  if (name_problem(parts.first) || name_problem(parts.second)) return std::nullopt;
  return parts;
}

std::uint64_t rows_at_once(std::uint64_t chunk_rows, std::uint64_t dim) {
  constexpr std::uint64_t kBytes = 4 << 20;
  const std::uint64_t chunk = std::max<std::uint64_t>(1, chunk_rows);
  const std::uint64_t wanted = kBytes / (sizeof(float) * dim);
  return std::max<std::uint64_t>(1, wanted / chunk) * chunk;
}

}  // namespace crossfold
