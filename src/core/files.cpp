#include "crossfold/core/files.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

void write_all(int descriptor, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      throw Error(ErrorCode::io,
                  fmt::format("cannot write ({}). free space or choose another folder, then run "
                              "again",
                              reason(error)),
                  path.string());
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void sync_file(const fs::path& path, int flags) {
  const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) {
    const int error = errno;
    if (error == EINVAL) return;  // some file systems cannot sync a folder
    throw Error(ErrorCode::io, fmt::format("cannot flush to disk ({})", reason(error)),
                path.string());
  }
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  CF_VALIDATE(file.get() >= 0, ErrorCode::io, fmt::format("cannot open ({})", reason(errno)),
              path.string());
  struct stat info {};
  CF_VALIDATE(::fstat(file.get(), &info) == 0, ErrorCode::io,
              fmt::format("cannot read ({})", reason(errno)), path.string());
  CF_VALIDATE(!S_ISDIR(info.st_mode), ErrorCode::io, "is a folder (a file is needed)",
              path.string());
  CF_VALIDATE(static_cast<std::uint64_t>(info.st_size) <= max_bytes, ErrorCode::bad_input,
              fmt::format("has {} bytes (at most {} are accepted)", info.st_size, max_bytes),
              path.string());
  std::string content;
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    CF_VALIDATE(got >= 0, ErrorCode::io, fmt::format("cannot read ({})", reason(errno)),
                path.string());
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
    CF_VALIDATE(content.size() <= max_bytes, ErrorCode::bad_input,
                fmt::format("is longer than {} bytes", max_bytes), path.string());
  }
}

void write_file_whole(const fs::path& path, std::string_view content) {
  write_file_whole(path, [&](const fs::path& temporary) {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    CF_VALIDATE(file.get() >= 0, ErrorCode::io, fmt::format("cannot create ({})", reason(errno)),
                path.string());
    write_all(file.get(), content, path);
  });
}

void write_file_whole(const fs::path& path,
                      const std::function<void(const std::filesystem::path&)>& write) {
  const fs::path temporary =
      folder_of(path) / fmt::format(".{}.{}.tmp", path.filename().string(), ::getpid());
  try {
    write(temporary);
    sync_file(temporary, O_RDONLY);
    if (::rename(temporary.c_str(), path.c_str()) != 0)
      throw Error(ErrorCode::io, fmt::format("cannot rename into place ({})", reason(errno)),
                  path.string());
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_file(folder_of(path), O_RDONLY | O_DIRECTORY);
}

void create_writable_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  CF_VALIDATE(!error, ErrorCode::io,
              fmt::format("cannot create this folder ({}). choose another one or ask for the right "
                          "to write there",
                          error.message()),
              path.string());
  CF_VALIDATE(fs::is_directory(path), ErrorCode::io, "is not a folder. choose another name",
              path.string());
  const fs::path probe = path / fmt::format(".probe.{}", ::getpid());
  const Descriptor file(::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  CF_VALIDATE(file.get() >= 0, ErrorCode::io,
              fmt::format("cannot write into this folder ({}). choose another one or ask for the "
                          "right to write there",
                          reason(errno)),
              path.string());
  ::unlink(probe.c_str());
}

AppendFile::AppendFile(fs::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  CF_VALIDATE(descriptor_ >= 0, ErrorCode::io,
              fmt::format("cannot open for writing ({})", reason(errno)), path_.string());
  try {
    sync_file(folder_of(path_), O_RDONLY | O_DIRECTORY);  // else a new file's name may be lost
  } catch (...) {
    ::close(descriptor_);  // no destructor runs for an object whose constructor throws
    throw;
  }
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void AppendFile::append(std::string_view bytes) { write_all(descriptor_, bytes, path_); }

bool AppendFile::hold() {
  return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void AppendFile::flush() {
  CF_VALIDATE(::fdatasync(descriptor_) == 0, ErrorCode::io,
              fmt::format("cannot flush to disk ({})", reason(errno)), path_.string());
}

}  // namespace crossfold
