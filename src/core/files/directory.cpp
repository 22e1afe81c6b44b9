#include "crossfold/core/directory.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// The entries, and why there are no more.
std::vector<fs::path> list(const fs::path& path, std::error_code& error) {
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
    entries.push_back(at->path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

[[noreturn]] void refuse(const fs::path& path, const std::error_code& error) {
  throw Error(
      ErrorCode::io,
      fmt::format("cannot be listed ({}). check the directory and its rights", error.message()),
      path.string());
}

}  // namespace

std::vector<fs::path> list_directory(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> entries = list(path, error);
  if (error) refuse(path, error);
  return entries;
}

std::vector<fs::path> list_directory_if_there(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> entries = list(path, error);
  if (error && error != std::errc::no_such_file_or_directory) refuse(path, error);
  return entries;
}

}  // namespace crossfold
