#include "matrix_file.h"

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

namespace crossfold {

Matrix read_matrix(const std::filesystem::path& path) {
  constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 38;
  const std::string ending = path.extension().string();
  CF_VALIDATE(ending == ".npy" || ending == ".csv", ErrorCode::bad_input,
              fmt::format("ends in '{}' (matrices are read from .npy and .csv). save it as one of "
                          "them",
                          ending),
              path.string());
  const std::string bytes = read_file(path, kMaxBytes);
  return ending == ".npy" ? parse_npy(bytes, path.string())
                          : parse_number_table(bytes, path.string());
}

}  // namespace crossfold
