#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "crossfold/core/file_descriptor.h"
#include "crossfold/core/slurm_job.h"

namespace crossfold {

/// Whether a lock file's content is of ours: who held it last, or nothing.
[[nodiscard]] bool is_lock(std::string_view content);

/// Holds a run directory for this process: an advisory lock that ends with the process, however it
/// ends. Move-only.
class RunLock {
 public:
  enum class Use {
    free,
    held,     ///< a run is alive
    unknown,  ///< there is no such file, or its file system has no locks
  };
  /// Looks at the lock at `path` without keeping a run that starts out of its directory.
  [[nodiscard]] static Use use_of(const std::filesystem::path& path);
  /// Who holds the lock at `path` now: host, process and start; nothing where nobody does, and
  /// where it cannot be told. Writes nothing.
  [[nodiscard]] static std::optional<std::string> holder(const std::filesystem::path& path);

  /// Error{io} naming host, process and start of the run that holds it; Error{bad_input} when the
  /// file is no lock of crossfold. On a file system without locks a warning is logged and nothing
  /// held. Where `job` was begun anew and an earlier start of it holds the lock, its node may be
  /// lost: it is waited for, for file servers free what lost clients held after a minute or two.
  explicit RunLock(const std::filesystem::path& path, const SlurmJob& job = {});

 private:
  FileDescriptor file_;
};

}  // namespace crossfold
