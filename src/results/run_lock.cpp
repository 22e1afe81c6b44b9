#include "run_lock.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"

#include "utc_time.h"

namespace crossfold {
namespace {

constexpr std::uint64_t kMostBytes = 4096;

std::string reason() { return std::generic_category().message(errno); }

int open_lock_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  CF_VALIDATE(descriptor >= 0, ErrorCode::io, fmt::format("cannot open for writing ({})", reason()),
              path.string());
  return descriptor;
}

std::string holder_of(const std::filesystem::path& path) {
  std::string holder = read_file(path, kMostBytes);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "it has just started" : holder;
}

}  // namespace

bool is_lock(std::string_view content) {
  constexpr std::string_view kStart = "host ";
  const std::size_t lines =
      static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n'));
  return content.size() < kMostBytes && lines <= 1 &&
         content.starts_with(kStart.substr(0, content.size()));
}

RunLock::RunLock(int descriptor) : descriptor_(descriptor) {}

// Delegates, so that the destructor closes the file when something below throws.
RunLock::RunLock(const std::filesystem::path& path) : RunLock(open_lock_file(path)) {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    CF_VALIDATE(errno != EWOULDBLOCK, ErrorCode::io,
                fmt::format("another run is alive in this folder ({}). wait for it, or choose "
                            "another --out",
                            holder_of(path)),
                path.parent_path().string());
    log_warning(
        fmt::format("{}: cannot be locked ({}). make sure that no second run uses this "
                    "folder",
                    path.string(), reason()));
    return;
  }
  std::string holder(kMostBytes, '\0');
  const ssize_t got = ::pread(descriptor_, holder.data(), holder.size(), 0);
  holder.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  CF_VALIDATE(is_lock(holder), ErrorCode::bad_input,
              "is no lock of crossfold (it would be written over). move it away, or choose another "
              "--out",
              path.string());
  const std::string text =
      fmt::format("host {}, process {}, since {}\n", host_info().name, ::getpid(), utc_now());
  const bool written =
      ::ftruncate(descriptor_, 0) == 0 &&
      ::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  CF_VALIDATE(written, ErrorCode::io, fmt::format("cannot write ({})", reason()), path.string());
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

RunLock::RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace crossfold
