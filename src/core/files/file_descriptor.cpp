#include "crossfold/core/file_descriptor.h"

#include <cerrno>
#include <sys/file.h>
#include <unistd.h>

namespace crossfold {

FileDescriptor::~FileDescriptor() {
  if (is_open()) ::close(descriptor_);
}

FileDescriptor::Lock FileDescriptor::try_lock() const {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return Lock::taken;
  return errno == EWOULDBLOCK ? Lock::held : Lock::unsupported;
}

}  // namespace crossfold
