#include "matrix_file.h"

#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/validation_errors.h"

#include "feature_columns.h"

namespace crossfold {

namespace {

/// The columns of an array that the user has chosen.
Matrix only_features(Matrix matrix, const std::vector<std::string>& list, const std::string& name) {
  ValidationErrors errors;
  const std::vector<std::size_t> chosen = choose_features(list, {}, matrix.dim, errors);
  errors.throw_if_any(ErrorCode::bad_input, name);
  Matrix left{.rows = matrix.rows, .dim = chosen.size(), .values = {}, .ids = {}, .columns = {}};
  for (std::size_t row = 0; row < matrix.rows; ++row)
    for (const std::size_t column : chosen)
      left.values.push_back(matrix.values[row * matrix.dim + column]);
  for (const std::size_t column : chosen) left.columns.push_back(matrix.columns[column]);
  return left;
}

Matrix read_npy(std::string_view bytes, const std::string& name, const MatrixColumns& columns) {
  Matrix matrix = parse_npy(bytes, name);
  for (std::size_t column = 1; column <= matrix.dim; ++column)
    matrix.columns.push_back(fmt::format("column {}", column));
  return columns.features.empty() ? matrix
                                  : only_features(std::move(matrix), columns.features, name);
}

}  // namespace

Matrix read_matrix(const std::filesystem::path& path, const MatrixColumns& columns) {
  constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 38;
  const std::string ending = path.extension().string();
  CF_VALIDATE(ending == ".npy" || ending == ".csv", ErrorCode::bad_input,
              fmt::format("ends in '{}' (matrices are read from .npy and .csv). save it as one of "
                          "them",
                          ending),
              path.string());
  const std::string bytes = read_file(path, kMaxBytes);
  return ending == ".npy" ? read_npy(bytes, path.string(), columns)
                          : parse_number_table(bytes, path.string(), columns);
}

}  // namespace crossfold
