#include "crossfold/mpi/session.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"
#include "crossfold/fleet/wire.h"

#include "nap.h"
#include "session_parts.h"

namespace crossfold::mpi {
namespace {

std::string encode(const Error& error) {
  fleet::WireWriter wire;
  wire(error.code(), error.message(), error.where(), error.cause());
  return wire.take();
}

[[noreturn]] void throw_decoded(const std::string& bytes) {
  ErrorCode code{};
  std::string message;
  std::string where;
  std::string cause;
  fleet::WireReader wire(bytes);
  wire(code, message, where, cause);
  wire.finish();
  throw Error(code, message, where, cause);
}

/// What `step` throws, as an Error.
std::optional<Error> error_of(const std::function<void()>& step) {
  try {
    step();
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::io,
                 "out of memory. use fewer ranks on a node, or one with more memory");
  } catch (const std::exception& error) {
    return Error(ErrorCode::internal, error.what());
  }
}

}  // namespace

void check(int status, const char* call) {
  if (status == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(status, text.data(), &length);
  throw Error(ErrorCode::internal, fmt::format("{} failed ({})", call, text.data()), "MPI");
}

void wait_asleep(MPI_Request request) {
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    int done = 0;
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done != 0) return;
    std::this_thread::sleep_for(nap_after(std::chrono::steady_clock::now() - start));
  }
}

std::string broadcast_text(std::string text, int root, MPI_Comm group) {
  std::uint64_t size = text.size();
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibcast(&size, 1, MPI_UINT64_T, root, group, &request), "MPI_Ibcast");
  wait_asleep(request);
  CF_EXPECT(size <= static_cast<std::uint64_t>(std::numeric_limits<int>::max()));
  text.resize(size);
  check(MPI_Ibcast(text.data(), static_cast<int>(size), MPI_BYTE, root, group, &request),
        "MPI_Ibcast");
  wait_asleep(request);
  return text;
}

Session::Session(fleet::Launch launch) {
  if (launch == fleet::Launch::alone) return;
  int provided = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  CF_VALIDATE(provided >= MPI_THREAD_FUNNELED, ErrorCode::internal,
              "this MPI library does not allow threads beside it (training has its own). use an "
              "MPI built with thread support",
              "MPI");
  state_ = std::make_unique<State>();
  State& s = *state_;
  s.exceptions = std::uncaught_exceptions();
  check(MPI_Comm_dup(MPI_COMM_WORLD, &s.world), "MPI_Comm_dup");
  check(MPI_Comm_set_errhandler(s.world, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_split_type(s.world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &s.node),
        "MPI_Comm_split_type");
  check(MPI_Comm_rank(s.world, &s.rank), "MPI_Comm_rank");
  check(MPI_Comm_size(s.world, &s.size), "MPI_Comm_size");
  check(MPI_Comm_rank(s.node, &s.local_rank), "MPI_Comm_rank");
  check(MPI_Comm_size(s.node, &s.local_size), "MPI_Comm_size");
}

Session::~Session() {
  if (!state_) return;
  if (std::uncaught_exceptions() > state_->exceptions) (void)end_after_error(5);
  MPI_Comm_free(&state_->node);
  MPI_Comm_free(&state_->world);
  MPI_Finalize();
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
  const std::optional<Error> error = error_of(step);
  if (!state_) {
    if (error) throw Error(*error);
    return;
  }
  int first = error ? state_->rank : state_->size;
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Iallreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, state_->world, &request),
        "MPI_Iallreduce");
  wait_asleep(request);
  if (first == state_->size) return;
  const bool mine = first == state_->rank;
  const std::string bytes = broadcast_text(mine ? encode(*error) : "", first, state_->world);
  state_->over = true;
  throw_decoded(bytes);
}

std::string Session::broadcast(const std::function<std::string()>& make) {
  std::string text;
  agree([&] {
    if (is_root()) text = make();
  });
  return state_ ? broadcast_text(std::move(text), 0, state_->world) : text;
}

bool Session::reports_errors() const { return !state_ || !state_->over || is_root(); }

int Session::end_after_error(int code) {
  if (!state_ || state_->over || state_->size == 1) return code;
  log_error(fmt::format("rank {} ends the run for all ranks", state_->rank));
  MPI_Abort(MPI_COMM_WORLD, code);
  return code;
}

}  // namespace crossfold::mpi
