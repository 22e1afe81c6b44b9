#include "crossfold/core/guarded_child.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <new>
#include <optional>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/bytes.h"
#include "crossfold/core/error.h"

namespace crossfold {
namespace {

using Clock = std::chrono::steady_clock;

/// What the child says at its end.
struct Message {
  enum class Outcome { result, error, out_of_memory } outcome = Outcome::out_of_memory;
  std::string result;
  ErrorCode code = ErrorCode::internal;
  std::string error, where, cause;
  static void fields(auto& codec, auto& m) {
    codec(m.outcome, m.result, m.code, m.error, m.where, m.cause);
  }
};

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() {
    int ends[2];
    CF_VALIDATE(::pipe2(ends, O_CLOEXEC) == 0, ErrorCode::io,
                fmt::format("cannot create a pipe ({})", std::strerror(errno)));
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    ::close(read_end);
    close_write_end();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_write_end() {
    if (write_end >= 0) ::close(std::exchange(write_end, -1));
  }
};

void set_limit(__rlimit_resource resource, rlim_t value) {
  struct rlimit limit {};
  ::getrlimit(resource, &limit);
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? value : std::min(value, limit.rlim_max);
  ::setrlimit(resource, &limit);
}

/// Address space in use now, bytes; nothing where the system does not say.
std::optional<std::uint64_t> mapped_bytes() {
  std::uint64_t pages = 0;
  std::ifstream file("/proc/self/statm");
  if (!(file >> pages)) return std::nullopt;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void confine_this_process(const ChildLimits& limits) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGSEGV, SIGBUS, SIGABRT, SIGFPE,
                           SIGILL, SIGXCPU, SIGPIPE})
    std::signal(signal, SIG_DFL);
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_CPU, static_cast<rlim_t>(limits.time.count() / 1000 + 1));
  if (const auto mapped = mapped_bytes()) set_limit(RLIMIT_AS, *mapped + limits.memory);
  // The C library reports a damaged heap there; the parent has its own words for it.
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
}

std::string message_of(const std::function<std::string()>& work) {
  Message message;
  try {
    message.result = work();
    message.outcome = Message::Outcome::result;
  } catch (const Error& error) {
    message = {.outcome = Message::Outcome::error,
               .result = {},
               .code = error.code(),
               .error = error.message(),
               .where = error.where(),
               .cause = error.cause()};
  } catch (const std::bad_alloc&) {
    message.outcome = Message::Outcome::out_of_memory;
  }
  return to_bytes(message);
}

bool send(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// The child's life; never returns to the caller's stack.
[[noreturn]] void live_as_child(int write_end, const ChildLimits& limits,
                                const std::function<std::string()>& work) noexcept {
  confine_this_process(limits);
  const bool sent = send(write_end, message_of(work));
  ::_exit(sent ? EXIT_SUCCESS : EXIT_FAILURE);
}

/// A child process that is killed and waited for at the latest when this object goes.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Its wait status, once it has ended.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

/// Everything until the other end closes; nothing when the deadline comes first.
std::optional<std::string> receive(int descriptor, Clock::time_point deadline) {
  std::string bytes;
  char buffer[1 << 16];
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return std::nullopt;
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready <= 0) continue;
    const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
}

[[noreturn]] void throw_too_slow(const std::string& subject, const ChildLimits& limits) {
  throw Error(ErrorCode::bad_input,
              fmt::format("reading it did not end within {:g} s (a damaged file can hang the "
                          "HDF5 library). copy or write it again",
                          static_cast<double>(limits.time.count()) / 1000),
              subject);
}

[[noreturn]] void throw_crashed(const std::string& subject, int status) {
  const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  CF_VALIDATE(signal != SIGINT && signal != SIGTERM, ErrorCode::stopped,
              "reading it was interrupted. run again", subject);
  throw Error(ErrorCode::bad_input,
              fmt::format("the HDF5 library crashed on it ({}: the file is damaged). copy or write "
                          "it again",
                          signal > 0 ? fmt::format("signal {}, {}", signal, ::strsignal(signal))
                                     : fmt::format("exit code {}", WEXITSTATUS(status))),
              subject);
}

std::string unpack_message(std::string_view bytes, const std::string& subject,
                           const ChildLimits& limits) {
  auto message = from_bytes<Message>(bytes);
  if (message.outcome == Message::Outcome::result) return std::move(message.result);
  if (message.outcome == Message::Outcome::error)
    throw Error(message.code, message.error, message.where, message.cause);
  throw Error(ErrorCode::bad_input,
              fmt::format("reading it needs more than {} MiB of memory (a damaged file can ask for "
                          "any amount). copy or write it again",
                          limits.memory >> 20),
              subject);
}

}  // namespace

std::string run_guarded(const std::string& subject, const ChildLimits& limits,
                        const std::function<std::string()>& work) {
  Pipe pipe;
  const Clock::time_point deadline = Clock::now() + limits.time;
  const pid_t pid = ::fork();
  CF_VALIDATE(pid >= 0, ErrorCode::io,
              fmt::format("cannot start a process to read it ({})", std::strerror(errno)), subject);
  if (pid == 0) live_as_child(pipe.write_end, limits, work);

  Child child(pid);
  pipe.close_write_end();
  const std::optional<std::string> bytes = receive(pipe.read_end, deadline);
  if (!bytes) throw_too_slow(subject, limits);
  const int status = child.wait();
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) throw_too_slow(subject, limits);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw_crashed(subject, status);
  return unpack_message(*bytes, subject, limits);
}

}  // namespace crossfold
