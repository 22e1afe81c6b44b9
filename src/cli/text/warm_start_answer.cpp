#include "warm_start_answer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/standard_output.h"

namespace crossfold::cli {

std::optional<SharedFits> shared_fits(const Study& study) {
  if (!study.warm_start) return std::nullopt;
  return WarmStart(*study.warm_start, study.job, study.plan, study.samples.id).shared();
}

void print_warm_start(const Study& study, const SharedFits& shared) {
  for (const std::string& line : warm_start_text(shared, study.job.warm_start->string()))
    write_output(fmt::format("warm start: {}\n", line));
}

nlohmann::json warm_start_json(const Study& study, const SharedFits& shared) {
  return {{"run", study.warm_start->string()},
          {"taken_over", shared.to_take.size()},
          {"lacking", shared.lacking},
          {"of", shared.wanted}};
}

}  // namespace crossfold::cli
