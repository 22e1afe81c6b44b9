#include "crossfold/hdf5/handle.h"

#include <utility>

namespace crossfold::hdf5 {

Handle::~Handle() {
  if (id_ >= 0 && close_ != nullptr) close_(id_);
}

Handle::Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

}  // namespace crossfold::hdf5
