#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace crossfold {

/// What a program left: exit code (128 + signal when one ended it), stdout and stderr.
struct Ended {
  int code = 0;
  std::string out;
  std::string err;
};

/// A child process of a test; killed, with its whole process group, when it goes out of scope.
class Child {
 public:
  /// Starts `command` in a process group of its own, output into files in `folder`.
  Child(const std::vector<std::string>& command, const std::filesystem::path& folder);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] int pid() const { return pid_; }
  [[nodiscard]] bool running();
  /// Waits for the end; the test fails and the child is killed after `limit_s`.
  Ended wait(double limit_s = 1800);
  void kill_group(int signal);
  /// What it has written to stderr so far.
  [[nodiscard]] std::string error_output() const;

 private:
  int pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
  std::filesystem::path out_;
  std::filesystem::path err_;
};

/// The program under test.
[[nodiscard]] std::string crossfold_program();

/// Runs the program to its end.
[[nodiscard]] Ended run_crossfold(const std::vector<std::string>& arguments);

/// `mpirun -n ranks program arguments...`, as root too and with more ranks than cores.
[[nodiscard]] std::vector<std::string> with_ranks(int ranks,
                                                  const std::vector<std::string>& arguments);

/// Processes of the job that this mpirun started on this host, in the order of their ranks; those
/// that have died are missing.
[[nodiscard]] std::vector<int> rank_processes(int mpirun);

/// A folder that goes with the object.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

void write_text(const std::filesystem::path& path, const std::string& text);
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

}  // namespace crossfold
