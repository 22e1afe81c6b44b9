// Every key of provenance.json and of the session lines it repeats, counted again.

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/build_info.h"
#include "crossfold/core/host_info.h"
#include "crossfold/job/job_json.h"

#include "results/small_run.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::kAlpha;
using testing::kBeta;

const Origin kBetaCpu{.host = "beta", .device = "cpu core 2", .equivalence_class = "build B"};
const Origin kAlphaGpu{.host = "alpha", .device = "cuda:0", .equivalence_class = "build C"};

const SessionStart kStart{.launch = "mpi",
                          .workers = 12,
                          .threads_per_worker = 3,
                          .equivalence_class = "class here",
                          .instruction_set = "avx2",
                          .store = "/data/small.h5",
                          .shard = ShardShare{.index = 2, .of = 5, .fits = 18},
                          .taken_from = TakenFrom{.run = "/runs/other.run",
                                                  .job_sha256 = std::string(64, 'a'),
                                                  .plan_sha256 = std::string(64, 'b')}};

const SessionEnd kEnd{
    .outcome = SessionEnd::Outcome::stopped,
    .seconds = 2.5,
    .trained = 10,
    .failed = 4,
    .workers = {{.rank = 0, .host = "alpha", .device = "cpu core 1", .cohorts = 6},
                {.rank = 7,
                 .host = "beta",
                 .device = "cuda:0",
                 .cohorts = 9,
                 .state = SessionWorker::State::lost}}};

class Provenance : public ::testing::Test {
 protected:
  static void fail(RunDirectory& directory, const Fit& fit, const Origin& origin) {
    FitRecord failed;
    failed.result = testing::failed_result(fit.id);
    failed.origin = origin;
    directory.append(failed);
  }
  void record(RunDirectory& directory, std::size_t index, const Origin& origin) const {
    FitResult result = testing::result_of(run_.plan(), run_.plan().fits[index]);
    result.seconds = static_cast<double>(1U << index);
    testing::record(directory, result, origin);
  }
  [[nodiscard]] json written() const {
    write_final_files(run_.path());
    return json::parse(test::bytes_of(run_.path("provenance.json")));
  }
  testing::SmallRun run_;
};

TEST_F(Provenance, SaysWhatMadeTheResults) {
  RunDirectory directory = run_.open();
  json found = written();
  const BuildInfo build = build_info();
  EXPECT_EQ(found.at("written_by"), json({{"version", build.version},
                                          {"git_hash", build.git_hash},
                                          {"build_type", build.build_type},
                                          {"compiler", build.compiler}}));
  json embeddings = json::array();
  for (const auto& [name, dim, content] :
       {std::tuple("texture/raw", 16, "one"), std::tuple("texture/equalized", 8, "two")})
    embeddings.push_back({{"name", name},
                          {"rows", 36},
                          {"dim", dim},
                          {"extractor", "texture"},
                          {"extractor_hash", ""},
                          {"preprocessing", "raw"},
                          {"content_sha256", sha256(content).hex()}});
  found.erase("written_by");
  EXPECT_EQ(found, json({{"format", "crossfold-provenance"},
                         {"format_version", 1},
                         {"protocol_version", kProtocolVersion},
                         {"job", canonical_job(testing::small_job())},
                         {"job_sha256", job_hash(testing::small_job())},
                         {"plan_sha256", run_.plan().hash.hex()},
                         {"labels_sha256", testing::small_samples().label_hash().hex()},
                         {"embeddings", embeddings},
                         {"root_seed", 7},
                         {"seed_indices", 2},
                         {"equivalence_classes", json::array()},
                         {"devices", json::array()},
                         {"sessions", json::array()}}));
}

/// Each fit that counts is counted where it was trained, whoever has tried it before or since.
TEST_F(Provenance, CountsTheFitsOfEachDevice) {
  RunDirectory directory = run_.open();
  record(directory, 0, kAlpha);
  record(directory, 1, kBeta);
  record(directory, 2, kBetaCpu);
  record(directory, 3, kAlphaGpu);
  record(directory, 4, kAlpha);
  record(directory, 5, kBeta);
  record(directory, 5, kAlpha);  // trained again: this one counts
  fail(directory, run_.plan().fits[4], kBeta);
  fail(directory, run_.plan().fits[6], kAlphaGpu);
  record(directory, 6, kBetaCpu);
  fail(directory, run_.plan().fits[7], kBeta);
  directory.flush();
  const json found = written();
  const auto device = [](const Origin& origin, int fits, double seconds) {
    return json({{"host", origin.host},
                 {"device", origin.device},
                 {"fits", fits},
                 {"fit_seconds", seconds}});
  };
  EXPECT_EQ(found.at("devices"), json({device(kAlpha, 3, 1 + 16 + 32), device(kAlphaGpu, 1, 8),
                                       device(kBetaCpu, 2, 4 + 64), device(kBeta, 1, 2)}));
  EXPECT_EQ(found.at("equivalence_classes"), json({"build A", "build B", "build C"}));
}

TEST_F(Provenance, RepeatsEachSessionsOwnWords) {
  {
    RunDirectory directory = run_.open();
    directory.append_session(kStart);  // and is killed
    SessionStart plain = kStart;
    plain.launch = "alone";
    plain.shard.reset();
    plain.taken_from.reset();
    directory.append_session(plain);
    directory.append_session(kEnd);
    directory.append_session(kStart);
    directory.append_session(SessionEnd{.seconds = 3.5, .workers = {}});
  }
  json sessions = written().at("sessions");
  ASSERT_EQ(sessions.size(), 3U);
  for (json& session : sessions)
    for (auto& [part, facts] : session.items()) {
      EXPECT_TRUE(facts.at("time").is_string());
      EXPECT_GT(facts.at("at").get<double>(), 1.7e9);
      facts.erase("time");
      facts.erase("at");
    }
  const BuildInfo build = build_info();
  const HostInfo host = host_info();
  json plain{{"launch", "alone"},
             {"workers", 12},
             {"threads_per_worker", 3},
             {"equivalence_class", "class here"},
             {"store", "/data/small.h5"},
             {"seed", 7},
             {"version", build.version},
             {"git_hash", build.git_hash},
             {"build_type", build.build_type},
             {"compiler", build.compiler},
             {"host", host.name},
             {"cpu", host.cpu_model},
             {"isa", "avx2"}};
  json full = plain;
  full["launch"] = "mpi";
  full["shard"] = {{"index", 2}, {"of", 5}, {"fits", 18}};
  full["taken_from"] = {{"run", "/runs/other.run"},
                        {"job_sha256", std::string(64, 'a')},
                        {"plan_sha256", std::string(64, 'b')}};
  const json stopped{
      {"outcome", "stopped"},
      {"seconds", 2.5},
      {"trained", 10},
      {"failed", 4},
      {"by_worker",
       {{{"rank", 0}, {"host", "alpha"}, {"device", "cpu core 1"}, {"cohorts", 6}, {"lost", false}},
        {{"rank", 7}, {"host", "beta"}, {"device", "cuda:0"}, {"cohorts", 9}, {"lost", true}}}}};
  const json completed{{"outcome", "completed"},
                       {"seconds", 3.5},
                       {"trained", 0},
                       {"failed", 0},
                       {"by_worker", json::array()}};
  EXPECT_EQ(sessions[0], json::object({{"start", full}}));
  EXPECT_EQ(sessions[1], json({{"start", plain}, {"end", stopped}}));
  EXPECT_EQ(sessions[2], json({{"start", full}, {"end", completed}}));
}

}  // namespace
}  // namespace crossfold
