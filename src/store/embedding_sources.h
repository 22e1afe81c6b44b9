#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

#include "crossfold/hdf5/dataset.h"
#include "crossfold/store/store.h"

#include "float_rows.h"
#include "matrix_hash.h"

namespace crossfold {

/// The rows of a matrix in a store that open_store has passed.
class StoredRows {
 public:
  /// Error{bad_input} when the matrix has another shape by now.
  StoredRows(const std::filesystem::path& store, EmbeddingInfo info);
  StoredRows(const StoredRows&) = delete;
  StoredRows& operator=(const StoredRows&) = delete;

  /// How many rows to read at once: about 4 MiB, in whole chunks.
  [[nodiscard]] std::size_t at_once() const;
  /// As EmbeddingSource::read. Error{bad_input}, with the last rows, when their hash is not
  /// `info.content` any more.
  void read(std::size_t first, std::span<float> out);

 private:
  EmbeddingInfo info_;
  hdf5::Dataset matrix_;
  FloatRows rows_;
  std::optional<MatrixHasher> hasher_;  ///< of the rows read since the first
};

/// A set of a store.
[[nodiscard]] EmbeddingSource stored_source(const std::filesystem::path& store,
                                            const EmbeddingInfo& info);

/// A set in memory, which must outlive the source. A last row that is not whole counts as one, so
/// that the number of rows is wrong.
[[nodiscard]] EmbeddingSource source_of(const EmbeddingSet& set);

}  // namespace crossfold
