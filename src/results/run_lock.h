#pragma once

#include <filesystem>

namespace crossfold {

/// Holds a run directory for this process: an advisory lock that ends with the process, however it
/// ends. Move-only.
class RunLock {
 public:
  /// Error{io} naming host, process and start of the run that holds it. On a file system without
  /// locks a warning is logged and nothing held.
  explicit RunLock(const std::filesystem::path& path);
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;

 private:
  explicit RunLock(int descriptor);

  int descriptor_ = -1;
};

}  // namespace crossfold
