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
  /// Gives the identifier away: whoever takes it closes it.
  [[nodiscard]] std::int64_t release();
  [[nodiscard]] bool valid() const { return id_ >= 0; }

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

/// How many identifiers this thread could not close so far. The library writes what it has kept
/// back when something is closed, and a destructor cannot say that this failed.
[[nodiscard]] std::uint64_t failed_closes();

}  // namespace crossfold::hdf5
