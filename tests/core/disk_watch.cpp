#include "core/disk_watch.h"

#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

#include "core/descriptor_path.h"

namespace crossfold::test {
namespace {

struct Watch {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::string> below;
  std::vector<DiskCall> calls;
  std::optional<std::size_t> failing;
  int error = EIO;
  bool has_failed = false;
  std::string log;
  std::string failing_name;  ///< calls on paths that hold it fail
  std::string stalled_by;
  std::size_t stalls_ended = 0;
  bool has_stalled = false;
};

/// Never destroyed: calls come until the very end of the process.
Watch& watch() {
  static Watch* const only = new Watch;
  return *only;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

ssize_t real_write(int descriptor, const void* bytes, std::size_t count) {
  static const auto call = next<ssize_t (*)(int, const void*, std::size_t)>("write");
  return call(descriptor, bytes, count);
}
int real_open(const char* path, int flags, mode_t mode) {
  static const auto call = next<int (*)(const char*, int, ...)>("open");
  return call(path, flags, mode);
}

void append_to_log(const Watch& w, const DiskCall& call) {
  if (w.log.empty()) return;
  const int file = real_open(w.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const bool is_text =
      call.path.ends_with(".jsonl") || call.path.find(".heartbeat.json.") != std::string::npos;
  std::string line = (call.failed ? "failed\t" : "done\t") + call.name + '\t' + call.path + '\t' +
                     call.to + '\t' + std::to_string(call.size) + '\t';
  for (const char c : is_text ? call.bytes : "") line += c == '\n' ? '\x01' : c;
  line += '\n';
  if (file < 0 || real_write(file, line.data(), line.size()) < 0) std::abort();
  ::close(file);
}

std::string absolute(const char* path) {
  if (*path == '/') return path;
  std::error_code error;
  return (std::filesystem::current_path(error) / path).string();
}

std::string path_of(int descriptor) { return std::string(DescriptorPath(descriptor).view()); }

/// Notes a call; true when it is to fail, errno set.
bool fails(DiskCall call) {
  const int before = errno;
  Watch& w = watch();
  std::unique_lock lock(w.mutex);
  if (!w.below || !call.path.starts_with(*w.below)) return false;
  const bool failing =
      w.failing == w.calls.size() ||
      (!w.failing_name.empty() && call.path.find(w.failing_name) != std::string::npos);
  call.failed = failing;
  append_to_log(w, call);
  if (call.name == "rename" && call.to.ends_with(w.stalled_by)) ++w.stalls_ended;
  const bool stalls = call.name == "fdatasync" && !w.stalled_by.empty() && !w.has_stalled &&
                      call.path.ends_with(".jsonl") && !w.calls.empty() &&
                      w.calls.back().bytes.find("\"kind\":\"cohort\"") != std::string::npos;
  w.calls.push_back(std::move(call));
  w.changed.notify_all();
  if (stalls) {
    w.has_stalled = true;
    const std::size_t goal = w.stalls_ended + 2;
    w.changed.wait_for(lock, std::chrono::seconds(60), [&] { return w.stalls_ended >= goal; });
  }
  if (failing) w.has_failed = true;
  errno = failing ? w.error : before;
  return failing;
}

/// In the log of a program: a flush is seen to begin and to end.
void note_end_of(DiskCall call) {
  Watch& w = watch();
  const std::lock_guard lock(w.mutex);
  if (!w.below || !call.path.starts_with(*w.below)) return;
  call.name += " done";
  append_to_log(w, call);
}

std::string text_of(const void* bytes, std::size_t count) {
  return {static_cast<const char*>(bytes), count};
}

__attribute__((constructor)) void start_by_environment() {
  const char* below = std::getenv("DISK_WATCH_BELOW");
  const char* log = std::getenv("DISK_WATCH_LOG");
  if (below == nullptr || log == nullptr) return;
  Watch& w = watch();
  w.below = below;
  w.log = log;
  if (const char* fail = std::getenv("DISK_WATCH_FAIL"))
    w.failing = std::strtoull(fail, nullptr, 10);
  if (const char* name = std::getenv("DISK_WATCH_FAIL_NAME")) w.failing_name = name;
  if (const char* stall = std::getenv("DISK_WATCH_STALL")) w.stalled_by = stall;
}

int watched_open(const char* path, int flags, mode_t mode) {
  const bool is_new = (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0;
  const char* name = is_new                   ? "create"
                     : (flags & O_TRUNC) != 0 ? "truncate"
                     : (flags & O_CREAT) != 0 ? "open"
                                              : nullptr;
  if (name != nullptr &&
      fails({.name = name, .path = absolute(path), .to = "", .bytes = "", .failed = false}))
    return -1;
  return real_open(path, flags, mode);
}

}  // namespace

DiskWatch::DiskWatch(const std::filesystem::path& below) {
  Watch& w = watch();
  const std::lock_guard lock(w.mutex);
  w.below = std::filesystem::absolute(below).string();
  w.calls.clear();
  w.failing.reset();
  w.has_failed = false;
}

DiskWatch::~DiskWatch() {
  Watch& w = watch();
  const std::lock_guard lock(w.mutex);
  w.below.reset();
}

std::vector<DiskCall> DiskWatch::calls() const {
  Watch& w = watch();
  const std::lock_guard lock(w.mutex);
  return w.calls;
}

void DiskWatch::fail_once(std::size_t index, int error) {
  Watch& w = watch();
  const std::lock_guard lock(w.mutex);
  w.failing = w.calls.size() + index;
  w.error = error;
}

bool DiskWatch::has_failed() const {
  Watch& w = watch();
  const std::lock_guard lock(w.mutex);
  return w.has_failed;
}

std::vector<DiskCall> disk_log(const std::filesystem::path& log) {
  std::vector<DiskCall> calls;
  std::ifstream file(log, std::ios::binary);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    DiskCall call;
    std::string outcome;
    std::getline(fields, outcome, '\t');
    call.failed = outcome == "failed";
    std::getline(fields, call.name, '\t');
    std::getline(fields, call.path, '\t');
    std::getline(fields, call.to, '\t');
    std::string size;
    std::getline(fields, size, '\t');
    call.size = std::stoul(size);
    std::getline(fields, call.bytes);
    for (char& c : call.bytes)
      if (c == '\x01') c = '\n';
    calls.push_back(std::move(call));
  }
  return calls;
}

std::vector<std::string> short_names(const std::vector<DiskCall>& calls) {
  const auto short_name = [](const std::string& path) {
    std::string name = std::filesystem::path(path).filename().string();
    return name.ends_with(".tmp") ? "tmp" : name;
  };
  std::vector<std::string> names;
  for (const DiskCall& call : calls)
    names.push_back(call.name + ' ' + short_name(call.path) +
                    (call.to.empty() ? "" : " to " + short_name(call.to)));
  return names;
}

}  // namespace crossfold::test

using crossfold::test::DiskCall;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return crossfold::test::watched_open(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return crossfold::test::watched_open(path, flags, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  using namespace crossfold::test;
  if (fails({.name = "write",
             .path = path_of(descriptor),
             .to = "",
             .bytes = text_of(bytes, count),
             .failed = false,
             .size = count}))
    return -1;
  return real_write(descriptor, bytes, count);
}
ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
  using namespace crossfold::test;
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (fails({.name = "write",
             .path = path_of(descriptor),
             .to = "",
             .bytes = text_of(bytes, count),
             .failed = false,
             .size = count}))
    return -1;
  return real(descriptor, bytes, count, at);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t at) {
  return pwrite(descriptor, bytes, count, at);
}
ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  using namespace crossfold::test;
  static const auto real = next<ssize_t (*)(int, const struct iovec*, int)>("writev");
  if (fails({.name = "write", .path = path_of(descriptor), .to = "", .bytes = "", .failed = false}))
    return -1;
  return real(descriptor, parts, count);
}

int fsync(int descriptor) {
  using namespace crossfold::test;
  static const auto real = next<int (*)(int)>("fsync");
  if (fails({.name = "fsync", .path = path_of(descriptor), .to = "", .bytes = "", .failed = false}))
    return -1;
  return real(descriptor);
}
int fdatasync(int descriptor) {
  using namespace crossfold::test;
  static const auto real = next<int (*)(int)>("fdatasync");
  DiskCall call{
      .name = "fdatasync", .path = path_of(descriptor), .to = "", .bytes = "", .failed = false};
  if (fails(call)) return -1;
  const int result = real(descriptor);
  note_end_of(std::move(call));
  return result;
}

int rename(const char* from, const char* to) noexcept {
  using namespace crossfold::test;
  static const auto real = next<int (*)(const char*, const char*)>("rename");
  if (fails({.name = "rename",
             .path = absolute(from),
             .to = absolute(to),
             .bytes = "",
             .failed = false}))
    return -1;
  return real(from, to);
}
int unlink(const char* path) noexcept {
  using namespace crossfold::test;
  static const auto real = next<int (*)(const char*)>("unlink");
  if (fails({.name = "unlink", .path = absolute(path), .to = "", .bytes = "", .failed = false}))
    return -1;
  return real(path);
}
int remove(const char* path) noexcept {  // what std::filesystem::remove calls
  using namespace crossfold::test;
  static const auto real = next<int (*)(const char*)>("remove");
  if (fails({.name = "unlink", .path = absolute(path), .to = "", .bytes = "", .failed = false}))
    return -1;
  return real(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  using namespace crossfold::test;
  static const auto real = next<int (*)(const char*, mode_t)>("mkdir");
  if (fails({.name = "mkdir", .path = absolute(path), .to = "", .bytes = "", .failed = false}))
    return -1;
  return real(path, mode);
}

int truncate(const char* path, off_t size) noexcept {
  using namespace crossfold::test;
  static const auto real = next<int (*)(const char*, off_t)>("truncate");
  if (fails({.name = "truncate", .path = absolute(path), .to = "", .bytes = "", .failed = false}))
    return -1;
  return real(path, size);
}
int truncate64(const char* path, off64_t size) noexcept { return truncate(path, size); }
int ftruncate(int descriptor, off_t size) noexcept {
  using namespace crossfold::test;
  static const auto real = next<int (*)(int, off_t)>("ftruncate");
  if (fails({.name = "truncate",
             .path = path_of(descriptor),
             .to = "",
             .bytes = "",
             .failed = false}))
    return -1;
  return real(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) noexcept { return ftruncate(descriptor, size); }

}  // extern "C"
