#include "crossfold/hdf5/handle.h"

#include <utility>

namespace crossfold::hdf5 {

namespace {

std::uint64_t& failures() {
  thread_local std::uint64_t count = 0;
  return count;
}

}  // namespace

std::uint64_t failed_closes() { return failures(); }

Handle::~Handle() {
  if (id_ >= 0 && close_ != nullptr && close_(id_) < 0) ++failures();
}

std::int64_t Handle::release() { return std::exchange(id_, -1); }

Handle::Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

}  // namespace crossfold::hdf5
