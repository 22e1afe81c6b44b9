// What `crossfold plan` says of the work that a job asks for, where nothing is trained.

#include <cmath>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;

class PlanCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.1", "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string plan_of(const std::string& sampler, const std::vector<json>& experiments,
                             const std::vector<std::string>& options) {
    json job{{"name", "p"},
             {"store", "s.h5"},
             {"embeddings", "synth/shortcut"},
             {"experiments", experiments},
             {"splits", {{"folds", 3}, {"seeds", 2}}}};
    for (json& experiment : job["experiments"]) {
      experiment["sweep"]["sampler"] = sampler;
      if (sampler == "tpe") experiment["sweep"]["generation"] = 4;
    }
    write_text(folder_->file("job.json"), job.dump());
    std::vector<std::string> command{"plan", folder_->file("job.json")};
    command.insert(command.end(), options.begin(), options.end());
    const Ended ended = run_crossfold(command);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  static json summary_of(const std::string& sampler, const std::vector<json>& experiments) {
    return json::parse(plan_of(sampler, experiments, {"--json"}));
  }

  static ScratchFolder* folder_;
};

ScratchFolder* PlanCommand::folder_ = nullptr;

/// The learning rate alone is drawn, on which no cost depends: a search that draws its candidates
/// in generations asks for the work of one that draws as many at once, however many searches a job
/// has and in whichever order.
TEST_F(PlanCommand, CountsTheWorkOfCandidatesThatAreNotDrawnYet) {
  const json small = json::parse(R"({"name": "small",
    "candidates": [{"kind": "baseline", "training": {"epochs": 3,
                    "learning_rate": {"log": [1e-4, 1e-2]}}}],
    "sweep": {"candidates": 9}})");
  const json middle = json::parse(R"({"name": "middle",
    "candidates": [{"kind": "baseline", "training": {"epochs": 7,
                    "learning_rate": {"log": [1e-4, 1e-2]}}}],
    "sweep": {"candidates": 6}})");
  const json large = json::parse(R"({"name": "large", "probe": "domain",
    "candidates": [{"kind": "disentangled",
                    "training": {"learning_rate": {"log": [1e-4, 1e-2]}}}],
    "sweep": {"candidates": 13}})");
  const std::vector<std::vector<json>> jobs{
      {small}, {large, small}, {small, large}, {middle, small, large}};
  for (const std::vector<json>& experiments : jobs) {
    const json at_once = summary_of("sobol", experiments);
    const json searched = summary_of("tpe", experiments);
    SCOPED_TRACE(searched.at("experiments").dump());
    EXPECT_EQ(searched.at("searches").size(), experiments.size());
    EXPECT_EQ(searched.at("fits"), at_once.at("fits"));
    EXPECT_EQ(searched.at("distinct_fits"), at_once.at("distinct_fits"));
    const auto expected = at_once.at("operations").get<double>();
    EXPECT_NEAR(searched.at("operations").get<double>(), expected, 1e-9 * expected);
  }
  const std::string text = plan_of("tpe", jobs.back(), {});
  std::smatch said;
  ASSERT_TRUE(std::regex_search(
      text, said, std::regex("work: about ([0-9.e+]+) GFLOP, in the order of ([0-9.e+-]+) core")))
      << text;
  const auto operations = summary_of("tpe", jobs.back()).at("operations").get<double>();
  EXPECT_NEAR(std::stod(said[1]), operations / 1e9, 0.005 * operations / 1e9);
  const double core_hours = operations / 20e9 / 3600;
  EXPECT_NEAR(std::stod(said[2]), core_hours, 0.05 * core_hours);
}

}  // namespace
}  // namespace crossfold
