#include "crossfold/site/file_system.h"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <optional>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/file_descriptor.h"
#include "crossfold/core/files.h"

namespace crossfold::site {
namespace {

namespace fs = std::filesystem;

constexpr double kSmallSpace_gb = 1;
constexpr double kSlowFlush_ms = 100;

std::string reason() { return std::generic_category().message(errno); }

Finding file_finding(const char* id, Verdict verdict, std::string text) {
  return {.topic = "files", .id = id, .verdict = verdict, .text = std::move(text)};
}

/// Two openings of one file exclude each other, as two runs in one folder should.
Finding check_locks(const fs::path& file) {
  const auto open = [&] { return FileDescriptor(::open(file.c_str(), O_RDWR | O_CLOEXEC)); };
  const FileDescriptor first = open();
  const FileDescriptor second = open();
  if (first.try_lock() != FileDescriptor::Lock::taken)
    return file_finding(
        "second-run-refused", Verdict::broken,
        fmt::format("files cannot be locked here ({}): nothing keeps a second run out of "
                    "a folder. set HDF5_USE_FILE_LOCKING=FALSE, and take care",
                    reason()));
  if (second.try_lock() == FileDescriptor::Lock::taken)
    return file_finding("second-run-refused", Verdict::broken,
                        "locks do not exclude each other here: nothing keeps a second run out of a "
                        "folder. take care that none is started");
  return file_finding("second-run-refused", Verdict::holds,
                      "files can be locked: a second run in the same folder is refused");
}

Finding check_whole_files(const fs::path& file) {
  try {
    write_file_whole(file, "old");
    write_file_whole(file, "new");
    if (read_file(file, 16) == "new")
      return file_finding("files-appear-whole", Verdict::holds,
                          "a file can be renamed over another: readers see the old or the new one");
    return file_finding("files-appear-whole", Verdict::broken,
                        "a renamed file is not seen at once here. use another file system");
  } catch (const Error& error) {
    return file_finding("files-appear-whole", Verdict::broken, error.what());
  }
}

Finding check_flush(const fs::path& file) {
  constexpr int kTimes = 5;
  try {
    AppendFile journal(file);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kTimes; ++i) {
      journal.append("a line of a journal\n");
      journal.flush();
    }
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - start;
    const double each_ms = spent.count() / kTimes;
    return file_finding(
        "journal-is-durable", each_ms < kSlowFlush_ms ? Verdict::holds : Verdict::limited,
        fmt::format(
            "a flush to disk takes {:.2g} ms{}", each_ms,
            each_ms < kSlowFlush_ms ? "" : " (slow: many short fits will wait for the disk)"));
  } catch (const Error& error) {
    return file_finding("journal-is-durable", Verdict::broken, error.what());
  }
}

Finding check_space(const fs::path& directory) {
  struct statvfs info {};
  if (::statvfs(directory.c_str(), &info) != 0)
    return file_finding("room-for-results", Verdict::unknown,
                        fmt::format("the free space is not told ({})", reason()));
  const double free_gb =
      static_cast<double>(info.f_bavail) * static_cast<double>(info.f_frsize) / 1e9;
  return file_finding(
      "room-for-results", free_gb < kSmallSpace_gb ? Verdict::limited : Verdict::holds,
      fmt::format("{:.3g} GB are free in {}{}", free_gb, directory.string(),
                  free_gb < kSmallSpace_gb ? " (little for predictions of many fits)" : ""));
}

}  // namespace

std::vector<Finding> check_file_system(const fs::path& directory) {
  std::optional<TemporaryFile> file;  // what is renamed over it below is ours too
  try {
    CF_VALIDATE(fs::is_directory(directory), ErrorCode::io, "is no folder. name one that is there",
                directory.string());
    create_writable_folder(directory);  // is there: looks for the right to write only
    file.emplace(directory / "crossfold-doctor");
  } catch (const Error& error) {
    return {file_finding("folder-is-writable", Verdict::broken, error.what())};
  }
  return {file_finding("folder-is-writable", Verdict::holds,
                       fmt::format("{} can be written to", directory.string())),
          check_locks(file->path()), check_whole_files(file->path()), check_flush(file->path()),
          check_space(directory)};
}

}  // namespace crossfold::site
