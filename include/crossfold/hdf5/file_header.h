#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace crossfold::hdf5 {

inline constexpr std::uint8_t kNewestSuperblock = 3;

/// What a file's first bytes say, read without the HDF5 library.
struct FileHeader {
  enum class Signature { missing, present } signature = Signature::missing;
  std::uint64_t actual_bytes = 0;
  /// End of the file as its superblock states it; nothing for superblocks of a rare kind.
  std::optional<std::uint64_t> stated_bytes;
  /// Version of the superblock; 0 to kNewestSuperblock are known.
  std::uint8_t version = 0;
  /// Whether a program has it open for writing, or was killed while it had (versions 2 and 3).
  enum class Writer { none, open } writer = Writer::none;

  [[nodiscard]] bool cut_short() const { return stated_bytes && actual_bytes < *stated_bytes; }
};

/// Looks for a superblock at the places that the format allows (HDF5 File Format Specification
/// 3.0, section II.A). Error{io} when the file cannot be read.
[[nodiscard]] FileHeader read_file_header(const std::filesystem::path& path);

}  // namespace crossfold::hdf5
