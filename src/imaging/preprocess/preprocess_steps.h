#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "crossfold/imaging/preprocess.h"

namespace crossfold {

/// The number that a step takes.
struct StepNumber {
  double low;
  double high;
  double fallback;
};

struct StepKind {
  std::string_view name;
  std::optional<StepNumber> number;
  std::unique_ptr<const PreprocessStep> (*make)(double number);
};

/// Every step there is. A new one is a line in it, one in the table of preprocess.h, and its class.
[[nodiscard]] std::span<const StepKind> step_kinds();

}  // namespace crossfold
