#include "run_lock.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/core/utc_time.h"

namespace crossfold {
namespace {

constexpr std::uint64_t kMostHolderBytes = 4096;

std::string reason() { return std::generic_category().message(errno); }

std::string holder_of(const std::filesystem::path& path) {
  std::string holder = read_file(path, kMostHolderBytes);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "it has just started" : holder;
}

/// Between process and start in a holder's line; nothing outside of Slurm.
std::string job_text(const SlurmJob& job) {
  return job.id.empty() ? "" : fmt::format("Slurm job {}, ", job.id);
}

/// An earlier start of the same job cannot be at work: Slurm ends one before it begins the next.
bool may_be_lost(const std::string& holder, const SlurmJob& job) {
  return job.restarted && !job.id.empty() && holder.find(job_text(job)) != std::string::npos;
}

/// Those that only look share the lock for a moment: they are waited for, a run is not.
FileDescriptor::Lock lock_for_run(const FileDescriptor& file, const std::filesystem::path& path) {
  constexpr int kAttempts = 1000;
  FileDescriptor::Lock lock = file.try_lock();
  for (int attempt = 0; attempt < kAttempts && lock == FileDescriptor::Lock::held; ++attempt) {
    if (RunLock::use_of(path) == RunLock::Use::held) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lock = file.try_lock();
  }
  return lock;
}

/// The lock of a start that may be lost, where it is freed in time.
FileDescriptor::Lock lock_when_freed(const FileDescriptor& file,
                                     const std::filesystem::path& path) {
  using namespace std::chrono_literals;
  constexpr auto kLongest = 180s;
  constexpr auto kPause = 100ms;
  log_warning(
      fmt::format("{}: an earlier start of this Slurm job holds the lock ({}). its node may be "
                  "lost: waits up to {} s until the file server frees it",
                  path.string(), holder_of(path), kLongest.count()));
  FileDescriptor::Lock lock = FileDescriptor::Lock::held;
  for (auto left = kLongest / kPause; left > 0 && lock == FileDescriptor::Lock::held; --left) {
    std::this_thread::sleep_for(kPause);
    lock = lock_for_run(file, path);
  }
  return lock;
}

}  // namespace

bool is_lock(std::string_view content) {
  constexpr std::string_view kStart = "host ";
  const std::size_t lines =
      static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n'));
  return content.size() < kMostHolderBytes && lines <= 1 &&
         content.starts_with(kStart.substr(0, content.size()));
}

RunLock::Use RunLock::use_of(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return Use::unknown;
  // Shared: two that look do not take each other for a run.
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return Use::free;
  return errno == EWOULDBLOCK ? Use::held : Use::unknown;
}

std::optional<std::string> RunLock::holder(const std::filesystem::path& path) {
  if (use_of(path) != Use::held) return std::nullopt;
  return holder_of(path);
}

RunLock::RunLock(const std::filesystem::path& path, const SlurmJob& job)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  CF_VALIDATE(file_.is_open(), ErrorCode::io, fmt::format("cannot open for writing ({})", reason()),
              path.string());
  FileDescriptor::Lock lock = lock_for_run(file_, path);
  if (lock == FileDescriptor::Lock::held && may_be_lost(holder_of(path), job))
    lock = lock_when_freed(file_, path);
  CF_VALIDATE(lock != FileDescriptor::Lock::held, ErrorCode::io,
              fmt::format("another run is alive in this folder ({}). wait for it, or choose "
                          "another --out",
                          holder_of(path)),
              path.parent_path().string());
  if (lock == FileDescriptor::Lock::unsupported) {
    log_warning(
        fmt::format("{}: cannot be locked ({}). make sure that no second run uses this "
                    "folder",
                    path.string(), reason()));
    return;
  }
  std::string holder(kMostHolderBytes, '\0');
  const ssize_t got = ::pread(file_.get(), holder.data(), holder.size(), 0);
  holder.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  CF_VALIDATE(is_lock(holder), ErrorCode::bad_input,
              "is no lock of crossfold (it would be written over). move it away, or choose another "
              "--out",
              path.string());
  const std::string text = fmt::format("host {}, process {}, {}since {}\n", host_info().name,
                                       ::getpid(), job_text(job), utc_now());
  const bool written =
      ::ftruncate(file_.get(), 0) == 0 &&
      ::pwrite(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  CF_VALIDATE(written, ErrorCode::io, fmt::format("cannot write ({})", reason()), path.string());
}

}  // namespace crossfold
