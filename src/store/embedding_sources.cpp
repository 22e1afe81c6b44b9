#include "embedding_sources.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/hdf5/file.h"

#include "store_format.h"

namespace crossfold {
namespace {

constexpr const char* kChanged =
    "has changed since it was checked (a store may not change while it is used). run again";

hdf5::Dataset open_matrix(const std::filesystem::path& store, const std::string& name) {
  const auto parts = split_embedding_name(name);
  CF_EXPECT(parts.has_value());
  return hdf5::File::open(store)
      .root()
      .open_group("embeddings")
      .open_group(parts->first)
      .open_dataset(parts->second);
}

}  // namespace

StoredRows::StoredRows(const std::filesystem::path& store, EmbeddingInfo info)
    : info_(std::move(info)), matrix_(open_matrix(store, info_.name)), rows_(matrix_) {
  CF_VALIDATE((matrix_.shape() == std::vector<std::uint64_t>{info_.rows, info_.dim}),
              ErrorCode::bad_input, kChanged, matrix_.where());
}

std::size_t StoredRows::at_once() const { return rows_at_once(matrix_.chunk_rows(), info_.dim); }

void StoredRows::read(std::size_t first, std::span<float> out) {
  if (first == 0) hasher_.emplace(info_.rows, info_.dim);
  const std::size_t count = out.size() / info_.dim;
  Narrowing checked_before;
  rows_.read(first, info_.dim, out, checked_before);
  hasher_->add(out);
  CF_VALIDATE(first + count < info_.rows || hasher_->finish() == info_.content,
              ErrorCode::bad_input, kChanged, matrix_.where());
}

EmbeddingSource stored_source(const std::filesystem::path& store, const EmbeddingInfo& info) {
  // Shared, because std::function must be copyable.
  const auto rows = std::make_shared<StoredRows>(store, info);
  return {.info = info,
          .read = [rows](std::size_t first, std::span<float> out) { rows->read(first, out); }};
}

EmbeddingSource source_of(const EmbeddingSet& set) {
  EmbeddingSource source{.info = set.info, .read = {}};
  const std::size_t dim = std::max<std::size_t>(1, set.info.dim);
  source.info.rows = (set.values.size() + dim - 1) / dim;
  source.read = [&set](std::size_t first, std::span<float> out) {
    std::copy_n(set.values.begin() + static_cast<std::ptrdiff_t>(first * set.info.dim), out.size(),
                out.begin());
  };
  return source;
}

}  // namespace crossfold
