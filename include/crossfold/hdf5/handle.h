#pragma once

#include <cstdint>

namespace crossfold::hdf5 {

/// Owns one identifier of the HDF5 library and closes it with the function its kind needs.
/// Move-only.
class Handle {
 public:
  using Close = int (*)(std::int64_t);

  Handle() = default;
  Handle(std::int64_t id, Close close) : id_(id), close_(close) {}
  ~Handle();
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;

  [[nodiscard]] std::int64_t get() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace crossfold::hdf5
