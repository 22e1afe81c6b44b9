#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// What a store says of one embedding set [N, D].
struct EmbeddingInfo {
  std::string name;  ///< "<extractor>/<preprocessing>"
  std::size_t rows = 0;
  std::size_t dim = 0;
  std::string extractor;       ///< identity of what made the numbers, free text; may be empty
  std::string extractor_hash;  ///< of its weights or settings; may be empty
  std::string preprocessing;   ///< what was done to the images, free text; may be empty
  Digest content;              ///< see embedding_hash
};

/// One embedding set with its numbers, row-major [N, D].
struct EmbeddingSet {
  EmbeddingInfo info;
  std::vector<float> values;
};

/// One embedding set whose numbers are fetched a few MiB at a time, for those too large for memory.
struct EmbeddingSource {
  EmbeddingInfo info;  ///< `content` need not be set
  /// Fills `out` with the rows from `first` on, row-major [out.size() / dim, dim]. Called for the
  /// rows in their order, from the first to the last, twice: to check them and to write them.
  std::function<void(std::size_t first, std::span<float> out)> read;
};

/// SHA-256 over rows, dim and the float32 values in order: the identity of a matrix.
[[nodiscard]] Digest embedding_hash(std::size_t rows, std::size_t dim,
                                    std::span<const float> values);

/// A store that has been read and found sound: sample table and list of embedding sets.
struct StoreContents {
  std::filesystem::path path;  ///< absolute
  SampleTable samples;
  std::vector<EmbeddingInfo> embeddings;  ///< sorted by name
  /// [N] SHA-256 of the file of each sample's image, where a set was made of images here; else
  /// empty.
  std::vector<Digest> images = {};
  /// What was filled in because the file lacks it (groups, hashes), a sentence each: to be shown.
  std::vector<std::string> notes;
  /// Of the file, before it was read; absent where this came from another rank.
  std::optional<FileState> state = std::nullopt;

  [[nodiscard]] const EmbeddingInfo* find(const std::string& name) const;
};

/// What the child process that reads an unknown store may use.
struct OpenLimits {
  std::chrono::milliseconds base_time{10'000};
  std::uint64_t bytes_per_second = 20'000'000;         ///< the file's size adds size / this
  std::uint64_t base_memory = std::uint64_t{1} << 30;  ///< bytes; the file's size adds 4 * size
};

/// Reads a store (data-schemas/store.md) completely and checks it: format, dimensions, labels,
/// finite numbers, checksums and content hashes where it has them (computed where not). A damaged
/// file can crash or hang the HDF5 library, so this happens in a child process with limits of time
/// and memory; call it before threads or MPI start, and hand what it returns to other ranks by
/// pack_store (store_bytes.h). Error{bad_input} lists every error; Error{io} when the file is not
/// there.
[[nodiscard]] StoreContents open_store(const std::filesystem::path& path,
                                       const OpenLimits& limits = {});

/// Reads one matrix of a store that open_store has passed, in order, into `out` [rows * dim], and
/// compares its hash with `info.content`; Error{bad_input} when the file has changed since.
void read_embedding(const std::filesystem::path& store, const EmbeddingInfo& info,
                    std::span<float> out);

/// Writes a store whole, sets sorted by name. Hashes are computed here; `info.rows`,
/// `info.content` need not be set. Equal input gives equal bytes. Error{bad_input} lists every
/// error in the samples or the sets, Error{io} when writing fails; an old file then still stands.
void write_store(const std::filesystem::path& path, const SampleTable& samples,
                 const std::vector<EmbeddingSet>& embeddings);

/// The same, to the byte, from sets of which a few MiB at a time are in memory; what their `read`
/// throws comes out, and the old file still stands. `images` as StoreContents::images, `check` as
/// of write_file_whole.
void write_store_in_blocks(const std::filesystem::path& path, const SampleTable& samples,
                           const std::vector<EmbeddingSource>& embeddings,
                           std::span<const Digest> images = {},
                           const std::function<void()>& check = {});

}  // namespace crossfold
