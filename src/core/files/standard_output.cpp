#include "crossfold/core/standard_output.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "pipe_signal_held.h"

namespace crossfold {
namespace {

[[noreturn]] void throw_failure(int error) {
  if (error == EPIPE) throw OutputClosed();
  throw Error(ErrorCode::io,
              fmt::format("cannot write ({}). free space or send the output elsewhere",
                          std::generic_category().message(error)),
              "standard output");
}

/// For a descriptor that another program made non-blocking, as terminals are shared.
void wait_until_writable(int descriptor) {
  pollfd output{.fd = descriptor, .events = POLLOUT, .revents = 0};
  ::poll(&output, 1, -1);
}

/// Returns 0 or why not all of it was written.
int write_to(int descriptor, std::string_view text) {
  const PipeSignalHeld held;
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait_until_writable(descriptor);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

OutputClosed::OutputClosed() : Error(ErrorCode::io, "nobody reads standard output any more") {}

void write_output(std::string_view text) {
  const int error = write_to(STDOUT_FILENO, text);
  if (error != 0) throw_failure(error);
}

void write_error_output(std::string_view text) noexcept {
  static_cast<void>(write_to(STDERR_FILENO, text));
}

void finish_output() {
  const int copy = ::dup(STDOUT_FILENO);
  if (copy < 0) return;  // never opened, and what was written to it has failed already
  if (::close(copy) != 0 && errno != EINTR) throw_failure(errno);
}

bool output_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

void hold_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free number is this one. The wrong way round, so that each use fails.
    static_cast<void>(::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

OutputStream::OutputStream() : std::ostream(nullptr) {
  rdbuf(&buffer_);
  exceptions(std::ios::badbit);  // what the buffer throws passes through
}

OutputStream::Buffer::Buffer() { setp(block_, block_ + sizeof block_); }

void OutputStream::Buffer::write_out() {
  const std::string_view text(pbase(), static_cast<std::size_t>(pptr() - pbase()));
  setp(block_, block_ + sizeof block_);
  write_output(text);
}

OutputStream::Buffer::int_type OutputStream::Buffer::overflow(int_type next) {
  write_out();
  if (traits_type::eq_int_type(next, traits_type::eof())) return traits_type::not_eof(next);
  return sputc(traits_type::to_char_type(next));
}

int OutputStream::Buffer::sync() {
  write_out();
  return 0;
}

}  // namespace crossfold
