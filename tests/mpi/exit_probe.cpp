// Ends as its argument says; ctest looks at mpirun's exit code and at what is printed.
#include <iostream>
#include <string>

#include "crossfold/core/error.h"
#include "crossfold/mpi/session.h"

namespace crossfold::mpi {
namespace {

int run(Session& session, const std::string& how) {
  try {
    if (how == "alone" && session.rank() == Rank{1})
      throw Error(ErrorCode::io, "only rank 1 knows");
    if (how == "agreed")
      (void)session.broadcast(
          []() -> std::string { throw Error(ErrorCode::bad_input, "all ranks know"); });
    session.agree([] {});  // where the others wait
    return 0;
  } catch (const Error& error) {
    // One write: the other ranks' lines and the launcher's come to the same terminal.
    if (session.reports_errors()) std::cerr << "told: " + std::string(error.what()) + "\n";
    return session.end_after_error(exit_code(error.code()));
  }
}

}  // namespace
}  // namespace crossfold::mpi

int main(int argc, char** argv) {
  using namespace crossfold;
  const std::string how = argc > 1 ? argv[1] : "";
  try {
    mpi::Session session(fleet::detect_launch(fleet::process_environment()));
    if (how == "passing" && session.rank() == Rank{1})
      throw Error(ErrorCode::io, "passes the session");
    return mpi::run(session, how);
  } catch (const Error& error) {
    std::cerr << error.what() << std::endl;
    return exit_code(error.code());
  }
}
