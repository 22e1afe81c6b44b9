// Results count, and stages are decided from them, once they are on disk and not before.

#include "run_recorder.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/results/cohort_record.h"

#include "core/disk_watch.h"
#include "core/expect_error.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

class Recorder : public ::testing::Test {
 protected:
  Recorder() {
    recorder_.on_safe = [this](const std::vector<FitResult>& results) {
      safe_ += results.size();
      EXPECT_EQ(test::short_names(watch_.calls()).back(), "fdatasync journal.jsonl");
    };
  }
  /// An item that failed for good, as the coordinator hands it on.
  void append_item(const std::vector<std::size_t>& fits) {
    std::vector<FitSpec> specs;
    for (const std::size_t fit : fits) specs.push_back(spec_of(job_, run_.plan().fits[fit]));
    recorder_.append({.bytes = encode_fits(specs), .error = "no memory", .worker = Rank{}});
  }
  void append(std::size_t fit) { append_item({fit}); }

  testing::SmallRun run_;
  Job job_ = testing::small_job();
  RunDirectory directory_ = run_.open();
  test::DiskWatch watch_{run_.path()};
  RunCounters counters_;
  RunRecorder recorder_{directory_, job_, run_.plan(), counters_};
  std::size_t safe_ = 0;
};

TEST_F(Recorder, TellsOfResultsThatAreOnDisk) {
  append(0);
  append(1);
  EXPECT_EQ(safe_, 0U);
  EXPECT_EQ(counters_.failed, 0U);
  recorder_.flush();
  EXPECT_EQ(safe_, 2U);
  EXPECT_EQ(counters_.failed, 2U);
  append(2);
  recorder_.flush();
  EXPECT_EQ(safe_, 3U) << "each is told once";
}

TEST_F(Recorder, RecordsEachFitOfAnItemThatFailed) {
  append_item({0, 2, 3});
  recorder_.flush();
  EXPECT_EQ(safe_, 3U);
  EXPECT_EQ(counters_.failed, 3U);
  const RunRecords records = run_.load();
  for (const std::size_t fit : {0, 2, 3}) {
    const FitResult* result = records.find(run_.plan().fits[fit].id);
    ASSERT_NE(result, nullptr) << "fit " << fit;
    EXPECT_EQ(result->error, "no memory");
  }
}

/// A cohort of one fit that has succeeded, of so many seconds.
std::string cohort_of(const Fit& fit, double seconds) {
  FitRecord record{
      .result = testing::full_result(fit.id), .artefacts = std::nullopt, .origin = testing::kBeta};
  record.result.artefacts = {};
  return encode_cohort(
      {.first_fit = fit.id, .start_s = 100 * seconds, .seconds = seconds, .write_s = seconds / 8},
      testing::kBeta, {record});
}

/// Two workers do networks (fits 0 to 23) and linear models in turn.
TEST_F(Recorder, CountsTheWorkOfEachKindTheFirstOfEachWorkerApart) {
  double first_linear = 0;
  double first_network = 0;
  double later_linear = 0;
  double later_network = 0;
  std::uint32_t worker = 5;
  double seconds = 1;
  for (const std::size_t index : {0U, 24U, 1U, 25U, 26U, 13U}) {
    const Fit& fit = run_.plan().fits[index];
    const bool is_linear = index >= 24;
    const bool is_first = index == 0 || index == 24;
    recorder_.append({.bytes = cohort_of(fit, seconds), .error = {}, .worker = Rank{worker}});
    (is_linear  ? is_first ? first_linear : later_linear
     : is_first ? first_network
                : later_network) += seconds;
    worker = worker == 5 ? 2 : 5;
    seconds *= 2;
  }
  EXPECT_EQ(counters_.trained, 0U);
  recorder_.flush();
  EXPECT_EQ(counters_.trained, 6U);
  EXPECT_EQ(counters_.failed, 0U);
  const RunCounters::Work& linear = counters_.work[index_of(WorkKind::linear)];
  const RunCounters::Work& network = counters_.work[index_of(WorkKind::network)];
  EXPECT_EQ(linear.first.seconds, first_linear);
  EXPECT_EQ(linear.later.seconds, later_linear);
  EXPECT_EQ(linear.first.cohorts, 1);
  EXPECT_EQ(linear.later.cohorts, 2);
  EXPECT_EQ(network.first.seconds, first_network);
  EXPECT_EQ(network.later.seconds, later_network);
  EXPECT_EQ(network.first.cohorts, 1);
  EXPECT_EQ(network.later.cohorts, 2);
  const auto cost = [&](std::size_t index) { return run_.plan().fits[index].cost; };
  EXPECT_DOUBLE_EQ(linear.done, cost(24) + cost(25) + cost(26));
  EXPECT_DOUBLE_EQ(network.done, cost(0) + cost(1) + cost(13));
  EXPECT_DOUBLE_EQ(linear.first.cost, cost(24));
  EXPECT_DOUBLE_EQ(linear.later.cost, cost(25) + cost(26));
  EXPECT_DOUBLE_EQ(network.later.cost, cost(1) + cost(13));
  const double log_pace = std::log(first_network / cost(0));
  EXPECT_DOUBLE_EQ(network.first.logs, cost(0) * log_pace);
  EXPECT_DOUBLE_EQ(network.first.log_squares, cost(0) * log_pace * log_pace);
  EXPECT_DOUBLE_EQ(network.first.log_cubes, cost(0) * log_pace * log_pace * log_pace);
  recorder_.flush();
  EXPECT_EQ(counters_.trained, 6U) << "each is counted once";
  EXPECT_DOUBLE_EQ(network.done, cost(0) + cost(1) + cost(13));
}

TEST_F(Recorder, WritesWhatHasHappenedInItsOrder) {
  StageRecord stage;
  stage.experiment = "task";
  stage.number = 2;
  Stage asked;
  asked.record.number = 7;
  asked.fits = {24};
  recorder_.plan_fits(job_, run_.plan(), asked);
  recorder_.append_lost({.worker = 4, .at_s = 5, .host = "beta", .device = "cpu"});
  recorder_.append_stage(stage);
  recorder_.append({.bytes = cohort_of(run_.plan().fits[24], 2), .error = {}, .worker = Rank{9}});
  recorder_.append({.bytes = cohort_of(run_.plan().fits[3], 4), .error = {}, .worker = Rank{8}});
  recorder_.append_lost({.worker = 6, .at_s = 7, .host = "", .device = ""});
  recorder_.flush();
  std::vector<std::string> kinds;
  std::vector<nlohmann::json> cohorts;
  std::istringstream journal(test::bytes_of(run_.journal()));
  for (std::string line; std::getline(journal, line);) {
    const auto value = nlohmann::json::parse(line);
    kinds.push_back(value.at("kind"));
    if (kinds.back() == "cohort") cohorts.push_back(value);
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre("header", "lost", "stage", "class", "fit", "cohort",
                                            "fit", "cohort", "lost"));
  ASSERT_EQ(cohorts.size(), 2U);
  for (nlohmann::json& cohort : cohorts) cohort.erase("checksum");
  EXPECT_EQ(cohorts[0], nlohmann::json({{"kind", "cohort"},
                                        {"worker", 9},
                                        {"start", 200.0},
                                        {"seconds", 2.0},
                                        {"write", 0.25},
                                        {"fits", 1},
                                        {"first_fit", run_.plan().fits[24].id.hex()},
                                        {"experiment", "source"},
                                        {"stage", 7}}));
  EXPECT_EQ(cohorts[1], nlohmann::json({{"kind", "cohort"},
                                        {"worker", 8},
                                        {"start", 400.0},
                                        {"seconds", 4.0},
                                        {"write", 0.5},
                                        {"fits", 1},
                                        {"first_fit", run_.plan().fits[3].id.hex()},
                                        {"experiment", "task"}}));
}

/// Several races may be decided, and several workers lost, before the next record.
TEST_F(Recorder, WritesAllThatWaitsOnce) {
  for (const std::uint32_t number : {1U, 2U, 3U}) {
    recorder_.append_lost({.worker = number, .at_s = 5, .host = "beta", .device = "cpu"});
    StageRecord stage;
    stage.experiment = "task";
    stage.number = number;
    recorder_.append_stage(stage);
  }
  recorder_.flush();
  recorder_.flush();
  std::vector<std::uint32_t> lost, stages;
  std::istringstream journal(test::bytes_of(run_.journal()));
  for (std::string line; std::getline(journal, line);) {
    const auto value = nlohmann::json::parse(line);
    if (value.at("kind") == "lost") lost.push_back(value.at("worker"));
    if (value.at("kind") == "stage") stages.push_back(value.at("number"));
  }
  EXPECT_THAT(lost, ::testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(stages, ::testing::ElementsAre(1, 2, 3));
}

TEST_F(Recorder, NamesTheLatestStageThatHasAskedForEachFit) {
  Stage asked;
  asked.record.number = 1;
  asked.fits = {24, 3};
  recorder_.plan_fits(job_, run_.plan(), asked);
  asked.record.number = 2;
  asked.fits = {3, 25};
  recorder_.plan_fits(job_, run_.plan(), asked);
  for (const std::size_t fit : {24U, 3U, 25U})
    recorder_.append({.bytes = cohort_of(run_.plan().fits[fit], 1), .error = {}, .worker = Rank{}});
  recorder_.flush();
  std::vector<std::uint32_t> stages;
  std::istringstream journal(test::bytes_of(run_.journal()));
  for (std::string line; std::getline(journal, line);)
    if (const auto value = nlohmann::json::parse(line); value.at("kind") == "cohort")
      stages.push_back(value.at("stage"));
  EXPECT_THAT(stages, ::testing::ElementsAre(1, 2, 2));
}

TEST_F(Recorder, CountsEveryFitOfACohort) {
  std::vector<FitRecord> fits;
  double cost = 0;
  for (const std::size_t index : {0U, 1U, 13U}) {
    const Fit& fit = run_.plan().fits[index];
    fits.push_back({.result = testing::full_result(fit.id),
                    .artefacts = std::nullopt,
                    .origin = testing::kBeta});
    fits.back().result.artefacts = {};
    cost += fit.cost;
  }
  const CohortTimes times{
      .first_fit = fits[0].result.id, .start_s = 1, .seconds = 2, .write_s = 0.5};
  recorder_.append(
      {.bytes = encode_cohort(times, testing::kBeta, fits), .error = {}, .worker = Rank{}});
  recorder_.flush();
  EXPECT_EQ(safe_, 3U);
  EXPECT_EQ(counters_.trained, 3U);
  const RunCounters::Work& network = counters_.work[index_of(WorkKind::network)];
  EXPECT_DOUBLE_EQ(network.done, cost);
  EXPECT_DOUBLE_EQ(network.first.cost, cost);
  EXPECT_EQ(network.first.cohorts, 1);
  const RunRecords records = run_.load();
  for (const FitRecord& fit : fits) EXPECT_NE(records.find(fit.result.id), nullptr);
}

/// As people see it at the end: how many for which reason.
TEST_F(Recorder, CountsFailuresByTheirReason) {
  append_item({0, 1, 2});
  const FitSpec other = spec_of(job_, run_.plan().fits[4]);
  recorder_.append({.bytes = encode_fits(std::vector{other}), .error = "NaN", .worker = Rank{}});
  append(5);
  EXPECT_EQ(recorder_.failures(),
            (std::map<std::string, std::size_t>{{"NaN", 1}, {"no memory", 4}}));
}

TEST_F(Recorder, RefusesAFitThatNobodyAskedFor) {
  Fit strange = run_.plan().fits[0];
  strange.id = testing::fit_id('e');
  expect_error(
      ErrorCode::internal, "a worker returned fit " + strange.id.hex() + ", which nobody asked for",
      [&] { recorder_.append({.bytes = cohort_of(strange, 1), .error = {}, .worker = Rank{}}); });
}

TEST_F(Recorder, TellsOfNoneWhereTheFlushFails) {
  append(0);
  watch_.fail_once(0);
  EXPECT_THROW(recorder_.flush(), Error);
  EXPECT_TRUE(watch_.has_failed());
  EXPECT_EQ(safe_, 0U);
  EXPECT_EQ(counters_.failed, 0U);
}

}  // namespace
}  // namespace crossfold
