#pragma once

#include <filesystem>
#include <string>

#include "hdf5/scratch_folder.h"

namespace crossfold::testing {

/// Writes a file anew. (Truncating one makes some file systems flush it, some milliseconds each.)
inline void replace_file(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);
  test::write_bytes(path, bytes);
}

}  // namespace crossfold::testing
