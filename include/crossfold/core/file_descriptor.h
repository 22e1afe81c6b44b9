#pragma once

#include <utility>

namespace crossfold {

/// An open file of the system, closed when the object goes. Move-only.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  /// What open() gave: negative where it failed, errno saying why.
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int get() const { return descriptor_; }

  /// Asks for the file for this opening alone; does not wait. The lock is advisory (flock) and
  /// ends with the object, or with the process however that ends.
  enum class Lock {
    taken,
    held,         ///< by another opening
    unsupported,  ///< by this file system; errno says why
  };
  [[nodiscard]] Lock try_lock() const;

 private:
  int descriptor_ = -1;
};

}  // namespace crossfold
