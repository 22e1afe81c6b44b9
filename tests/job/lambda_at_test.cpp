#include "crossfold/job/lambda_at.h"

#include <gtest/gtest.h>

namespace crossfold {
namespace {

LambdaSchedule schedule(ScheduleKind kind, double from, double to) {
  LambdaSchedule result;
  result.kind = kind;
  result.from = from;
  result.to = to;
  return result;
}

// Values by hand: p = t / 200, 0.25 at epoch 50.
TEST(LambdaAt, ExponentialFallsByEqualFactors) {
  const LambdaSchedule s = schedule(ScheduleKind::exponential, 10, 1);
  EXPECT_DOUBLE_EQ(lambda_at(s, 0, 200), 10);
  EXPECT_NEAR(lambda_at(s, 50, 200), 5.623413251903491, 1e-14);    // 10^(3/4)
  EXPECT_NEAR(lambda_at(s, 100, 200), 3.1622776601683795, 1e-14);  // 10^(1/2)
  EXPECT_NEAR(lambda_at(s, 199, 200), 1.0115794542598986, 1e-14);  // 10^(1/200)
}

TEST(LambdaAt, LinearFallsByEqualSteps) {
  const LambdaSchedule s = schedule(ScheduleKind::linear, 10, 1);
  EXPECT_DOUBLE_EQ(lambda_at(s, 0, 200), 10);
  EXPECT_DOUBLE_EQ(lambda_at(s, 50, 200), 7.75);
  EXPECT_DOUBLE_EQ(lambda_at(s, 199, 200), 1.045);
}

TEST(LambdaAt, CosineStartsAndEndsFlat) {
  const LambdaSchedule s = schedule(ScheduleKind::cosine, 10, 1);
  EXPECT_DOUBLE_EQ(lambda_at(s, 0, 200), 10);
  EXPECT_NEAR(lambda_at(s, 50, 200), 8.681980515339464, 1e-14);  // 1 + 9 (1 + sqrt(1/2)) / 2
  EXPECT_NEAR(lambda_at(s, 100, 200), 5.5, 1e-14);
}

TEST(LambdaAt, SigmoidIsGaninsSchedule) {
  LambdaSchedule s = schedule(ScheduleKind::sigmoid, 0, 1);
  EXPECT_DOUBLE_EQ(lambda_at(s, 0, 200), 0);
  EXPECT_NEAR(lambda_at(s, 50, 200), 0.8482836399575129, 1e-14);  // tanh(10 / 8)
  s.gamma = 4;
  EXPECT_NEAR(lambda_at(s, 50, 200), 0.46211715726000973, 1e-14);  // tanh(1 / 2)
  s.from = 3;
  EXPECT_NEAR(lambda_at(s, 50, 200), 3 - 2 * 0.46211715726000973, 1e-14);
}

TEST(LambdaAt, StepMultipliesEveryFewEpochs) {
  LambdaSchedule s = schedule(ScheduleKind::step, 8, 1);
  s.factor = 0.5;
  s.every = 10;
  EXPECT_DOUBLE_EQ(lambda_at(s, 9, 200), 8);
  EXPECT_DOUBLE_EQ(lambda_at(s, 10, 200), 4);
  EXPECT_DOUBLE_EQ(lambda_at(s, 35, 200), 1);
}

TEST(LambdaAt, ConstantStays) {
  const LambdaSchedule s = schedule(ScheduleKind::constant, 3, 1);
  EXPECT_DOUBLE_EQ(lambda_at(s, 0, 200), 3);
  EXPECT_DOUBLE_EQ(lambda_at(s, 199, 200), 3);
}

TEST(LambdaAt, TableIsReadByEpoch) {
  LambdaSchedule s = schedule(ScheduleKind::table, 10, 1);
  s.values = {5, 0, 2.5};
  EXPECT_DOUBLE_EQ(lambda_at(s, 0, 3), 5);
  EXPECT_DOUBLE_EQ(lambda_at(s, 1, 3), 0);
  EXPECT_DOUBLE_EQ(lambda_at(s, 2, 3), 2.5);
}

TEST(LambdaAt, OverShortensTheScheduleAndHoldsItsEnd) {
  LambdaSchedule s = schedule(ScheduleKind::exponential, 10, 1);
  s.over = 40;
  EXPECT_NEAR(lambda_at(s, 10, 200), 5.623413251903491, 1e-14);
  EXPECT_DOUBLE_EQ(lambda_at(s, 40, 200), 1);
  EXPECT_DOUBLE_EQ(lambda_at(s, 150, 200), 1);
}

TEST(LambdaAt, WarmUpScalesTheFirstEpochs) {
  LambdaSchedule s = schedule(ScheduleKind::linear, 10, 1);
  s.warm_up = 4;
  EXPECT_DOUBLE_EQ(lambda_at(s, 0, 200), 2.5);
  EXPECT_DOUBLE_EQ(lambda_at(s, 1, 200), 0.5 * 9.955);
  EXPECT_DOUBLE_EQ(lambda_at(s, 3, 200), 9.865);
  EXPECT_DOUBLE_EQ(lambda_at(s, 4, 200), 9.82);
}

}  // namespace
}  // namespace crossfold
