#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "crossfold/hdf5/group.h"
#include "crossfold/hdf5/handle.h"

namespace crossfold::hdf5 {

/// An open HDF5 file. It stays open until this object and everything opened through it are gone;
/// a file still open for writing cannot be opened by others.
class File {
 public:
  /// For reading, without a lock (files of ours appear whole and are never changed in place, and
  /// some file systems have no locks). Error{bad_input} with the library's reasons.
  [[nodiscard]] static File open(const std::filesystem::path& path);
  /// A new, empty file; one that stands there is replaced. Metadata carry checksums and no times,
  /// so that equal content gives equal bytes. Readers need HDF5 1.10 or newer. Error{io}.
  [[nodiscard]] static File create(const std::filesystem::path& path);

  [[nodiscard]] Group root() const;
  /// Hands everything written to the operating system and closes a file that was created; whatever
  /// was opened through it has to be gone. Error{io} when anything of it could not be written.
  void close();

 private:
  File(Handle handle, std::string name);

  Handle handle_;
  std::string name_;
  std::uint64_t failed_before_ = failed_closes();
};

}  // namespace crossfold::hdf5
