#include "cli/program.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void send_output_to(const fs::path& path, int descriptor) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file >= 0) ::dup2(file, descriptor);
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const fs::path& folder) {
  static int count = 0;
  out_ = folder / ("out." + std::to_string(count));
  err_ = folder / ("err." + std::to_string(count++));
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::setpgid(0, 0);
  send_output_to(out_, STDOUT_FILENO);
  send_output_to(err_, STDERR_FILENO);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::setenv("LC_ALL", "C", 1);  // what is printed must not depend on who runs the tests
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

Child::~Child() {
  if (pid_ <= 0 || !running()) return;
  kill_group(SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

bool Child::running() {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return !ended_;
}

Ended Child::wait(double limit_s) {
  const auto limit = Clock::now() + std::chrono::duration<double>(limit_s);
  while (running() && Clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (running()) {
    ADD_FAILURE() << "still running after " << limit_s << " s:\n" << read_text(err_);
    kill_group(SIGKILL);
    ::waitpid(pid_, &status_, 0);
    ended_ = true;
  }
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  return {.code = code, .out = read_text(out_), .err = read_text(err_)};
}

void Child::kill_group(int signal) { ::kill(-pid_, signal); }

std::string Child::error_output() const { return read_text(err_); }

std::string crossfold_program() { return CROSSFOLD_PROGRAM; }

Ended run_crossfold(const std::vector<std::string>& arguments) {
  const ScratchFolder folder;
  std::vector<std::string> command{crossfold_program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Child(command, folder.path()).wait();
}

std::vector<std::string> with_ranks(int ranks, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"env",
                                   "OMPI_ALLOW_RUN_AS_ROOT=1",
                                   "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                                   "mpirun",
                                   "--oversubscribe",
                                   "-n",
                                   std::to_string(ranks),
                                   crossfold_program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::vector<int> rank_processes(int mpirun) {
  std::vector<std::pair<int, int>> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string status = read_text(entry.path() / "stat");
    const auto after_name = status.rfind(')');
    if (after_name == std::string::npos) continue;
    if (std::stoi(status.substr(after_name + 4)) != mpirun) continue;
    const std::string environment = read_text(entry.path() / "environ");
    const auto at = environment.find("OMPI_COMM_WORLD_RANK=");
    if (at != std::string::npos)
      found.emplace_back(std::stoi(environment.substr(at + 21)), std::stoi(name));
  }
  std::sort(found.begin(), found.end());
  std::vector<int> processes;
  processes.reserve(found.size());
  for (const auto& [rank, process] : found) processes.push_back(process);
  return processes;
}

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "crossfold-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "cannot make a folder " << name;
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace crossfold
