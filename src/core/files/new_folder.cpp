#include "crossfold/core/new_folder.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

namespace crossfold {

namespace fs = std::filesystem;

namespace {

/// "a/b/" is "a/b": what stands beside it has another name.
fs::path without_slash(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

}  // namespace

NewFolder::NewFolder(const fs::path& target, Made made)
    : target_(without_slash(target)),
      path_(fs::path(target_) += ".unfinished"),
      made_(std::move(made)) {
  refuse_what_is_there();
  std::error_code error;
  const bool is_left = fs::exists(fs::symlink_status(path_, error));
  CF_VALIDATE(!is_left, ErrorCode::bad_input,
              fmt::format("is there already ({} is made under this name; a killed `crossfold {}` "
                          "leaves it). move it away",
                          made_.what, made_.verb),
              path_.string());
  create_writable_folder(path_);
}

NewFolder::~NewFolder() {
  std::error_code error;
  if (!path_.empty()) fs::remove_all(path_, error);
}

void NewFolder::rename_to_target() {
  refuse_what_is_there();
  std::error_code error;
  fs::rename(path_, target_, error);
  CF_VALIDATE(!error, ErrorCode::io,
              fmt::format("cannot be put in its place ({})", error.message()), target_.string());
  path_.clear();
  sync_folder(target_.parent_path());
}

void NewFolder::refuse_what_is_there() const {
  std::error_code error;
  CF_VALIDATE(
      !fs::exists(fs::symlink_status(target_, error)), ErrorCode::bad_input,
      fmt::format("is there already ({} is never written over anything). name another place, or "
                  "move it away",
                  made_.what),
      target_.string());
}

}  // namespace crossfold
