#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace crossfold::test {

/// A call that changes what is on a disk.
struct DiskCall {
  std::string name;  ///< "create" (open, must be new), "open" (may create), "write", "truncate",
                     ///< "fsync", "fdatasync", "rename", "unlink", "mkdir"
  std::string path;
  std::string to;     ///< of a rename
  std::string bytes;  ///< of a write
  bool failed = false;
  std::size_t size = 0;  ///< of a write, in bytes
};

/// Watches every such call of this process below a folder, in order, and can let one fail. One at
/// a time. (It works because disk_watch.cpp defines the calls; the program as a whole is watched by
/// the same file, preloaded: see disk_log.)
class DiskWatch {
 public:
  explicit DiskWatch(const std::filesystem::path& below);
  ~DiskWatch();
  DiskWatch(const DiskWatch&) = delete;
  DiskWatch& operator=(const DiskWatch&) = delete;

  [[nodiscard]] std::vector<DiskCall> calls() const;
  /// Call number `index` from now on fails with `error`, and no other.
  void fail_once(std::size_t index, int error = EIO);
  [[nodiscard]] bool has_failed() const;
};

/// The same of a program that ran with LD_PRELOAD=libdisk_watch.so and
///   DISK_WATCH_BELOW  the folder
///   DISK_WATCH_LOG    a file for the calls, read by this function
///   DISK_WATCH_FAIL   number of the call that fails (EIO), if any
///   DISK_WATCH_FAIL_NAME  calls on every path that holds this fail
///   DISK_WATCH_STALL  name of a file: the first fdatasync of a journal behind a cohort waits until
///   two
///                     more renames to this file were seen
/// The log has a call "fdatasync done" as well; bytes are those written to journals and heartbeats.
[[nodiscard]] std::vector<DiskCall> disk_log(const std::filesystem::path& log);

/// "create tmp", "write tmp", ...: calls with the last part of their paths, those of temporary
/// files as "tmp".
[[nodiscard]] std::vector<std::string> short_names(const std::vector<DiskCall>& calls);

}  // namespace crossfold::test
