#pragma once

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
  /// Hands everything written to the operating system; Error{io} when it does not fit. Call it
  /// before the last object goes: closing cannot report a failure.
  void flush();

 private:
  File(Handle handle, std::string name);

  Handle handle_;
  std::string name_;
};

}  // namespace crossfold::hdf5
