// Preloaded into a program under test (LD_PRELOAD): a disk that waits. Of the file whose path ends
// with HOLD_FILE, HOLD_AFTER writes pass; the next one creates HOLD_RELEASE.held and waits until
// HOLD_RELEASE exists.

#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

bool is_held_file(int descriptor) {
  static const std::string ending = setting("HOLD_FILE");
  if (ending.empty()) return false;
  std::string path(4096, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  path.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return std::string_view(path).ends_with(ending);
}

void hold() {
  static const std::string release = setting("HOLD_RELEASE");
  static const std::string restarts = setting("SLURM_RESTART_COUNT");
  static const std::string of_this_start = release + "." + (restarts.empty() ? "0" : restarts);
  ::close(::open((of_this_start + ".held").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  while (::access(release.c_str(), F_OK) != 0 && ::access(of_this_start.c_str(), F_OK) != 0)
    ::usleep(2000);
}

}  // namespace

extern "C" ssize_t write(int descriptor, const void* bytes, size_t count) {
  using Write = ssize_t (*)(int, const void*, size_t);
  static const auto real = reinterpret_cast<Write>(::dlsym(RTLD_NEXT, "write"));
  static const int after = std::atoi(setting("HOLD_AFTER").c_str());
  static std::atomic<int> writes = 0;
  if (is_held_file(descriptor) && ++writes > after) hold();
  return real(descriptor, bytes, count);
}
