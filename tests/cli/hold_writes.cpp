// Preloaded into a program under test (LD_PRELOAD): a disk that waits. Of the file whose path ends
// with HOLD_FILE, HOLD_AFTER writes pass; the next one creates HOLD_RELEASE.held and waits until
// HOLD_RELEASE exists. With HOLD_TEXT, only writes that contain it are counted and wait.

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "core/descriptor_path.h"

namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

// Read when the library is loaded: write() may be called by a signal handler, where nothing may be
// allocated.
const std::string ending = setting("HOLD_FILE");
const std::string text = setting("HOLD_TEXT");
const int after = std::atoi(setting("HOLD_AFTER").c_str());
const std::string release = setting("HOLD_RELEASE");
const std::string restarts = setting("SLURM_RESTART_COUNT");
const std::string of_this_start = release + "." + (restarts.empty() ? "0" : restarts);
const std::string held = of_this_start + ".held";

bool is_held_file(int descriptor) {
  return !ending.empty() && crossfold::test::DescriptorPath(descriptor).view().ends_with(ending);
}

void hold() {
  ::close(::open(held.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  while (::access(release.c_str(), F_OK) != 0 && ::access(of_this_start.c_str(), F_OK) != 0)
    ::usleep(2000);
}

}  // namespace

extern "C" ssize_t write(int descriptor, const void* bytes, size_t count) {
  using Write = ssize_t (*)(int, const void*, size_t);
  static const auto real = reinterpret_cast<Write>(::dlsym(RTLD_NEXT, "write"));
  static std::atomic<int> writes = 0;
  const bool counts = text.empty() || ::memmem(bytes, count, text.data(), text.size()) != nullptr;
  if (counts && is_held_file(descriptor) && ++writes > after) hold();
  return real(descriptor, bytes, count);
}
