#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/program.h"

namespace crossfold {

/// Holds a program at a write to one of its files, so that a run which is to be disturbed has no
/// end of its own: it waits there, however fast or slow the machine is, until it is released or
/// killed. What it had written before is in the file; all else of it, signals and messages
/// included, goes on.
class WriteHold {
 public:
  /// `file` is the end of the file's path; `writes` of them pass, or of those that contain `text`.
  /// `folder` takes two small files.
  WriteHold(const std::filesystem::path& folder, std::string file, int writes,
            std::string text = "");

  /// `command`, held.
  [[nodiscard]] std::vector<std::string> on(std::vector<std::string> command) const;
  /// Until the program waits. The test fails where it ends before.
  void wait(Child& run) const;
  /// Whether the program waits. A job that Slurm starts again is held at each start.
  [[nodiscard]] bool holds(int restarts = 0) const;
  /// Lets it go on, for good.
  void release() const;
  /// Lets one start of a Slurm job go on.
  void release_start(int restarts) const;

 private:
  std::string file_;
  int writes_;
  std::string text_;
  std::filesystem::path release_;
};

/// A run that is held when so many fits, and no more, are in its journal.
[[nodiscard]] WriteHold hold_after_fits(const std::filesystem::path& folder, int fits);

/// Waits until `run` has written `text` to stderr; the test fails where it ends before.
void wait_for_word(Child& run, const std::string& text);

}  // namespace crossfold
