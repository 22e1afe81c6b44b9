#include "crossfold/mpi/session.h"

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mpi.h>

#include "crossfold/core/error.h"

#include "mpi/test_session.h"

namespace crossfold::mpi {
namespace {

std::string agreed_error(Session& session, const std::function<void()>& step) {
  try {
    session.agree(step);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Session, AloneIsRankZeroOfOneAndDoesNotTouchMpi) {
  Session alone(fleet::Launch::alone);
  EXPECT_EQ(alone.rank(), Rank{0});
  EXPECT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone.local_rank(), 0U);
  EXPECT_EQ(alone.local_size(), 1U);
  EXPECT_EQ(alone.broadcast([] { return "text"; }), "text");
  EXPECT_EQ(agreed_error(alone, [] { throw Error(ErrorCode::io, "mine"); }), "mine");
  EXPECT_TRUE(alone.reports_errors());
  EXPECT_EQ(alone.end_after_error(4), 4);
  if (fleet::detect_launch(fleet::process_environment()) == fleet::Launch::alone) {
    int initialised = 0;
    MPI_Initialized(&initialised);
    EXPECT_EQ(initialised, 0);
  }
}

TEST(Session, KnowsTheRanksOfThisNode) {
  const Session& session = test_session();
  EXPECT_LT(session.rank().value, session.size());
  EXPECT_EQ(session.local_size(), session.size());  // tests run on one host
  EXPECT_EQ(session.local_rank(), session.rank().value);
}

TEST(Session, BroadcastGivesRankZerosTextToAll) {
  Session& session = test_session();
  const std::vector<char> big(10'000'000, 'x');
  const auto text = [&] { return std::string(big.begin(), big.end()); };
  EXPECT_EQ(session.broadcast(text), text());
  EXPECT_EQ(session.broadcast([] { return ""; }), "");
  int calls = 0;
  (void)session.broadcast([&] {
    ++calls;
    return "";
  });
  EXPECT_EQ(calls, session.is_root() ? 1 : 0);
}

TEST(SessionLimits, GiveRankZeroHalfAsLongAgain) {
  EXPECT_EQ(SessionLimits{.silence_s = 20}.root_silence_s(), 30);
  EXPECT_EQ(SessionLimits{.silence_s = 1}.root_silence_s(), 1.5);
}

TEST(Session, AnErrorOfRankZeroReachesAll) {
  Session& session = test_session();
  try {
    (void)session.broadcast([]() -> std::string {
      throw Error(ErrorCode::bad_input, "is not there", "job.json", "no such file");
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_EQ(error.message(), "is not there");
    EXPECT_EQ(error.where(), "job.json");
    EXPECT_EQ(error.cause(), "no such file");
  }
}

TEST(Session, AgreeThrowsTheErrorOfTheLowestRankOnAll) {
  Session& session = test_session();
  const std::uint32_t rank = session.rank().value;
  const std::uint32_t last = session.size() - 1;
  EXPECT_EQ(agreed_error(session, [] {}), "no error");
  EXPECT_EQ(agreed_error(session,
                         [&] {
                           if (rank == last) throw Error(ErrorCode::io, "the last");
                         }),
            "the last");
  EXPECT_EQ(
      agreed_error(session, [&] { throw std::runtime_error(std::to_string(rank)); }),
      "internal error: 0 (a bug in crossfold). please report it with the command and the job");
  EXPECT_EQ(agreed_error(session, [] { throw std::bad_alloc(); }),
            "out of memory. use fewer workers or ranks on this machine, one with more memory, or a "
            "smaller job");
  EXPECT_EQ(session.reports_errors(), session.is_root());
  EXPECT_EQ(session.end_after_error(3), 3);  // all know: nobody is aborted
}

}  // namespace
}  // namespace crossfold::mpi
