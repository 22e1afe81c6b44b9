#include "run_lock.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"

namespace crossfold {
namespace {

constexpr std::uint64_t kMostBytes = 4096;

std::string reason() { return std::generic_category().message(errno); }

}  // namespace

RunLock::RunLock(const std::filesystem::path& path) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  CF_VALIDATE(descriptor_ >= 0, ErrorCode::io,
              fmt::format("cannot open for writing ({})", reason()), path.string());
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      log_warning(
          fmt::format("{}: cannot be locked ({}). make sure that no second run uses this "
                      "folder",
                      path.string(), reason()));
      return;
    }
    std::string holder = read_file(path, kMostBytes);
    ::close(std::exchange(descriptor_, -1));
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    throw Error(ErrorCode::io,
                fmt::format("another run is alive in this folder ({}). wait for it, or choose "
                            "another --out",
                            holder.empty() ? "it has just started" : holder),
                path.parent_path().string());
  }
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const std::string text = fmt::format("host {}, process {}, since {:%Y-%m-%d %H:%M:%S} UTC\n",
                                       host_info().name, ::getpid(), fmt::gmtime(now));
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
