#pragma once

#include <filesystem>
#include <string>

namespace crossfold {

/// A folder that appears whole or not at all: it is filled beside its place, under the name
/// `target`.unfinished, and goes with the object unless it was put there.
class NewFolder {
 public:
  /// What is made by whom, for messages: {"a crate", "package"}.
  struct Made {
    std::string what;
    std::string verb;
  };

  /// Error{bad_input} where something is at `target` or under the unfinished name, Error{io} where
  /// the folder cannot be made.
  NewFolder(const std::filesystem::path& target, Made made);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  /// Where it is filled.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Error{bad_input} where something has appeared there meanwhile, Error{io}.
  void rename_to_target();

 private:
  void refuse_what_is_there() const;

  std::filesystem::path target_;
  std::filesystem::path path_;  ///< empty: renamed
  Made made_;
};

}  // namespace crossfold
