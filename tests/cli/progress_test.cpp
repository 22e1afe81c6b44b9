#include "progress.h"

#include <gtest/gtest.h>

namespace crossfold::cli {
namespace {

ProgressState half_way() {
  return {.done = 60, .of = 120, .at_most = false, .failed = 1, .fresh = 60, .fresh_share = 0.5};
}

TEST(ProgressText, WorksOutRateAndTimeLeftWhereItIsNotTold) {
  EXPECT_EQ(progress_text("images", half_way(), 20),
            "images 60 of 120 (50 %), 3 a second, 20 s left, 1 failed");
}

TEST(ProgressText, SaysWhatARunIsAt) {
  ProgressState state = half_way();
  state.at_most = true;
  state.workers = 4;
  state.at_work = 3;
  state.at = "race of 'task' on z: rung 2 of 4, 12 candidates";
  state.rate_per_s = 2.5;
  state.left = {.seconds = 31, .least_s = 30, .most_s = 33};
  EXPECT_EQ(progress_text("fits", state, 20),
            "fits 60 of at most 120 (50 %), 2.5 a second, 31 s left, 1 failed, 4 workers (3 at "
            "work); race of 'task' on z: rung 2 of 4, 12 candidates");
}

/// Before the first piece is done nothing is recorded, but what is at hand may tell already.
TEST(ProgressText, SaysNothingOfATimeThatIsNotKnown) {
  ProgressState state{.done = 0, .of = 120, .workers = 2};
  EXPECT_EQ(progress_text("fits", state, 20), "fits 0 of 120 (0 %), 0 failed, 2 workers");
  state.at_work = 2;
  EXPECT_EQ(progress_text("fits", state, 20),
            "fits 0 of 120 (0 %), time left not known yet, 0 failed, 2 workers (2 at work)");
}

TEST(ProgressText, SaysBetweenWhichTimesWhereItIsNotKnownWell) {
  ProgressState state = half_way();
  state.left = {.seconds = 300, .least_s = 240, .most_s = 540};
  EXPECT_EQ(progress_text("fits", state, 20),
            "fits 60 of 120 (50 %), 3 a second, between 4 and 9 min left, 1 failed");
}

TEST(ProgressText, IsRoundedDownAndSaysNoTimeAtTheEnd) {
  ProgressState state{.done = 999, .of = 1000, .fresh = 999, .fresh_share = 0.999};
  EXPECT_EQ(progress_text("fits", state, 999),
            "fits 999 of 1000 (99 %), 1 a second, 1 s left, 0 failed");
  state.done = 1000;
  state.left = {.seconds = 5, .least_s = 5, .most_s = 5};
  EXPECT_EQ(progress_text("fits", state, 999), "fits 1000 of 1000 (100 %), 1 a second, 0 failed");
  EXPECT_EQ(progress_text("fits", {}, 1), "fits 0 of 0 (100 %), 0 failed");
}

/// Some were done before this run: they are no work of it.
TEST(ProgressText, CountsForTheRateOnlyWhatThisRunDid) {
  const ProgressState state{.done = 90, .of = 100, .fresh = 40, .fresh_share = 0.8};
  EXPECT_EQ(progress_text("fits", state, 20),
            "fits 90 of 100 (90 %), 2 a second, 5 s left, 0 failed");
}

}  // namespace
}  // namespace crossfold::cli
