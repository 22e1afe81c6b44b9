#include "crossfold/mpi/session.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <limits>
#include <new>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/as_error.h"
#include "crossfold/core/bytes.h"
#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/fleet/doorbell.h"
#include "crossfold/fleet/placement.h"

#include "exit_timer.h"
#include "local_launch.h"
#include "nap.h"
#include "session_parts.h"

namespace crossfold::mpi {
namespace {

std::string encode(const Error& error) {
  ByteWriter wire;
  wire(error.code(), error.message(), error.where(), error.cause());
  return wire.take();
}

[[noreturn]] void throw_decoded(const std::string& bytes) {
  ErrorCode code{};
  std::string message;
  std::string where;
  std::string cause;
  ByteReader wire(bytes);
  wire(code, message, where, cause);
  wire.finish();
  throw Error(code, message, where, cause);
}

using std::chrono_literals::operator""s;

// How many times the silence of a rank is waited for until MPI is up. Rank 0 may have a large store
// to read before it comes.
constexpr double kStartLimits = 30;

// How long MPI may take to end after ranks were lost.
constexpr std::chrono::seconds kEndLimit = 5s;

constexpr int kEndTag = 3;

/// What `step` throws, as an Error.
std::optional<Error> error_of(const std::function<void()>& step) {
  try {
    step();
    return std::nullopt;
  } catch (const std::exception& error) {
    return as_error(error);
  }
}

/// The same, done in another thread while this one sends heartbeats.
std::optional<Error> error_beside(Pulse& pulse, const std::function<void()>& step) {
  std::optional<Error> error;
  fleet::Doorbell done;
  {
    const std::jthread thread([&] {  // is waited for also where a tick throws
      error = error_of(step);
      done.ring();
    });
    auto nap = std::chrono::microseconds(20);
    for (; !done.wait_for(nap); nap = std::min(2 * nap, std::chrono::microseconds(50'000)))
      pulse.tick();
  }
  return error;
}

/// A launcher of another MPI starts processes that this MPI does not join: each would be rank 0.
void require_all_are_here(SessionState& state, const std::optional<std::uint32_t>& started) {
  if (!started || *started < 2 || state.size > 1) return;
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  check(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  const std::string_view version(text.data(), static_cast<std::size_t>(length));
  MPI_Finalize();
  throw Error(ErrorCode::usage,
              fmt::format("the launcher started {} processes, but none finds another (it is one of "
                          "another MPI than the {} that this program is linked with, and each "
                          "process would take itself for the only one). use that MPI's mpirun, or "
                          "'srun --mpi=pmix'",
                          *started, version.substr(0, version.find_first_of(",\n"))));
}

}  // namespace

void check(int status, const char* call) {
  if (status == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(status, text.data(), &length);
  throw Error(ErrorCode::internal, fmt::format("{} failed ({})", call, text.data()), "MPI");
}

void SessionState::wait(MPI_Request request) {
  const auto start = std::chrono::steady_clock::now();
  const double limit_s = rank == 0 ? limits.silence_s : limits.root_silence_s();
  while (true) {
    int done = 0;
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done != 0) return;
    pulse->tick();
    if (const auto silent = pulse->silent_for(limit_s); !silent.empty()) {
      lossy = true;
      throw Error(ErrorCode::stopped,
                  fmt::format("no heartbeat of rank {} for {} s (it died, or its host is cut "
                              "off). run again",
                              silent.front(), limit_s));
    }
    std::this_thread::sleep_for(nap_after(std::chrono::steady_clock::now() - start));
  }
}

void SessionState::await_the_end() {
  if (rank == 0) {
    for (int other = 1; other < size; ++other) {
      MPI_Request request = MPI_REQUEST_NULL;
      check(MPI_Isend(nullptr, 0, MPI_BYTE, other, kEndTag, world, &request), "MPI_Isend");
      check(MPI_Request_free(&request), "MPI_Request_free");
    }
    return;
  }
  for (int found = 0; found == 0 && pulse->silence_s(0) < limits.root_silence_s();) {
    check(MPI_Iprobe(0, kEndTag, world, &found, MPI_STATUS_IGNORE), "MPI_Iprobe");
    pulse->tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string broadcast_text(SessionState& state, std::string text, int root, MPI_Comm group) {
  std::uint64_t size = text.size();
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibcast(&size, 1, MPI_UINT64_T, root, group, &request), "MPI_Ibcast");
  state.wait(request);
  CF_EXPECT(size <= static_cast<std::uint64_t>(std::numeric_limits<int>::max()));
  text.resize(size);
  check(MPI_Ibcast(text.data(), static_cast<int>(size), MPI_BYTE, root, group, &request),
        "MPI_Ibcast");
  state.wait(request);
  return text;
}

Session::Session(fleet::Launch launch, SessionLimits limits) : limits_(limits) {
  if (launch == fleet::Launch::alone) return;
  const ExitTimer timer(std::chrono::duration<double>(kStartLimits * limits.silence_s),
                        exit_code(ErrorCode::stopped),
                        "MPI does not come up (a rank died before it was there). run again",
                        [launch = LocalLaunch()]() mutable { return launch.misses_one(); });
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  CF_VALIDATE(provided >= MPI_THREAD_FUNNELED, ErrorCode::internal,
              "this MPI library does not allow threads beside it (training has its own). use an "
              "MPI built with thread support",
              "MPI");
  state_ = std::make_unique<SessionState>();
  SessionState& s = *state_;
  s.limits = limits;
  s.exceptions = std::uncaught_exceptions();
  check(MPI_Comm_dup(MPI_COMM_WORLD, &s.world), "MPI_Comm_dup");
  check(MPI_Comm_set_errhandler(s.world, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_split_type(s.world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &s.node),
        "MPI_Comm_split_type");
  check(MPI_Comm_rank(s.world, &s.rank), "MPI_Comm_rank");
  check(MPI_Comm_size(s.world, &s.size), "MPI_Comm_size");
  check(MPI_Comm_rank(s.node, &s.local_rank), "MPI_Comm_rank");
  check(MPI_Comm_size(s.node, &s.local_size), "MPI_Comm_size");
  s.pulse.emplace(s.world, s.rank, s.size);
  require_all_are_here(s, fleet::started_processes(fleet::process_environment()));
}

Session::~Session() {
  if (!state_) return;
  if (std::uncaught_exceptions() > state_->exceptions) (void)end_after_error(5);
  (void)finish(exit_code(ErrorCode::internal));
}

Rank Session::rank() const { return Rank{state_ ? static_cast<std::uint32_t>(state_->rank) : 0}; }
std::uint32_t Session::size() const {
  return state_ ? static_cast<std::uint32_t>(state_->size) : 1;
}
std::uint32_t Session::local_rank() const {
  return state_ ? static_cast<std::uint32_t>(state_->local_rank) : 0;
}
std::uint32_t Session::local_size() const {
  return state_ ? static_cast<std::uint32_t>(state_->local_size) : 1;
}

void Session::agree(const std::function<void()>& step) {
  if (!state_) {
    if (const auto error = error_of(step)) throw Error(*error);
    return;
  }
  const std::optional<Error> error = error_beside(*state_->pulse, step);
  int first = error ? state_->rank : state_->size;
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Iallreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, state_->world, &request),
        "MPI_Iallreduce");
  state_->wait(request);
  if (first == state_->size) return;
  const bool mine = first == state_->rank;
  const std::string bytes =
      broadcast_text(*state_, mine ? encode(*error) : "", first, state_->world);
  state_->over = true;
  throw_decoded(bytes);
}

std::string Session::broadcast(const std::function<std::string()>& make) {
  std::string text;
  agree([&] {
    if (is_root()) text = make();
  });
  return state_ ? broadcast_text(*state_, std::move(text), 0, state_->world) : text;
}

bool Session::reports_errors() const { return !state_ || !state_->over || is_root(); }

int Session::end_after_error(int code) {
  if (!state_ || state_->over || state_->size == 1) return code;
  log_error(fmt::format("rank {} ends the run for all ranks", state_->rank));
  const ExitTimer timer(kEndLimit, code, "");  // with a host lost, MPI_Abort may hang too
  MPI_Abort(MPI_COMM_WORLD, code);
  return code;
}

int Session::finish(int code) {
  if (!state_) return code;
  std::optional<ExitTimer> timer;
  if (state_->lossy) {
    state_->await_the_end();
    timer.emplace(kEndLimit, code, "");
  }
  MPI_Comm_free(&state_->node);
  MPI_Comm_free(&state_->world);
  MPI_Finalize();
  timer.reset();
  state_.reset();
  return code;
}

void Session::exit_after(int code) { exit_process(finish(code)); }

}  // namespace crossfold::mpi
