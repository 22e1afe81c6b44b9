#pragma once

#include <optional>
#include <vector>

namespace crossfold {

enum class ScheduleKind { exponential, linear, cosine, sigmoid, step, constant, table };

/// lambda_t, the weight of the reversed domain gradient at epoch t (METHODS 5). With
/// p = min(t / over, 1):
///   exponential  from (to / from)^p
///   linear       from + (to - from) p
///   cosine       to + (from - to) (1 + cos(pi p)) / 2
///   sigmoid      from + (to - from) (2 / (1 + exp(-gamma p)) - 1)   (Ganin and Lempitsky 2015)
///   step         from factor^floor(t / every)
///   constant     from
///   table        values[t]
/// A warm-up of w > 0 epochs multiplies by min(1, (t + 1) / w).
struct LambdaSchedule {
  ScheduleKind kind = ScheduleKind::exponential;
  double from = 10;
  double to = 1;
  double gamma = 10;
  double factor = 0.5;
  int every = 10;                   ///< epochs
  std::vector<double> values = {};  ///< table only: one for each epoch
  std::optional<double> over = {};  ///< epochs the schedule spans; training.epochs when absent
  int warm_up = 0;                  ///< epochs
  bool operator==(const LambdaSchedule&) const = default;
};

}  // namespace crossfold
