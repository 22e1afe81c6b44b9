// A run under `mpirun --enable-recovery` goes on without the workers that die or fall silent.

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/held_run.h"
#include "faults/small_study.h"

namespace crossfold::test {
namespace {

using ::testing::HasSubstr;

class LostWorkers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    study_ = new SmallStudy(25);  // owned by the suite, freed below
    const Ended whole = run_crossfold(study_->run("whole"));
    ASSERT_EQ(whole.code, 0) << whole.err;
    expected_ = study_->report("whole");
  }
  static void TearDownTestSuite() { delete study_; }

  static std::vector<std::string> command(const std::string& name) {
    return with_recovery(4, study_->run(name, {"--lost-after", "3s"}));
  }
  static std::string lost(int rank) { return "worker " + std::to_string(rank) + " on "; }
  /// Held when 4 fits are in the journal.
  static WriteHold hold() { return hold_after_fits(study_->folder(), 4); }

  static SmallStudy* study_;
  static std::string expected_;
};

SmallStudy* LostWorkers::study_ = nullptr;
std::string LostWorkers::expected_;

TEST_F(LostWorkers, OneOfFourKilledEndsNothing) {
  const WriteHold held = hold();
  Child run(held.on(command("one")), study_->folder());
  held.wait(run);
  ::kill(rank_processes(run.pid()).at(2), SIGKILL);
  held.release();
  const Ended ended = run.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr(lost(2)));
  EXPECT_THAT(ended.err, HasSubstr("is lost (no heartbeat for 3 s); items that go back: "));
  EXPECT_THAT(ended.err, HasSubstr("24 fits trained"));
  EXPECT_EQ(study_->recorded("one").size(), 24U);
  EXPECT_EQ(study_->report("one"), expected_);
}

TEST_F(LostWorkers, TwoOfFourKilledEndNothing) {
  const WriteHold held = hold();
  Child run(held.on(command("two")), study_->folder());
  held.wait(run);
  const std::vector<int> ranks = rank_processes(run.pid());
  ::kill(ranks.at(1), SIGKILL);
  wait_for_word(run, lost(1));
  ::kill(ranks.at(3), SIGKILL);
  held.release();
  const Ended ended = run.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr(lost(3)));
  EXPECT_EQ(study_->recorded("two").size(), 24U);
  EXPECT_EQ(study_->report("two"), expected_);
  EXPECT_THAT(read_text(study_->out("two") + "/provenance.json"), HasSubstr("\"lost\": true"));
}

/// One that is suspended and goes on too late: others have done its work, its answer is dropped. It
/// is suspended while the disk is waited for and given work after that, so that no run can end
/// before it was missed.
TEST_F(LostWorkers, ASilentOneIsRoutedAroundAndItsLateAnswerDropped) {
  const WriteHold held = hold();
  Child run(held.on(command("late")), study_->folder());
  held.wait(run);
  const int silent = rank_processes(run.pid()).at(1);
  ::kill(silent, SIGSTOP);
  held.release();
  wait_for_word(run, "is lost");
  ::kill(silent, SIGCONT);
  const Ended ended = run.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr(lost(1)));
  EXPECT_EQ(study_->recorded("late").size(), 24U);
  EXPECT_EQ(study_->report("late"), expected_);
}

/// It finds its answer wanted by nobody, and no one to take it.
TEST_F(LostWorkers, ASilentOneThatGoesOnWhenRankZeroHasLeftEndsAsWell) {
  const WriteHold held = hold();
  Child run(held.on(command("afterwards")), study_->folder());
  held.wait(run);
  const std::vector<int> ranks = rank_processes(run.pid());
  ::kill(ranks.at(1), SIGSTOP);
  held.release();
  const auto is_there = [](int process) { return ::kill(process, 0) == 0; };
  while (run.running() && is_there(ranks.at(0))) ::usleep(5000);
  ::kill(ranks.at(1), SIGCONT);
  const Ended ended = run.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr(lost(1)));
  EXPECT_EQ(study_->report("afterwards"), expected_);
}

TEST_F(LostWorkers, ThoseThatHearNothingOfRankZeroLeave) {
  const WriteHold held = hold();
  Child run(held.on(command("root")), study_->folder());
  held.wait(run);
  ::kill(rank_processes(run.pid()).at(0), SIGKILL);
  const Ended ended = run.wait(60);
  EXPECT_THAT(ended.err,
              HasSubstr("rank 3 leaves: no heartbeat of rank 0 for 4.5 s (it died, or the way "
                        "to its host is cut). run again to go on"));
  const std::size_t before = study_->recorded("root").size();
  const Ended resumed = run_crossfold(study_->run("root"));
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr(std::to_string(before) + " of 24 fits are done already"));
  EXPECT_EQ(study_->report("root"), expected_);
}

}  // namespace
}  // namespace crossfold::test
