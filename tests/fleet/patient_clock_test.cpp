#include "crossfold/fleet/patient_clock.h"

#include <gtest/gtest.h>

namespace crossfold::fleet {
namespace {

using namespace std::chrono_literals;

TEST(PatientClock, GoesWithTheTimeWhileItIsLookedAt) {
  PatientClock clock(1s);
  auto now = PatientClock::Clock::now();
  const double start_s = clock.now_s(now);
  double last_s = start_s;
  for (int i = 0; i < 100; ++i) last_s = clock.now_s(now += 500ms);
  EXPECT_NEAR(last_s - start_s, 50, 1e-9);
}

TEST(PatientClock, StandsStillWhileItsProcessDoes) {
  PatientClock clock(1s);
  auto now = PatientClock::Clock::now();
  const double before_s = clock.now_s(now);
  EXPECT_NEAR(clock.now_s(now += 3h) - before_s, 1, 1e-9);
}

TEST(PatientClock, GoesOnWithTheTimeOnceItsProcessDoes) {
  PatientClock clock(1s);
  auto now = PatientClock::Clock::now();
  (void)clock.now_s(now);
  const double before_s = clock.now_s(now += 3h);
  EXPECT_NEAR(clock.now_s(now += 500ms) - before_s, 0.5, 1e-9);
}

TEST(PatientClock, TellsHowLongItStoodStill) {
  PatientClock clock(1s);
  auto now = PatientClock::Clock::now();
  (void)clock.now_s(now);
  const double before_s = clock.stood_still_s();
  for (const auto step : {500ms, 5000ms, 900ms, 3000ms}) (void)clock.now_s(now += step);
  EXPECT_NEAR(clock.stood_still_s() - before_s, 4 + 2, 1e-9);
  (void)clock.now_s(now - 1h);
  EXPECT_NEAR(clock.stood_still_s() - before_s, 4 + 2, 1e-9);
}

TEST(PatientClock, NeverRunsBackwards) {
  PatientClock clock(1s);
  auto now = PatientClock::Clock::now();
  const double before_s = clock.now_s(now);
  EXPECT_EQ(clock.now_s(now - 1h), before_s);
}

}  // namespace
}  // namespace crossfold::fleet
