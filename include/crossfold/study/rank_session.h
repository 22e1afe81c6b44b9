#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "crossfold/fleet/hello.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/session.h"
#include "crossfold/study/run_control.h"

namespace crossfold {

/// What rank 0 alone reads, before MPI starts, because a store is first read by a child process. A
/// failure waits until the other ranks can hear of it. On the other ranks it is empty.
template <class T>
struct ReadEarly {
  std::optional<T> value;
  std::exception_ptr failure;

  void throw_failure() const {
    if (failure) std::rethrow_exception(failure);
  }
};

template <class T>
[[nodiscard]] ReadEarly<T> read_early(const std::function<T()>& read) {
  ReadEarly<T> early;
  if (!fleet::is_first_rank(fleet::process_environment())) return early;
  try {
    early.value = read();
  } catch (...) {
    early.failure = std::current_exception();
  }
  return early;
}

/// Joins the ranks (or starts alone), does `work` and leaves with the exit code it gives. What it
/// throws is told once, by a rank that is to tell it, and ends all ranks.
[[nodiscard]] int in_session(fleet::Launch launch, mpi::SessionLimits limits,
                             const RunControl& control,
                             const std::function<int(mpi::Session&)>& work);

/// What rank 0 does when the fleet has ended and no rank waits for another: what it throws is told
/// here and becomes the exit code, so that MPI ends as it does after success.
[[nodiscard]] int code_when_told(const RunControl& control, const std::function<int()>& step);

/// How this process introduces itself: its build, the hash of what is to be done, and `device`, for
/// people to read.
[[nodiscard]] fleet::Hello make_hello(std::string plan, std::string device);

/// Threads for a rank that uses all it is given: the cores it is bound to or, where launcher and
/// batch system bind none, its share of the node's. At least 1.
[[nodiscard]] int threads_of_rank(const mpi::Session& session);

}  // namespace crossfold
