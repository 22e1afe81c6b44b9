#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "crossfold/core/file_descriptor.h"

namespace crossfold::mpi {

/// An open file that holds a node's copy. The one that created it holds a lock on it, by which
/// files of killed runs are told from those in use, and takes its name away at the end; the bytes
/// live on while they are mapped. Move-only.
class SharedFile {
 public:
  /// Makes room for `size` bytes for good, so that writing cannot fail later, and removes what
  /// killed runs of this user left there. Nothing, and the reason added to `reasons`, when that
  /// cannot be.
  [[nodiscard]] static std::optional<SharedFile> create(const std::filesystem::path& folder,
                                                        std::uint64_t size, std::string& reasons);
  /// Nothing when there is no such file of this user and size.
  [[nodiscard]] static std::optional<SharedFile> open(const std::filesystem::path& path,
                                                      std::uint64_t size);
  ~SharedFile();
  SharedFile(SharedFile&& other) noexcept { *this = std::move(other); }
  SharedFile& operator=(SharedFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    std::swap(created_, other.created_);
    return *this;
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] int descriptor() const { return file_.get(); }

 private:
  SharedFile(std::filesystem::path path, FileDescriptor file, bool created)
      : path_(std::move(path)), file_(std::move(file)), created_(created) {}

  std::filesystem::path path_;
  FileDescriptor file_;
  bool created_ = false;
};

/// Removes the files of this user in `folder` whose creators are gone.
void remove_stale_files(const std::filesystem::path& folder);

}  // namespace crossfold::mpi
