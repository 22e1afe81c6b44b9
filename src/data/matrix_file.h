#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace crossfold {

/// A matrix from a file of another program, row-major, every number finite.
struct Matrix {
  std::size_t rows = 0;
  std::size_t dim = 0;
  std::vector<float> values;
  std::vector<std::string> ids;  ///< of the rows; empty when the file names none
};

/// A two-dimensional .npy array of little-endian float32 or float64, C or Fortran order, format 1.0
/// to 3.0 (numpy/lib/format.py). Error{bad_input} in the name of `name` for anything else, for
/// numbers that are not finite or beyond float32, and for missing or additional bytes.
[[nodiscard]] Matrix parse_npy(std::string_view bytes, const std::string& name);

/// Lines of numbers, separated by commas. The first line may name the columns: it does when a field
/// behind its first is no number, or when its first is empty (as pandas writes an index). The first
/// column holds ids when its title is `id`, `image` or empty, or when one of its fields is no
/// number. Numbers are rounded to float32 once. Error{bad_input} lists every bad line.
[[nodiscard]] Matrix parse_number_table(std::string_view text, const std::string& name);

/// Chooses by the name's ending, .npy or .csv. Error{bad_input, io}.
[[nodiscard]] Matrix read_matrix(const std::filesystem::path& path);

}  // namespace crossfold
