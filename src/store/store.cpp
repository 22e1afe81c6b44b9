#include "crossfold/store/store.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/guarded_child.h"
#include "crossfold/hdf5/file_header.h"
#include "crossfold/store/store_bytes.h"

#include "embedding_sources.h"
#include "foreign_file.h"
#include "matrix_hash.h"
#include "store_reader.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// What can be said of a file without the HDF5 library; returns its length in bytes.
std::uint64_t check_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  CF_VALIDATE(fs::exists(status), ErrorCode::io,
              "is not there. check the path, or make a store with 'crossfold store import'",
              path.string());
  CF_VALIDATE(fs::is_regular_file(status), ErrorCode::bad_input,
              fs::is_directory(status) ? "is a folder (a store is one HDF5 file). name the file"
                                       : "is not a regular file (a store is one HDF5 file)",
              path.string());
  const hdf5::FileHeader header = hdf5::read_file_header(path);
  CF_VALIDATE(header.actual_bytes > 0, ErrorCode::bad_input,
              "is empty (0 bytes). copy or write it again", path.string());
  if (header.signature == hdf5::FileHeader::Signature::missing)
    throw Error(ErrorCode::bad_input, no_hdf5_message(path), path.string());
  CF_VALIDATE(header.version <= hdf5::kNewestSuperblock, ErrorCode::bad_input,
              fmt::format("is of a newer HDF5 format (its superblock has version {}, up to {} are "
                          "known here). write it again for older programs, in h5py by File(name, "
                          "'w', libver='v110')",
                          header.version, hdf5::kNewestSuperblock),
              path.string());
  CF_VALIDATE(header.writer == hdf5::FileHeader::Writer::none, ErrorCode::bad_input,
              "is open for writing (a program is writing it, or was killed while it did, and what "
              "it holds may not be whole). wait for that program to close it; if none has it open, "
              "write it again, or clear its mark with 'h5clear -s FILE' and check it",
              path.string());
  CF_VALIDATE(!header.cut_short(), ErrorCode::bad_input,
              fmt::format("is cut short ({} bytes are there, its header says {}). copy or write it "
                          "again",
                          header.actual_bytes, header.stated_bytes.value_or(0)),
              path.string());
  return header.actual_bytes;
}

}  // namespace

const EmbeddingInfo* StoreContents::find(const std::string& name) const {
  const auto found = std::find_if(embeddings.begin(), embeddings.end(),
                                  [&](const EmbeddingInfo& info) { return info.name == name; });
  return found == embeddings.end() ? nullptr : &*found;
}

Digest embedding_hash(std::size_t rows, std::size_t dim, std::span<const float> values) {
  CF_EXPECT(values.size() == rows * dim);
  MatrixHasher hasher(rows, dim);
  hasher.add(values);
  return hasher.finish();
}

StoreContents open_store(const fs::path& path, const OpenLimits& limits) {
  const std::uint64_t bytes = check_file(path);
  const fs::path absolute = fs::absolute(path);
  const FileState state = state_of_file(path);
  const ChildLimits child{
      .time = limits.base_time + std::chrono::milliseconds(1000 * bytes / limits.bytes_per_second),
      .memory = limits.base_memory + 4 * bytes};
  StoreContents contents =
      unpack_store(run_guarded(path.string(), child, [&] { return pack_store(read_store(path)); }));
  contents.path = absolute;
  contents.state = state;
  return contents;
}

void read_embedding(const fs::path& store, const EmbeddingInfo& info, std::span<float> out) {
  CF_EXPECT(out.size() == info.rows * info.dim);
  StoredRows rows(store, info);
  const std::size_t step = rows.at_once();
  for (std::size_t first = 0; first < info.rows; first += step) {
    const std::size_t count = std::min(step, info.rows - first);
    rows.read(first, out.subspan(first * info.dim, count * info.dim));
  }
}

}  // namespace crossfold
