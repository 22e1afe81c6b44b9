#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/data/sample_table.h"

namespace crossfold {

/// What a store says of one embedding set [N, D].
struct EmbeddingInfo {
  std::string name;  ///< "<extractor>/<preprocessing>"
  std::size_t rows = 0;
  std::size_t dim = 0;
  std::string extractor;      ///< identity of what made the numbers, free text; may be empty
  std::string preprocessing;  ///< likewise
  Digest content;             ///< see embedding_hash
};

/// One embedding set with its numbers, row-major [N, D].
struct EmbeddingSet {
  EmbeddingInfo info;
  std::vector<float> values;
};

/// SHA-256 over rows, dim and the float32 values in order: the identity of a matrix.
[[nodiscard]] Digest embedding_hash(std::size_t rows, std::size_t dim,
                                    std::span<const float> values);

/// A store that has been read and found sound: sample table and list of embedding sets.
struct StoreContents {
  std::filesystem::path path;  ///< absolute
  SampleTable samples;
  std::vector<EmbeddingInfo> embeddings;  ///< sorted by name
  [[nodiscard]] const EmbeddingInfo* find(const std::string& name) const;
};

/// Reads a store (DESIGN 6) completely and checks it: format, dimensions, labels, finite numbers,
/// checksums and content hashes where it has them (computed where not). A damaged file can crash
/// or hang the HDF5 library, so this happens in a child process with limits of time and memory;
/// call it before threads or MPI start. Error{bad_input} lists every mistake; Error{io} when the
/// file is not there.
[[nodiscard]] StoreContents open_store(const std::filesystem::path& path);

/// Reads one matrix of a store that open_store has passed, in order, into `out` [rows * dim], and
/// compares its hash with `info.content`; Error{bad_input} when the file has changed since.
void read_embedding(const std::filesystem::path& store, const EmbeddingInfo& info,
                    std::span<float> out);

/// Writes a store whole. Hashes are computed here; `info.rows`, `info.content` need not be set.
void write_store(const std::filesystem::path& path, const SampleTable& samples,
                 const std::vector<EmbeddingSet>& embeddings);

}  // namespace crossfold
