// Preloaded into the program under test (LD_PRELOAD): a disk that breaks. From the call number
// BAD_DISK_FROM on, BAD_DISK_CALL ("write" or "fdatasync") on the file whose path ends with
// BAD_DISK_FILE fails with EIO.

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <string_view>
#include <unistd.h>

#include "core/descriptor_path.h"

namespace {

std::string_view setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

bool fails(std::string_view call, int descriptor) {
  static std::atomic<int> calls = 0;
  if (setting("BAD_DISK_CALL") != call) return false;
  if (!crossfold::test::DescriptorPath(descriptor).view().ends_with(setting("BAD_DISK_FILE")))
    return false;
  return ++calls >= std::atoi(setting("BAD_DISK_FROM").data());
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  if (!fails("write", descriptor)) return real(descriptor, bytes, count);
  errno = EIO;
  return -1;
}

int fdatasync(int descriptor) {
  static const auto real = next<int (*)(int)>("fdatasync");
  if (!fails("fdatasync", descriptor)) return real(descriptor);
  errno = EIO;
  return -1;
}

}  // extern "C"
