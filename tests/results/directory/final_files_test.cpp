#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/build_info.h"
#include "crossfold/core/host_info.h"
#include "crossfold/hdf5/file.h"
#include "crossfold/job/job_json.h"

#include "plan/schemes_study.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using testing::kAlpha;
using testing::kBeta;

/// Fits 0 to 29 done, on two machines, 30 failed, the others missing; the first session killed.
class FinalFilesTest : public ::testing::Test {
 protected:
  FinalFilesTest() {
    {
      RunDirectory directory = run_.open();
      directory.append_session(start_);
      for (std::size_t i = 0; i < 20; ++i)
        testing::record(directory, run_.plan(), run_.plan().fits[i], kAlpha);
    }
    RunDirectory directory = run_.open();
    directory.append_session(start_);
    for (std::size_t i = 20; i < 30; ++i)
      testing::record(directory, run_.plan(), run_.plan().fits[i], kBeta);
    FitRecord failed;
    failed.result = testing::failed_result(run_.plan().fits[30].id);
    directory.append(failed);
    directory.append_session(SessionEnd{.outcome = SessionEnd::Outcome::completed,
                                        .seconds = 2.5,
                                        .trained = 10,
                                        .failed = 1,
                                        .workers = {{.rank = 1,
                                                     .host = "beta",
                                                     .device = "cuda:0",
                                                     .cohorts = 10,
                                                     .state = SessionWorker::State::lost}}});
    write_final_files(run_.path());
  }

  testing::SmallRun run_;
  SessionStart start_{.launch = "mpi",
                      .workers = 2,
                      .threads_per_worker = 1,
                      .equivalence_class = "build A",
                      .instruction_set = "avx2",
                      .store = "/data/small.h5",
                      .shard = ShardShare{.index = 1, .of = 2, .fits = 18},
                      .taken_from = TakenFrom{.run = "other.run",
                                              .job_sha256 = std::string(64, 'a'),
                                              .plan_sha256 = std::string(64, 'b')}};
};

TEST_F(FinalFilesTest, SayInProvenanceWhatMadeTheResults) {
  const json provenance = json::parse(test::bytes_of(run_.path("provenance.json")));
  EXPECT_EQ(provenance["format"], "crossfold-provenance");
  EXPECT_EQ(provenance["format_version"], 1);
  EXPECT_EQ(provenance["written_by"]["version"], build_info().version);
  EXPECT_EQ(provenance["written_by"]["git_hash"], build_info().git_hash);
  EXPECT_EQ(provenance["written_by"]["build_type"], build_info().build_type);
  EXPECT_EQ(provenance["job"], canonical_job(testing::small_job()));
  EXPECT_EQ(provenance["job_sha256"], job_hash(testing::small_job()));
  EXPECT_EQ(provenance["plan_sha256"], run_.plan().hash.hex());
  EXPECT_EQ(provenance["labels_sha256"], testing::small_samples().label_hash().hex());
  EXPECT_EQ(provenance["embeddings"][0]["content_sha256"], sha256("one").hex());
  EXPECT_EQ(provenance["root_seed"], 7);
  EXPECT_EQ(provenance["equivalence_classes"], json({"build A", "build B"}));
  EXPECT_EQ(
      provenance["devices"],
      json({{{"host", "alpha"}, {"device", "cpu core 1"}, {"fits", 20}, {"fit_seconds", 30.0}},
            {{"host", "beta"}, {"device", "cuda:0"}, {"fits", 10}, {"fit_seconds", 15.0}}}));
}

TEST_F(FinalFilesTest, TellKilledSessionsFromEndedOnes) {
  const json sessions = json::parse(test::bytes_of(run_.path("provenance.json")))["sessions"];
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_FALSE(sessions[0].contains("end"));
  const json& start = sessions[1]["start"];
  EXPECT_EQ(start["launch"], "mpi");
  EXPECT_EQ(start["workers"], 2);
  EXPECT_EQ(start["threads_per_worker"], 1);
  EXPECT_EQ(start["equivalence_class"], "build A");
  EXPECT_EQ(start["store"], "/data/small.h5");
  EXPECT_EQ(start["seed"], 7);
  EXPECT_EQ(start["host"], host_info().name);
  EXPECT_EQ(start["isa"], "avx2") << "what training was held to, not what the processor has";
  EXPECT_THAT(start["time"].get<std::string>(), ::testing::MatchesRegex("[0-9-]+T[0-9:]+Z"));
  const json& end = sessions[1]["end"];
  EXPECT_EQ(end["outcome"], "completed");
  EXPECT_EQ(end["trained"], 10);
  EXPECT_EQ(end["failed"], 1);
  EXPECT_EQ(end["by_worker"], json({{{"rank", 1},
                                     {"host", "beta"},
                                     {"device", "cuda:0"},
                                     {"cohorts", 10},
                                     {"lost", true}}}));
}

TEST_F(FinalFilesTest, AreMadeFromSessionLinesThatTheSchemaDescribes) {
  const json schema =
      json::parse(test::bytes_of(CROSSFOLD_SOURCE_DIR "/data-schemas/journal.schema.json"));
  const auto keys_of = [](const json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, ignored] : object.items()) keys.push_back(key);
    return keys;
  };
  std::istringstream journal(test::bytes_of(run_.journal()));
  std::size_t sessions = 0;
  for (std::string line; std::getline(journal, line);) {
    const json value = json::parse(line);
    if (value["kind"] != "session") continue;
    ++sessions;
    const json& described =
        schema["definitions"]["session-" + value["event"].get<std::string>()]["properties"];
    EXPECT_EQ(keys_of(value), keys_of(described));
    if (value["event"] == "end") {
      EXPECT_EQ(keys_of(value["by_worker"][0]),
                keys_of(described["by_worker"]["items"]["properties"]));
    }
  }
  EXPECT_EQ(sessions, 3U);
}

TEST_F(FinalFilesTest, AreTheSameBytesWhenMadeAgain) {
  const std::string results = test::bytes_of(run_.path("results.h5"));
  const std::string index = test::bytes_of(run_.path("artefacts.h5"));
  const std::string provenance = test::bytes_of(run_.path("provenance.json"));
  write_final_files(run_.path());
  EXPECT_EQ(test::bytes_of(run_.path("results.h5")), results);
  EXPECT_EQ(test::bytes_of(run_.path("artefacts.h5")), index);
  EXPECT_EQ(test::bytes_of(run_.path("provenance.json")), provenance);
}

TEST_F(FinalFilesTest, HoldTheScoresInThePlansOrder) {
  const hdf5::File file = hdf5::File::open(run_.path("results.h5"));
  const hdf5::Group root = file.root();
  EXPECT_EQ(root.text_attribute("format"), "crossfold-results");
  EXPECT_EQ(root.integer_attribute("format_version"), 2);
  EXPECT_EQ(root.text_attribute("job"), canonical_job(testing::small_job()).dump());
  EXPECT_EQ(root.open_group("samples").open_dataset("id").read_texts(100),
            testing::small_samples().id);
  const hdf5::Group task = root.open_group("experiments").open_group("0");
  EXPECT_EQ(task.text_attribute("name"), "task");
  EXPECT_EQ(task.integer_attribute("expected"), 24);
  const auto ids = task.open_dataset("fit").read_texts(100);
  ASSERT_EQ(ids.size(), 24U);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], run_.plan().fits[i].id.hex());
  EXPECT_THAT(task.open_group("in").texts_attribute("levels", 9),
              ElementsAre("normal", "pneumonia", "covid19"));
  EXPECT_EQ(task.open_group("in").open_dataset("auc").read_all<double>()[5], 0.1 + 0.2);
  EXPECT_THAT(task.open_group("oos").open_dataset("class_support").shape(), ElementsAre(24, 3));
  EXPECT_THAT(task.open_group("probe").open_dataset("class_auc").shape(), ElementsAre(24, 2));
  EXPECT_TRUE(std::isnan(task.open_group("probe").open_dataset("class_auc").read_all<double>()[0]));
  EXPECT_TRUE(std::isinf(
      task.open_group("probe").open_dataset("diagnostic_odds_ratio").read_all<double>()[0]));
}

TEST_F(FinalFilesTest, ListFailedFitsAndLeaveMissingOnesToBeCounted) {
  const hdf5::File file = hdf5::File::open(run_.path("results.h5"));
  const hdf5::Group source = file.root().open_group("experiments").open_group("1");
  EXPECT_EQ(source.integer_attribute("expected"), 12);
  EXPECT_THAT(source.open_dataset("fit").shape(), ElementsAre(6));
  EXPECT_FALSE(source.find("oos").has_value());
  const hdf5::Group failed = source.open_group("failed");
  EXPECT_THAT(failed.open_dataset("fit").read_texts(100),
              ElementsAre(run_.plan().fits[30].id.hex()));
  EXPECT_THAT(failed.open_dataset("error").read_texts(100),
              ElementsAre("the loss became NaN in epoch 3"));
}

TEST_F(FinalFilesTest, AreMadeOfARunWithoutASingleFit) {
  const testing::SmallRun empty;
  static_cast<void>(empty.open());
  write_final_files(empty.path());
  const hdf5::File file = hdf5::File::open(empty.path("results.h5"));
  EXPECT_THAT(file.root()
                  .open_group("experiments")
                  .open_group("0")
                  .open_group("in")
                  .open_dataset("class_auc")
                  .shape(),
              ElementsAre(0, 3));
}

/// What a command prints; nothing when it fails.
std::optional<std::string> output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), got);
  if (::pclose(pipe) != 0) return std::nullopt;
  return text;
}

TEST_F(FinalFilesTest, AreReadByH5py) {
  if (!output_of("/usr/bin/python3 -c 'import h5py' 2>&1"))
    GTEST_SKIP() << "/usr/bin/python3 has no h5py";
  const auto text = output_of("/usr/bin/python3 " CROSSFOLD_TEST_DATA "/read_results.py '" +
                              run_.path("results.h5").string() + "'");
  ASSERT_TRUE(text.has_value());
  const json found = json::parse(*text);
  const json& attributes = found["attributes"];
  const json& datasets = found["datasets"];
  EXPECT_EQ(attributes["@format"], "crossfold-results");
  EXPECT_EQ(attributes["experiments/0/in@levels"], json({"normal", "pneumonia", "covid19"}));
  EXPECT_EQ(attributes["samples/role@levels"], json({"in", "oos"}));
  EXPECT_EQ(datasets["samples/id"]["values"], json(testing::small_samples().id));
  EXPECT_EQ(datasets["samples/class"]["values"], json(testing::small_samples().class_label.codes));
  const json& candidate = datasets["experiments/0/candidate"]["values"];
  EXPECT_EQ(candidate[0], "baseline");
  EXPECT_EQ(candidate[6], "disentangled");
  EXPECT_EQ(datasets["experiments/0/embedding"]["values"][12], "texture/equalized");
  EXPECT_EQ(datasets["experiments/0/seed"]["values"][3], 1);
  EXPECT_EQ(datasets["experiments/0/fold"]["values"][5], 2);
  EXPECT_EQ(datasets["experiments/0/epochs"]["values"][0], 38);
  EXPECT_EQ(datasets["experiments/0/stop"]["values"][0], 1);
  EXPECT_EQ(attributes["experiments/0/stop@levels"][1], "plateau");
  EXPECT_EQ(datasets["experiments/0/in/auc"]["values"][0], 0.1 + 0.2);
  EXPECT_EQ(datasets["experiments/0/in/class_auc"]["values"][0][0], "nan");
  EXPECT_EQ(datasets["experiments/0/probe/diagnostic_odds_ratio"]["values"][0], "inf");
}

/// What was kept of a fit lies where artefacts.h5 says, as README shows it.
TEST_F(FinalFilesTest, LeadNumpyToWhatWasKept) {
  if (!output_of("/usr/bin/python3 -c 'import h5py' 2>&1"))
    GTEST_SKIP() << "/usr/bin/python3 has no h5py";
  const auto text = output_of("/usr/bin/python3 " CROSSFOLD_TEST_DATA "/read_artefacts.py '" +
                              run_.path().string() + "' " + run_.plan().fits[0].id.hex());
  ASSERT_TRUE(text.has_value());
  const json arrays = json::parse(*text);
  EXPECT_EQ(arrays.size(), 9U);
  EXPECT_EQ(arrays["in.probabilities"]["values"], json({{0.1, 0.2, 0.7}, {1.0, 0.0, 0.0}}));
  EXPECT_EQ(arrays["in.rows"]["values"], json({1, 4}));
  EXPECT_EQ(arrays["curves.learning_rate"]["values"], json({1e-3, 1e-4}));
  EXPECT_EQ(arrays["features.values"]["type"], "float32");
  EXPECT_EQ(arrays["features.values"]["values"], json({{1, 2}, {3, 4}, {5, 6.5}}));
}

/// Whoever takes a mean over the rows of an experiment takes it over its folds.
TEST(FinalFiles, HaveOtherSchemesApart) {
  const Job job = testing::with_all_schemes();
  const Plan plan = testing::schemes_plan(job);
  const test::ScratchFolder folder;
  {
    RunDirectory directory =
        RunDirectory::open(folder / "run", job, testing::samples_of_three_sources(), plan);
    for (const Fit& fit : plan.fits) {
      FitResult result = testing::full_result(fit.id);
      result.artefacts = {};
      result.held_out = testing::mixed_scores(3, 0.25);
      testing::record(directory, std::move(result));
    }
    directory.flush();
  }
  write_final_files(folder / "run");
  const hdf5::File file = hdf5::File::open(folder / "run" / "results.h5");
  const hdf5::Group task = file.root().open_group("experiments").open_group("0");
  EXPECT_THAT(task.open_dataset("fold").shape(), ElementsAre(18));
  const hdf5::Group sources = task.open_group("source_out");
  const auto names = sources.open_dataset("source").read_texts(100);
  ASSERT_EQ(names.size(), 18U);
  EXPECT_EQ(names[1], "cohen");
  EXPECT_FALSE(sources.find("fold").has_value());
  EXPECT_FALSE(sources.find("oos").has_value());
  EXPECT_THAT(sources.open_group("in").open_dataset("auc").shape(), ElementsAre(18));
  const hdf5::Group nested = task.open_group("nested");
  EXPECT_THAT(nested.open_dataset("inner_fold").read_all<std::int32_t>()[3], 3);
  EXPECT_THAT(nested.open_dataset("fold").shape(), ElementsAre(48));
}

}  // namespace
}  // namespace crossfold
