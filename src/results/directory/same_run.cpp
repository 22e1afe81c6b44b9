#include "same_run.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"

#include "run_inputs.h"

namespace crossfold {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const RunLayout& layout, const std::string& what,
                         const std::vector<std::string>& differences) {
  throw Error(
      ErrorCode::bad_input,
      fmt::format("holds a run of {} (results of two studies would be mixed). choose another "
                  "--out, or take the change back:\n  {}",
                  what, fmt::join(differences, "\n  ")),
      layout.root.string());
}

}  // namespace

void check_is_same_run(const RunLayout& layout, const Job& job, const SampleTable& samples,
                       const Plan& plan) {
  const std::vector<std::string> fields =
      differing_fields(read_json(layout.job()), canonical_job(job));
  if (!fields.empty()) refuse(layout, "another job", fields);
  if (recorded_plan_hash(layout) == plan.hash.hex()) return;
  refuse(layout, "the same job over other data or by another protocol",
         differing_fields(read_json(layout.plan()), describe_plan(plan, samples)));
}

void check_is_same_plan(const RunLayout& layout, const Job& job, const SampleTable& samples,
                        const Plan& plan) {
  if (recorded_plan_hash(layout) != plan.hash.hex()) check_is_same_run(layout, job, samples, plan);
}

std::string recorded_plan_hash(const RunLayout& layout) {
  const json plan = read_json(layout.plan());
  const json hash = plan.is_object() ? plan.value("plan_sha256", json()) : json();
  return hash.is_string() ? hash.get<std::string>() : "";
}

void check_has_same_ids(const RunLayout& layout, const SampleTable& samples) {
  const std::vector<std::string> lines = differing_ids(read_samples(layout).id, samples.id);
  if (!lines.empty()) refuse(layout, "the same job over samples of other ids", lines);
}

std::vector<std::string> differing_ids(const std::vector<std::string>& there,
                                       const std::vector<std::string>& here) {
  constexpr std::size_t kShown = 10;
  std::vector<std::string> lines;
  if (there.size() != here.size())
    lines.push_back(fmt::format("{} samples -> {}", there.size(), here.size()));
  std::size_t differing = 0;
  for (std::size_t row = 0; row < std::min(there.size(), here.size()); ++row)
    if (there[row] != here[row] && ++differing <= kShown)
      lines.push_back(fmt::format("id of row {}: '{}' -> '{}'", row, there[row], here[row]));
  if (differing > kShown) lines.push_back(fmt::format("and {} more", differing - kShown));
  return lines;
}

}  // namespace crossfold
