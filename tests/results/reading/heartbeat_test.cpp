#include "crossfold/results/heartbeat.h"

#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// No two of its numbers are alike.
constexpr const char* kFull = R"({
  "format": "crossfold-heartbeat", "format_version": 1, "written_s": 1700000001, "host": "alpha",
  "process": 4711, "slurm_job": "12_3", "elapsed_s": 10.5, "trained": 20, "failed": 3,
  "share": 0.25, "at": "race of 'task' on z", "rate_per_s": 1.5,
  "left_s": 30.5, "left_least_s": 20.5, "left_most_s": 40.5,
  "workers": [
    {"rank": 1, "host": "beta", "device": "cuda:0", "done": 5, "held": 2, "lost": false,
     "busy": 0.75, "at_it_s": 6.5},
    {"rank": 4, "host": "gamma", "device": "cpu core 3", "done": 7, "held": 0, "lost": true,
     "busy": 0.5, "at_it_s": 8.5}]})";

class HeartbeatFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::optional<Heartbeat> read(const json& value) const {
    test::write_bytes(folder_ / "heartbeat.json", value.dump());
    return read_heartbeat(folder_.path());
  }
  [[nodiscard]] json written(const Heartbeat& heartbeat) const {
    write_heartbeat(folder_.path(), heartbeat);
    return json::parse(test::bytes_of(folder_ / "heartbeat.json"));
  }
  test::ScratchFolder folder_;
};

TEST_F(HeartbeatFile, IsReadAsWhatItsKeysSay) {
  const Heartbeat read = this->read(json::parse(kFull)).value();
  EXPECT_EQ(read.written_s, 1700000001);
  EXPECT_EQ(read.host, "alpha");
  EXPECT_EQ(read.process, 4711);
  EXPECT_EQ(read.slurm_job, "12_3");
  EXPECT_EQ(read.elapsed_s, 10.5);
  EXPECT_EQ(read.trained, 20U);
  EXPECT_EQ(read.failed, 3U);
  EXPECT_EQ(read.share, 0.25);
  EXPECT_EQ(read.at, "race of 'task' on z");
  EXPECT_EQ(read.rate_per_s, 1.5);
  ASSERT_TRUE(read.expected_left.has_value());
  EXPECT_EQ(read.expected_left->seconds, 30.5);
  EXPECT_EQ(read.expected_left->least_s, 20.5);
  EXPECT_EQ(read.expected_left->most_s, 40.5);
  ASSERT_EQ(read.workers.size(), 2U);
  const Heartbeat::Worker& last = read.workers[1];
  EXPECT_EQ(last.rank, 4U);
  EXPECT_EQ(last.host, "gamma");
  EXPECT_EQ(last.device, "cpu core 3");
  EXPECT_EQ(last.done, 7U);
  EXPECT_EQ(last.held, 0U);
  EXPECT_TRUE(last.lost);
  EXPECT_EQ(last.busy, 0.5);
  EXPECT_EQ(last.at_it_s, 8.5);
  EXPECT_EQ(read.workers[0].held, 2U);
  EXPECT_FALSE(read.workers[0].lost);
}

TEST_F(HeartbeatFile, IsWrittenAsItWasRead) {
  const json full = json::parse(kFull);
  EXPECT_EQ(written(read(full).value()), full);
}

/// Each line that may be missing is missing alone, and nothing stands in for it.
TEST_F(HeartbeatFile, NeedsNotWhatEarlierProgramsDidNotWrite) {
  json value = json::parse(kFull);
  for (const char* key : {"at", "rate_per_s"}) value.erase(key);
  for (json& worker : value["workers"])
    for (const char* key : {"busy", "at_it_s"}) worker.erase(key);
  Heartbeat found = read(value).value();
  EXPECT_EQ(found.at, "");
  EXPECT_FALSE(found.rate_per_s.has_value());
  EXPECT_EQ(found.workers[1].busy, 0);
  EXPECT_EQ(found.workers[1].at_it_s, 0);
  EXPECT_FALSE(written(found).contains("rate_per_s"));

  value.erase("left_most_s");  // a range without an upper end
  found = read(value).value();
  EXPECT_EQ(found.expected_left->least_s, 20.5);
  EXPECT_EQ(found.expected_left->most_s, std::numeric_limits<double>::infinity());
  EXPECT_FALSE(written(found).contains("left_most_s"));
  value.erase("left_least_s");  // no range
  found = read(value).value();
  EXPECT_EQ(found.expected_left->least_s, 30.5);
  EXPECT_EQ(found.expected_left->most_s, 30.5);
  value.erase("left_s");
  EXPECT_FALSE(read(value)->expected_left.has_value());
}

TEST_F(HeartbeatFile, IsNoneWithoutWhatAllProgramsWrite) {
  const json full = json::parse(kFull);
  for (const char* key : {"format", "format_version", "written_s", "host", "process", "slurm_job",
                          "elapsed_s", "trained", "failed", "share", "workers"}) {
    json value = full;
    value.erase(key);
    EXPECT_FALSE(read(value).has_value()) << key;
  }
  for (const char* key : {"rank", "host", "device", "done", "held", "lost"}) {
    json value = full;
    value["workers"][1].erase(key);
    EXPECT_FALSE(read(value).has_value()) << key;
  }
  for (const auto& [key, other] :
       {std::pair("format", json("crossfold-journal")), std::pair("format_version", json(2))}) {
    json value = full;
    value[key] = other;
    EXPECT_FALSE(read(value).has_value()) << key;
  }
}

TEST(Heartbeat, ExpectsWhatItWasToldElseGoesOnAsSoFar) {
  Heartbeat heartbeat;
  heartbeat.elapsed_s = 10;
  EXPECT_FALSE(heartbeat.left().has_value()) << "nothing is done";
  heartbeat.share = 0.25;
  EXPECT_EQ(heartbeat.left()->seconds, 30);
  EXPECT_EQ(heartbeat.left()->least_s, 30);
  EXPECT_EQ(heartbeat.left()->most_s, 30);
  heartbeat.expected_left = ExpectedTime{.seconds = 50, .least_s = 40, .most_s = 60};
  EXPECT_EQ(heartbeat.left()->seconds, 50);
  EXPECT_EQ(heartbeat.left()->most_s, 60);
}

}  // namespace
}  // namespace crossfold
