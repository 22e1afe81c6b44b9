#include "crossfold/job/lambda_at.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

double without_warm_up(const LambdaSchedule& schedule, int epoch, int epochs) {
  const double from = schedule.from;
  const double to = schedule.to;
  const double p = std::min(epoch / schedule.over.value_or(epochs), 1.0);
  switch (schedule.kind) {
    case ScheduleKind::exponential:
      return from * std::pow(to / from, p);
    case ScheduleKind::linear:
      return from + (to - from) * p;
    case ScheduleKind::cosine:
      return to + (from - to) * (1 + std::cos(std::numbers::pi * p)) / 2;
    case ScheduleKind::sigmoid:
      return from + (to - from) * (2 / (1 + std::exp(-schedule.gamma * p)) - 1);
    case ScheduleKind::step:
      return from * std::pow(schedule.factor, epoch / schedule.every);
    case ScheduleKind::constant:
      return from;
    case ScheduleKind::table:
      CF_EXPECT(static_cast<std::size_t>(epoch) < schedule.values.size());
      return schedule.values[static_cast<std::size_t>(epoch)];
  }
  throw_contract_error("a known schedule", __FILE__, __LINE__);
}

}  // namespace

double lambda_at(const LambdaSchedule& schedule, int epoch, int epochs) {
  CF_EXPECT(epoch >= 0 && epochs > 0);
  const double lambda = without_warm_up(schedule, epoch, epochs);
  if (schedule.warm_up <= 0) return lambda;
  return lambda * std::min(1.0, (epoch + 1.0) / schedule.warm_up);
}

}  // namespace crossfold
