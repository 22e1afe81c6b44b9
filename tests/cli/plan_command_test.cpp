// What `crossfold plan` says of the work that a job asks for, where nothing is trained.

#include <cmath>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"

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

/// A store of five sources with attributes, and its samples as `store export` lists them.
class PlanOfSources : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    ASSERT_EQ(run_crossfold({"store", "synth", "sources", folder_->file("s.h5"), "--scale", "0.02",
                             "--dim", "16", "--seed", "1"})
                  .code,
              0);
    samples_ = parse_csv(
        run_crossfold({"store", "export", folder_->file("s.h5"), "synth/sources"}).out, "samples");
  }
  static void TearDownTestSuite() { delete folder_; }

  static Ended plan(const std::string& job, const std::vector<std::string>& more = {}) {
    write_text(folder_->file("job.json"), job);
    std::vector<std::string> command{"plan", folder_->file("job.json")};
    command.insert(command.end(), more.begin(), more.end());
    return run_crossfold(command);
  }
  static std::string text_of(const std::string& job) {
    const Ended ended = plan(job);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  static json summary_of(const std::string& job) {
    const Ended ended = plan(job, {"--json"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return json::parse(ended.out);
  }
  /// Samples with this value in one column and, if `other` is given, without that in another.
  static std::size_t count(const std::string& column, const std::string& value,
                           const std::pair<std::string, std::string>& other = {}) {
    const auto at = [](const std::string& title) { return samples_.find_column(title).value(); };
    std::size_t found = 0;
    for (const auto& row : samples_.rows)
      if (row.at(at(column)) == value &&
          (other.first.empty() || row.at(at(other.first)) != other.second))
        ++found;
    return found;
  }

  static ScratchFolder* folder_;
  static CsvTable samples_;
};

ScratchFolder* PlanOfSources::folder_ = nullptr;
CsvTable PlanOfSources::samples_;

/// Of two experiments, each with samples, sets, candidates and fits of its own.
TEST_F(PlanOfSources, SaysOfEachExperimentWhatIsSplitScoredAndTrained) {
  const std::string job = R"({"name": "p", "store": "s.h5", "roles": {"oos": {"domain": "site_b"}},
 "embeddings": "synth/sources",
 "sets": {"men": {"attributes": {"sex": "M"}}, "c": {"domain": "site_c"}},
 "experiments": [
  {"name": "task", "evaluate": ["in", "oos", "men", "c"],
   "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1]}}],
   "sweep": {"sampler": "grid", "select": ["held-out", "source-out"]}},
  {"name": "source", "target": "domain", "stratify": "domain", "evaluate": ["in", "c"],
   "candidates": [{"kind": "linear"}, {"kind": "baseline", "name": "net"}]}],
 "splits": {"folds": 2, "seeds": 3}})";
  const std::size_t all = samples_.rows.size();
  const std::size_t oos = count("domain", "site_b");
  const std::size_t men = count("sex", "M");
  const std::size_t men_in_pool = count("sex", "M", {"domain", "site_b"});
  const std::size_t in_c = count("domain", "site_c");
  ASSERT_NE(men, men_in_pool);
  // A sweep adds baseline and paper default to its two; splits of 3 seeds x 2 folds; each of the
  // four sources of the pool is left out once a seed.
  const std::size_t source_out = 4 * 4 * 3;
  const std::size_t fits = 4 * 6 + source_out + 2 * 6;
  json summary = summary_of(job);
  EXPECT_EQ(summary.at("notes").size(), 3U);
  EXPECT_TRUE(summary.at("cohorts") <= fits);
  for (const char* key : {"notes", "operations", "cohorts"}) summary.erase(key);
  const auto candidate = [](const char* name, const char* kind) {
    return json{{"name", name}, {"kind", kind}};
  };
  const json task{
      {"name", "task"},
      {"pool", all - oos},
      {"oos", oos},
      {"sets", {{{"name", "men"}, {"samples", men}}, {{"name", "c"}, {"samples", in_c}}}},
      {"candidates",
       {candidate("baseline", "baseline"), candidate("paper default", "disentangled"),
        candidate("linear[c=0.1]", "linear"), candidate("linear[c=1]", "linear")}},
      {"fits_source_out", source_out},
      {"fits_nested", 0}};
  const json source{{"name", "source"},
                    {"pool", all - oos},
                    {"oos", 0},
                    {"sets", json::array({{{"name", "c"}, {"samples", in_c}}})},
                    {"candidates", {candidate("linear", "linear"), candidate("net", "baseline")}},
                    {"fits_source_out", 0},
                    {"fits_nested", 0}};
  EXPECT_EQ(summary, (json{{"format", "crossfold-plan-summary"},
                           {"format_version", 1},
                           {"experiments", {task, source}},
                           {"embeddings", {"synth/sources"}},
                           {"scheme", "k-fold"},
                           {"folds", 2},
                           {"seeds", 3},
                           {"fits", fits},
                           {"distinct_fits", fits},
                           {"races", json::array()},
                           {"searches", json::array()},
                           {"bytes_per_node", static_cast<double>(all * 16 * sizeof(float))},
                           {"warnings", json::array()}}));
  const auto set_line = [](const char* name, std::size_t samples, std::size_t in_pool) {
    return fmt::format("  also scored on {}: {} samples of {} patients, {} of them in the pool\n",
                       name, samples, samples, in_pool);
  };
  const std::string text = text_of(job);
  EXPECT_TRUE(text.starts_with(
      fmt::format("experiment task: {} samples to split, {} out of sample, target class, "
                  "stratified by class\n",
                  all - oos, oos) +
      set_line("men", men, men_in_pool) + set_line("c", in_c, in_c) +
      "  candidate baseline (baseline)\n  candidate paper default (disentangled)\n"
      "  candidate linear[c=0.1] (linear)\n  candidate linear[c=1] (linear)\n" +
      fmt::format("experiment source: {} samples to split, 0 out of sample, target domain, "
                  "stratified by domain\n",
                  all - oos) +
      set_line("c", in_c, in_c) + "  candidate linear (linear)\n  candidate net (baseline)\n" +
      fmt::format("embedding set synth/sources: {} x 16\nsplits: 3 seeds x 2 folds\n"
                  "fits: {}, {} of them distinct, in ",
                  all, fits, fits)))
      << text;
  EXPECT_THAT(text, ::testing::HasSubstr(
                        fmt::format("source-out of 'task': {} of these fits, ", source_out)));
  EXPECT_THAT(text, ::testing::HasSubstr(" GFLOP, leave out site_a, site_c, site_d, site_e\n"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("source-out of 'source'")));
}

/// Five candidates raced over ten splits: all have the first two, one at least has all of them.
/// Three are trained on three inner folds of each split. Both experiments share five candidates.
TEST_F(PlanOfSources, CountsFitsOfRacesAndOfInnerFolds) {
  const std::string job = R"({"name": "p", "store": "s.h5", "embeddings": "synth/sources",
 "experiments": [
  {"name": "nested", "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1, 10]}}],
   "sweep": {"sampler": "grid", "nested": {"folds": 3}}},
  {"name": "raced", "candidates": [{"kind": "linear", "c": {"grid": [0.1, 0.2, 0.5, 1, 10]}}],
   "sweep": {"sampler": "grid", "race": {}}}],
 "splits": {"folds": 5, "seeds": 2}})";
  const json summary = summary_of(job);
  EXPECT_EQ(summary.at("/experiments/0/fits_nested"_json_pointer), 3 * 10 * 3);
  EXPECT_EQ(summary.at("/experiments/1/fits_nested"_json_pointer), 0);
  EXPECT_EQ(summary.at("fits"), 5 * 10 + 3 * 10 * 3 + 7 * 10);
  EXPECT_EQ(summary.at("distinct_fits"), 5 * 10 + 3 * 10 * 3 + 7 * 10 - 5 * 10);
  EXPECT_EQ(summary.at("races"), json::array({{{"experiment", "raced"},
                                               {"embedding", "synth/sources"},
                                               {"candidates", 5},
                                               {"rungs", {2, 4, 6, 8}},
                                               {"sources_out", 0},
                                               {"fits_at_least", 5 * 2 + 8},
                                               {"fits_at_most", 5 * 10}}}));
  const std::string text = text_of(job);
  for (const char* line :
       {"\nsplits: 2 seeds x 5 folds\nfits: 210, 160 of them distinct, in ",
        "\nnested of 'nested': 90 of these fits, ", " GFLOP, on 3 inner folds of every split\n",
        "\nrace of 'raced' on synth/sources: 5 candidates, rungs of 2, 4, 6, 8 splits; 18 to 50 of "
        "these fits are trained, so the work below is the most\n"})
    EXPECT_THAT(text, ::testing::HasSubstr(line));
}

TEST_F(PlanOfSources, SaysWhatEachSchemeLeavesOut) {
  const auto job = [](const std::string& splits) {
    return R"({"name": "p", "store": "s.h5", "embeddings": "synth/sources", "experiments": [
      {"name": "all", "candidates": [{"kind": "linear"}]},
      {"name": "two", "samples": {"domain": ["site_a", "site_d"]},
       "candidates": [{"kind": "linear"}]}], "splits": )" +
           splits + "}";
  };
  const std::string turns = text_of(job(R"({"leave-one-out": "domain", "seeds": 2})"));
  EXPECT_THAT(turns, ::testing::HasSubstr(
                         "\nsplits of all: 2 seeds x domain left out in turns: site_a, site_b, "
                         "site_c, site_d, site_e\n"
                         "splits of two: 2 seeds x domain left out in turns: site_a, site_d\n"
                         "fits: 14, 14 of them distinct, in "));
  const std::string held_out = text_of(job(R"({"scheme": "hold-out", "test": 0.25, "seeds": 3})"));
  EXPECT_THAT(held_out, ::testing::HasSubstr(
                            "\nsplits: 3 seeds, each holds 0.25 of the store out\nfits: 6, "));
}

}  // namespace
}  // namespace crossfold
