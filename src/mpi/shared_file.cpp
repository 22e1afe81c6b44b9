#include "shared_file.h"

#include <cerrno>
#include <fcntl.h>
#include <random>
#include <regex>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace crossfold::mpi {
namespace {

namespace fs = std::filesystem;

std::string name_prefix() { return fmt::format("crossfold-copy.{}.", ::geteuid()); }

/// Different for every file, also of processes with equal numbers in two containers.
std::string new_name() {
  std::random_device device;
  return fmt::format("{}{}.{:08x}{:08x}", name_prefix(), ::getpid(), device(), device());
}

/// Whether a file is called as new_name calls one of this user's: nothing else is taken for ours.
bool is_our_name(const std::string& name) {
  static const std::regex pattern(R"(crossfold-copy\.[0-9]+\.[0-9]+\.[0-9a-f]{16})");
  return name.starts_with(name_prefix()) && std::regex_match(name, pattern);
}

/// Never waits: what other users put into the folder may be a pipe that nobody writes to.
FileDescriptor open_to_read(const fs::path& path) {
  return FileDescriptor(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

/// True when the lock is ours, and what is locked is a file that still has a name.
bool lock_named(const FileDescriptor& file) {
  struct stat info {};
  return file.try_lock() == FileDescriptor::Lock::taken && ::fstat(file.get(), &info) == 0 &&
         S_ISREG(info.st_mode) && info.st_nlink == 1;
}

}  // namespace

std::optional<SharedFile> SharedFile::create(const fs::path& folder, std::uint64_t size,
                                             std::string& reasons) {
  remove_stale_files(folder);
  int error = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    fs::path path = folder / new_name();
    FileDescriptor opened(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!opened.is_open()) {
      error = errno;
      break;
    }
    SharedFile file(std::move(path), std::move(opened), true);
    if (!lock_named(file.file_)) continue;  // taken for stale between open and lock
    error = ::posix_fallocate(file.descriptor(), 0, static_cast<off_t>(size));
    if (error == 0) return file;
    break;
  }
  reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", folder.string(),
                         std::generic_category().message(error));
  return std::nullopt;
}

std::optional<SharedFile> SharedFile::open(const fs::path& path, std::uint64_t size) {
  FileDescriptor opened = open_to_read(path);
  if (!opened.is_open()) return std::nullopt;
  SharedFile file(path, std::move(opened), false);
  struct stat info {};
  if (::fstat(file.descriptor(), &info) != 0 || !S_ISREG(info.st_mode) ||
      info.st_uid != ::geteuid() || static_cast<std::uint64_t>(info.st_size) != size)
    return std::nullopt;
  return file;
}

SharedFile::~SharedFile() {
  if (file_.is_open() && created_) ::unlink(path_.c_str());
}

void remove_stale_files(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (!is_our_name(path.filename().string())) continue;
    const FileDescriptor file = open_to_read(path);
    if (file.is_open() && lock_named(file)) ::unlink(path.c_str());
  }
}

}  // namespace crossfold::mpi
