#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "crossfold/plan/fit_result.h"

namespace crossfold {

/// A learning curve by its name in files.
struct CurveColumn {
  const char* name;
  std::vector<double> Curves::*values;
};
inline constexpr std::array<CurveColumn, 5> kCurveColumns{
    {{"train_class_loss", &Curves::train_class_loss},
     {"train_domain_loss", &Curves::train_domain_loss},
     {"validation_loss", &Curves::validation_loss},
     {"learning_rate", &Curves::learning_rate},
     {"lambda", &Curves::lambda}}};

[[nodiscard]] inline std::size_t epochs_of(const Curves& curves) {
  std::size_t epochs = 0;
  for (const CurveColumn& column : kCurveColumns)
    epochs = std::max(epochs, (curves.*column.values).size());
  return epochs;
}

}  // namespace crossfold
