#include "crossfold/core/files.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <random>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::generic_category().message(error); }

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

void sync_descriptor(int descriptor, const fs::path& path) {
  if (::fsync(descriptor) == 0 || errno == EINVAL) return;  // some file systems sync no folder
  throw Error(ErrorCode::io, fmt::format("cannot flush to disk ({})", reason(errno)),
              path.string());
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// No longer than names may be, whatever the name that it begins with.
std::string new_name(const fs::path& target) {
  constexpr std::size_t kMostOfName = 100;
  constexpr std::size_t kMostOfHost = 64;
  static std::atomic<std::uint64_t> count = 0;
  std::random_device random;
  std::array<char, kMostOfHost> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return fmt::format(".{}.{}.{}.{}.{:08x}{:08x}.tmp",
                     target.filename().string().substr(0, kMostOfName), host.data(), ::getpid(),
                     count++, random(), random());
}

struct NewFile {
  fs::path path;
  FileDescriptor descriptor;
  int error = 0;  ///< why there is none
};

/// A file beside `target` that was not there before.
NewFile create_beside(const fs::path& target) {
  constexpr int kAttempts = 100;
  NewFile file;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    file.path = folder_of(target) / new_name(target);
    file.descriptor = FileDescriptor(
        ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    file.error = file.descriptor.is_open() ? 0 : errno;
    if (file.error != EEXIST) break;
  }
  return file;
}

/// Those of `path` and of the folders above it that are not there, the uppermost first.
std::vector<fs::path> missing_folders(const fs::path& path) {
  std::vector<fs::path> missing;
  std::error_code error;
  for (fs::path at = path; !at.empty() && !fs::exists(at, error); at = at.parent_path())
    missing.insert(missing.begin(), at);
  return missing;
}

struct OpenFile {
  FileDescriptor descriptor;
  struct stat info {};
};

/// Does not wait for who may write into a named pipe.
OpenFile open_to_read(const fs::path& path) {
  std::error_code ignored;
  const int at_once = fs::is_fifo(path, ignored) ? O_NONBLOCK : 0;
  OpenFile file{.descriptor = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | at_once))};
  CF_VALIDATE(file.descriptor.is_open(), ErrorCode::io,
              fmt::format("cannot open ({})", reason(errno)), path.string());
  CF_VALIDATE(::fstat(file.descriptor.get(), &file.info) == 0, ErrorCode::io,
              fmt::format("cannot read ({})", reason(errno)), path.string());
  if (at_once != 0) ::fcntl(file.descriptor.get(), F_SETFL, O_RDONLY);  // for opening alone
  return file;
}

/// One that has no name in a folder: a shell's.
bool is_unnamed_pipe(const OpenFile& file) {
  struct statfs system {};
  return S_ISFIFO(file.info.st_mode) && ::fstatfs(file.descriptor.get(), &system) == 0 &&
         system.f_type == PIPEFS_MAGIC;
}

/// Error{io} for what has no content that could be read to an end.
void require_an_end(const OpenFile& file, const fs::path& path) {
  const mode_t mode = file.info.st_mode;
  CF_VALIDATE(!S_ISDIR(mode), ErrorCode::io, "is a folder (a file is needed)", path.string());
  CF_VALIDATE(!S_ISFIFO(mode) || is_unnamed_pipe(file), ErrorCode::io,
              "is a named pipe (who reads it waits until somebody writes to it). give a file, or "
              "<(command) in the shell",
              path.string());
  const bool is_device = S_ISBLK(mode) || S_ISCHR(mode);
  CF_VALIDATE(!is_device || ::isatty(file.descriptor.get()) == 1, ErrorCode::io,
              "is a device (a file is needed)", path.string());
}

}  // namespace

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  const OpenFile opened = open_to_read(path);
  require_an_end(opened, path);
  const auto& [file, info] = opened;
  const bool is_stream = !S_ISREG(info.st_mode);
  if (is_stream) max_bytes = std::min(max_bytes, kMaxStreamBytes);
  CF_VALIDATE(static_cast<std::uint64_t>(info.st_size) <= max_bytes, ErrorCode::bad_input,
              fmt::format("has {} bytes (at most {} are accepted)", info.st_size, max_bytes),
              path.string());
  std::string content;
  content.reserve(static_cast<std::size_t>(info.st_size));
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    CF_VALIDATE(got >= 0, ErrorCode::io, fmt::format("cannot read ({})", reason(errno)),
                path.string());
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
    CF_VALIDATE(
        content.size() <= max_bytes, ErrorCode::bad_input,
        fmt::format("is longer than {} bytes{}", max_bytes,
                    is_stream ? " (the most that is read of a pipe here). give a file" : ""),
        path.string());
  }
}

std::string read_file_part(const fs::path& path, std::uint64_t offset, std::uint64_t bytes) {
  const auto [file, info] = open_to_read(path);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  CF_VALIDATE(offset <= size && bytes <= size - offset, ErrorCode::bad_input,
              fmt::format("is cut short (it has {} bytes)", size), path.string());
  std::string content(bytes, '\0');
  for (std::uint64_t at = 0; at < bytes;) {
    const ssize_t got =
        ::pread(file.get(), content.data() + at, bytes - at, static_cast<off_t>(offset + at));
    if (got < 0 && errno == EINTR) continue;
    CF_VALIDATE(got > 0, ErrorCode::io,
                fmt::format("cannot read ({})", got < 0 ? reason(errno) : "it ends too early"),
                path.string());
    at += static_cast<std::uint64_t>(got);
  }
  return content;
}

TemporaryFile::TemporaryFile(const fs::path& target) : target_(target) {
  NewFile file = create_beside(target);
  CF_VALIDATE(file.error == 0, ErrorCode::io, fmt::format("cannot create ({})", reason(file.error)),
              target.string());
  path_ = std::move(file.path);
  descriptor_ = std::move(file.descriptor);
}

TemporaryFile::~TemporaryFile() {
  descriptor_ = FileDescriptor();  // closed before its name goes: file systems over a network
  if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::write(std::string_view bytes) { write_all(descriptor_.get(), bytes, target_); }

void TemporaryFile::sync() {
  const FileDescriptor file(
      ::open(path_.c_str(), O_RDONLY | O_CLOEXEC));  // a library may have made it
  CF_VALIDATE(file.is_open(), ErrorCode::io, fmt::format("cannot open ({})", reason(errno)),
              target_.string());
  sync_descriptor(file.get(), target_);
}

void TemporaryFile::rename_to_target() {
  CF_VALIDATE(::rename(path_.c_str(), target_.c_str()) == 0, ErrorCode::io,
              fmt::format("cannot rename into place ({})", reason(errno)), target_.string());
  path_.clear();
}

void write_file_whole(const fs::path& path, std::string_view content) {
  TemporaryFile file(path);
  file.write(content);
  file.sync();
  file.rename_to_target();
  sync_folder(folder_of(path));
}

void write_file_whole(const fs::path& path,
                      const std::function<void(const std::filesystem::path&)>& write,
                      const std::function<void()>& check) {
  TemporaryFile file(path);
  try {
    write(file.path());
  } catch (const Error& error) {
    const std::string temporary = file.path().string();
    if (!error.where().starts_with(temporary)) throw;
    throw Error(error.code(), error.message(),
                path.string() + error.where().substr(temporary.size()), error.cause());
  }
  file.sync();
  if (check) check();
  file.rename_to_target();
  sync_folder(folder_of(path));
}

FileState state_of_file(const fs::path& path) {
  struct stat found {};
  CF_VALIDATE(::stat(path.c_str(), &found) == 0, ErrorCode::io,
              fmt::format("cannot look at the file ({})", reason(errno)), path.string());
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .bytes = static_cast<std::uint64_t>(found.st_size),
          .changed_s = found.st_mtim.tv_sec,
          .changed_ns = found.st_mtim.tv_nsec};
}

void require_new_files(const std::vector<fs::path>& files) {
  ValidationErrors errors;
  for (const fs::path& file : files) {
    if (is_there(file))
      errors.add(file.string(),
                 "is there already (it would be written over). name another file, or move it away");
  }
  errors.throw_if_any(ErrorCode::bad_input, "");
}

void write_new_file(const fs::path& path, std::string_view content) {
  std::error_code error;
  const bool is_there = fs::exists(fs::symlink_status(path, error));
  CF_VALIDATE(!is_there || (fs::file_size(path, error) == content.size() &&
                            read_file(path, content.size()) == content),
              ErrorCode::bad_input,
              "is there already and holds something else (it would be written over). name another "
              "file, or move it away",
              path.string());
  write_file_whole(path, content);
}

void sync_folder(const fs::path& folder) {
  const FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CF_VALIDATE(opened.is_open(), ErrorCode::io, fmt::format("cannot open ({})", reason(errno)),
              folder.string());
  sync_descriptor(opened.get(), folder);
}

void create_writable_folder(const fs::path& path) {
  const std::vector<fs::path> missing = missing_folders(path);
  std::error_code error;
  fs::create_directories(path, error);
  CF_VALIDATE(!error, ErrorCode::io,
              fmt::format("cannot create this folder ({}). choose another one or ask for the right "
                          "to write there",
                          error.message()),
              path.string());
  CF_VALIDATE(fs::is_directory(path), ErrorCode::io, "is not a folder. choose another name",
              path.string());
  for (const fs::path& made : missing) sync_folder(folder_of(made));
  NewFile probe = create_beside(path / "probe");
  CF_VALIDATE(probe.error == 0, ErrorCode::io,
              fmt::format("cannot write into this folder ({}). choose another one or ask for the "
                          "right to write there",
                          reason(probe.error)),
              path.string());
  probe.descriptor = FileDescriptor();
  ::unlink(probe.path.c_str());
}

AppendFile::AppendFile(fs::path path, Which which)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
                             (which == Which::new_only ? O_EXCL | O_NOFOLLOW : 0),
                         0666)) {
  CF_VALIDATE(descriptor_.is_open(), ErrorCode::io,
              fmt::format("cannot open for writing ({})", reason(errno)), path_.string());
  sync_folder(folder_of(path_));  // else a new file's name may be lost
}

void AppendFile::append(std::string_view bytes) { write_all(descriptor_.get(), bytes, path_); }

bool AppendFile::hold() { return descriptor_.try_lock() != FileDescriptor::Lock::held; }

void AppendFile::flush() {
  CF_VALIDATE(::fdatasync(descriptor_.get()) == 0, ErrorCode::io,
              fmt::format("cannot flush to disk ({})", reason(errno)), path_.string());
}

}  // namespace crossfold
