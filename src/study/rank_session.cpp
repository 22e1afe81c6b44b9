#include "crossfold/study/rank_session.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/as_error.h"
#include "crossfold/core/build_info.h"
#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"

namespace crossfold {

int in_session(fleet::Launch launch, mpi::SessionLimits limits, const RunControl& control,
               const std::function<int(mpi::Session&)>& work) {
  std::optional<mpi::Session> joined;
  try {
    joined.emplace(launch, limits);
  } catch (const Error& error) {  // as on every rank, so that one tells it
    if (fleet::is_first_rank(fleet::process_environment())) throw;
    return exit_code(error.code());
  }
  mpi::Session& session = *joined;
  try {
    return session.finish(work(session));
  } catch (const std::exception& exception) {
    const Failure failure = describe_failure(exception);
    if (session.reports_errors()) control.tell(failure.text);
    return session.finish(session.end_after_error(failure.code));
  }
}

int code_when_told(const RunControl& control, const std::function<int()>& step) {
  try {
    return step();
  } catch (const std::exception& exception) {
    const Failure failure = describe_failure(exception);
    control.tell(failure.text);
    return failure.code;
  }
}

fleet::Hello make_hello(std::string plan, std::string device) {
  const BuildInfo build = build_info();
  return {.build = fmt::format("{} {} {} {}", build.version, build.git_hash, build.compiler,
                               build.build_type),
          .plan = std::move(plan),
          .host = host_info().name,
          .device = std::move(device)};
}

int threads_of_rank(const mpi::Session& session) {
  const long of_node = std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
  const long share = std::max(1L, of_node / static_cast<long>(session.local_size()));
  const auto usable = static_cast<long>(usable_cores().size());
  return static_cast<int>(std::clamp(usable, 1L, share));
}

}  // namespace crossfold
