#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "crossfold/manifest/manifest.h"
#include "crossfold/store/store_extension.h"

namespace crossfold {

/// One matrix to import.
struct MatrixSource {
  std::string name;            ///< "<extractor>/<preprocessing>"
  std::filesystem::path file;  ///< .npy or .csv
};

/// "NAME=FILE" taken apart; Error{usage} for anything else.
[[nodiscard]] MatrixSource parse_matrix_source(const std::string& text);

/// What to do with a column of numbers that gives class or domain away.
enum class LabelColumns { refuse, allow };

struct ImportRequest {
  std::filesystem::path store;
  std::filesystem::path manifest;
  ColumnMapping columns;
  ValueRules values = {};
  std::vector<MatrixSource> matrices;
  /// Columns of the matrices that are features: titles, numbers from 1, FIRST..LAST. Empty: all but
  /// the ids, and none of them may look like an index.
  std::vector<std::string> features = {};
  LabelColumns label_columns = LabelColumns::refuse;
  SameName same_name = SameName::refuse;
};

/// What an import did, to be shown.
struct ImportReport {
  struct Set {
    std::string name;
    std::filesystem::path file;
    std::size_t dim = 0;
    enum class Rows { in_order, by_id } rows = Rows::in_order;  ///< how rows found their samples
  };
  StoreChange change = StoreChange::created;
  std::size_t samples = 0;
  std::vector<ManifestColumn> columns;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
  std::vector<Set> sets;
};

/// Makes a store, or adds to one, from a manifest and a matrix for each embedding set. Rows of a
/// matrix without ids stand in the manifest's order; rows with ids are put into it. A column that
/// looks like an index, or that gives a label away, is refused unless the request says otherwise.
/// Error{bad_input} lists every error of all files, Error{io}.
ImportReport import_store(const ImportRequest& request);

}  // namespace crossfold
