// What names the results of every kind of study on disk.

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/plan/plan.h"

#include "plan/recorded_lines.h"
#include "plan/unlike_study.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::job_of;
using testing::unlike_experiments;

/// Every experiment that is unlike the others, under every scheme of splits that it can have.
std::vector<std::pair<std::string, json>> studies() {
  const std::vector<std::pair<std::string, json>> schemes{
      {"folds", {{"folds", 3}, {"seeds", 2}, {"validation", 0.2}}},
      {"hold-out", {{"scheme", "hold-out"}, {"test", 0.4}, {"seeds", 2}}},
      {"leave-one-out", {{"leave-one-out", "unit"}, {"seeds", 2}}},
      {"leave-out", {{"leave-out", {{"unit", 2}}}, {"seeds", 1}, {"validation", 0}}}};
  std::vector<std::pair<std::string, json>> all;
  for (const auto& [scheme, splits] : schemes)
    for (const json& one : unlike_experiments()) {
      if (scheme != "folds" && one.contains("sweep")) continue;
      json job = job_of(json::array({one}));
      job["splits"] = splits;
      const auto name = one.at("name").get<std::string>();
      all.emplace_back(scheme + " " + name, job);
      job["engine"] = "reference";
      all.emplace_back(scheme + " reference " + name, job);
    }
  return all;
}

/// Ids name results on disk for years, and the hash of a job is what a run directory is known by:
/// if this fails, old runs cannot be continued. Where that is meant, raise kProtocolVersion and
/// record them anew: CROSSFOLD_UPDATE_GOLDEN=1 plan_test.
TEST(RecordedPlans, AreThoseOfEveryKindOfStudy) {
  std::vector<std::string> found;
  for (const auto& [name, written] : studies()) {
    const Job job = testing::read_job(written);
    found.push_back(name + ": job " + job_hash(job) + ", plan " +
                    testing::unlike_plan(job).hash.hex());
  }
  testing::expect_recorded("plan_hashes.txt", found);
}

}  // namespace
}  // namespace crossfold
