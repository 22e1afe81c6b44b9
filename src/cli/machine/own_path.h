#pragma once

#include <filesystem>

namespace crossfold::cli {

/// Where this program lies, to start it again.
[[nodiscard]] inline std::filesystem::path own_path() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

}  // namespace crossfold::cli
