#include "pulse.h"

#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "mpi/test_session.h"

namespace crossfold::mpi {
namespace {

using namespace std::chrono_literals;

void tick_for(Pulse& pulse, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(5ms)) pulse.tick();
}

/// In a group of its own, apart from the session's heartbeats.
class PulseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test_session().size() < 2) GTEST_SKIP() << "needs a second rank";
    MPI_Comm_dup(MPI_COMM_WORLD, &group_);
    rank_ = static_cast<int>(test_session().rank().value);
    pulse_.emplace(group_, rank_, static_cast<int>(test_session().size()));
  }
  void TearDown() override {
    if (group_ == MPI_COMM_NULL) return;
    tick_for(*pulse_, 1500ms);
    MPI_Barrier(group_);
    MPI_Comm_free(&group_);
  }

  MPI_Comm group_ = MPI_COMM_NULL;
  int rank_ = 0;
  std::optional<Pulse> pulse_;
};

TEST_F(PulseTest, NobodyIsSilentWhereAllTick) {
  tick_for(*pulse_, 4s);
  EXPECT_TRUE(pulse_->silent_for(3).empty());
}

TEST_F(PulseTest, KnowsWhoIsSilent) {
  if (rank_ == 1) {
    std::this_thread::sleep_for(4s);  // sends no heartbeat
    return;
  }
  tick_for(*pulse_, 4s);
  const std::vector<int> silent = pulse_->silent_for(3);  // others than rank 0 hear it alone
  EXPECT_EQ(silent, rank_ == 0 ? std::vector<int>{1} : std::vector<int>{});
}

}  // namespace
}  // namespace crossfold::mpi
