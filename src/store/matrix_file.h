#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
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
  std::string id_column = {};    ///< as messages call it: "column 'ID'"; empty without ids
  /// The number, from 1, of an id column that has an index's title or none and that the user has
  /// not named: its values may be ids, or may count the rows.
  std::optional<std::size_t> unnamed_ids = {};
  std::vector<std::string> columns = {};  ///< likewise, one a feature: "column 'f0'", "column 3"
};

/// What the user says of a matrix's columns.
struct MatrixColumns {
  /// Title of the id column, where a file has it; or the number, from 1, of one that has no title
  /// or that of an id or an index.
  std::optional<std::string> id;
  std::vector<std::string> features;  ///< see choose_features; empty: all but the ids
};

/// A two-dimensional .npy array of float16, float32 or float64 of either byte order, C or Fortran
/// order, format 1.0 to 3.0 (numpy/lib/format.py). Error{bad_input} in the name of `name` for
/// anything else, for numbers that are not finite or beyond float32, and for missing or additional
/// bytes.
[[nodiscard]] Matrix parse_npy(std::string_view bytes, const std::string& name);

/// Lines of numbers, separated by commas. The first line names the columns when a field behind its
/// first is no number, or when its first is a known title of ids (see manifest_fields()) or empty
/// (as pandas writes an index), or, of one column, when it is the only one that is no number. Ids
/// are the column that the user names, else the one with a known title, else an index column of
/// pandas, else a first column that holds texts. A column whose title is one of ids, labels or
/// indices is no feature unless the user says so. Numbers are rounded to float32 once.
/// Error{bad_input} lists every bad line.
[[nodiscard]] Matrix parse_number_table(std::string_view bytes, const std::string& name,
                                        const MatrixColumns& columns = {});

/// Chooses by the name's ending, .npy or .csv. Error{bad_input, io}.
[[nodiscard]] Matrix read_matrix(const std::filesystem::path& path,
                                 const MatrixColumns& columns = {});

}  // namespace crossfold
