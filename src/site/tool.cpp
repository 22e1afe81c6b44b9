#include "crossfold/site/tool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::site {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kNotFound = 127;
constexpr int kTookTooLong = 124;

/// How long a tool that is asked to end has for that: a launcher ends the processes it started.
constexpr std::chrono::seconds kEndLimit{2};

/// Both ends of a pipe.
class Pipe {
 public:
  Pipe() {
    CF_VALIDATE(::pipe2(ends_.data(), O_CLOEXEC) == 0, ErrorCode::io,
                fmt::format("cannot make a pipe ({})", std::generic_category().message(errno)));
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int reading() const { return ends_[0]; }
  [[nodiscard]] int writing() const { return ends_[1]; }
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// In the child: between fork and exec only what may be called there.
[[noreturn]] void become(char* const* arguments, const Pipe& in, const Pipe& out, const Pipe& err) {
  ::signal(SIGPIPE, SIG_DFL);
  ::setpgid(0, 0);                     // so that what it starts can be ended with it
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // goes when this process does
  ::dup2(in.reading(), STDIN_FILENO);
  ::dup2(out.writing(), STDOUT_FILENO);
  ::dup2(err.writing(), STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  ::_exit(kNotFound);
}

/// Reads what is there. False at the end of the file.
bool read_some(int descriptor, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
  if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

/// Writes what fits. False when all is written or nobody reads on.
bool write_some(int descriptor, std::string_view& text) {
  const ssize_t written = ::write(descriptor, text.data(), text.size());
  if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  return !text.empty() && (written >= 0 || errno == EINTR || errno == EAGAIN);
}

/// Carries all three streams until both outputs end. False when the deadline passed before.
bool converse(Pipe& in, Pipe& out, Pipe& err, std::string_view input, ToolAnswer& answer,
              Clock::time_point deadline) {
  ::fcntl(in.writing(), F_SETFL, O_NONBLOCK);
  if (input.empty()) in.close_end(1);
  while (out.reading() >= 0 || err.reading() >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 3> streams{{{.fd = in.writing(), .events = POLLOUT, .revents = 0},
                                   {.fd = out.reading(), .events = POLLIN, .revents = 0},
                                   {.fd = err.reading(), .events = POLLIN, .revents = 0}}};
    ::poll(streams.data(), streams.size(), static_cast<int>(std::min<long long>(left, 1000)));
    if (streams[0].revents != 0 && !write_some(in.writing(), input)) in.close_end(1);
    if (streams[1].revents != 0 && !read_some(out.reading(), answer.out)) out.close_end(0);
    if (streams[2].revents != 0 && !read_some(err.reading(), answer.err)) err.close_end(0);
  }
  return true;
}

/// Ends a child and its process group. It is not reaped before the group is gone: its number stays
/// its own.
void end_group(pid_t child) {
  ::kill(-child, SIGTERM);
  const auto deadline = Clock::now() + kEndLimit;
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0 && Clock::now() < deadline)
    ::poll(nullptr, 0, 10);
  ::kill(-child, SIGKILL);
}

/// SIGPIPE, from a child that does not read its input, would end this process.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~NoBrokenPipeSignal() { std::signal(SIGPIPE, before_); }
  NoBrokenPipeSignal(const NoBrokenPipeSignal&) = delete;
  NoBrokenPipeSignal& operator=(const NoBrokenPipeSignal&) = delete;

 private:
  void (*before_)(int);
};

}  // namespace

std::optional<ToolAnswer> run_tool(const std::vector<std::string>& command,
                                   const std::string& input, double limit_s) {
  CF_EXPECT(!command.empty());
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  Pipe in;
  Pipe out;
  Pipe err;
  const NoBrokenPipeSignal guard;
  const pid_t child = ::fork();
  CF_VALIDATE(
      child >= 0, ErrorCode::io,
      fmt::format("cannot start {} ({})", command.front(), std::generic_category().message(errno)));
  if (child == 0) become(arguments.data(), in, out, err);
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);

  ToolAnswer answer;
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(limit_s));
  const bool in_time = converse(in, out, err, input, answer, deadline);
  if (!in_time) end_group(child);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (!in_time) answer.code = kTookTooLong;
  if (answer.code == kNotFound && answer.out.empty() && answer.err.empty()) return std::nullopt;
  return answer;
}

}  // namespace crossfold::site
