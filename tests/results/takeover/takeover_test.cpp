// What is told of directories whose fits are to be taken up, and which of these are.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/build_info.h"
#include "crossfold/results/run_editor.h"
#include "crossfold/results/warm_start.h"

#include "core/expect_error.h"
#include "results/takeover/left_directory.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kAlpha;
using testing::kBeta;
using testing::kFits;
using testing::kLeft;
using testing::kOwn;
using testing::Takeover;

/// Everything that is wrong with any shard is told before a line is written.
TEST_F(Takeover, AMergeNamesAllThatIsWrongAtOnce) {
  for (const std::uint32_t index : {1U, 2U, 3U}) {
    const ShardNumber shard{.index = index, .of = 3};
    leave(shard_directory(run_.path(), shard), kLeft.front(), kFits * (index - 1), kAlpha, shard);
  }
  train(run_.path(), {20}, kOwn);
  const std::string journal = test::bytes_of(run_.journal());
  std::vector<std::string> damaged;
  for (const std::uint32_t index : {1U, 3U}) {  // a byte that only a look at the content finds
    const fs::path shard = shard_directory(run_.path(), {.index = index, .of = 3});
    const FitId& id = plan_.fits[kFits * (index - 1) + 1].id;
    const fs::path file = shard / "segments" / load_run(shard).artefacts.at(id).segment;
    std::string bytes = test::bytes_of(file);
    bytes[bytes.size() / 2] ^= 1;
    test::write_bytes(file, bytes);
    damaged.push_back(file.string() +
                      ": is damaged (its hash is not the one in the journal): the predictions and "
                      "curves of fit " +
                      id.hex());
  }
  try {
    const ShardMerge merge(run_.path(), job_, plan_);
    FAIL() << "damaged artefacts were taken over";
  } catch (const Error& error) {
    for (const std::string& line : damaged) EXPECT_THAT(error.what(), ::testing::HasSubstr(line));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("2 errors"));
  }
  EXPECT_EQ(test::bytes_of(run_.journal()), journal);
}

TEST_F(Takeover, AMergeRefusesAShardWhoseInputsWereChanged) {
  const ShardNumber shard{.index = 2, .of = 2};
  leave(shard_directory(run_.path(), shard), kLeft.front(), 0, kAlpha, shard);
  for (const char* name : {"job.json", "samples.json", "plan.json"}) {
    const fs::path file = shard_directory(run_.path(), shard) / name;
    const std::string before = test::bytes_of(file);
    test::write_bytes(file, before + " ");
    expect_error(ErrorCode::bad_input,
                 file.string() +
                     ": is damaged or was changed (its hash is not the one in the journal). "
                     "restore it, or start again in another folder",
                 [&] { const ShardMerge merge(run_.path(), job_, plan_); });
    test::write_bytes(file, before);
  }
}

/// A directory that was made, and nothing more.
TEST_F(Takeover, AMergeMissesAShardWithoutAJournal) {
  leave(shard_directory(run_.path(), {.index = 2, .of = 3}), kLeft.front(), 0, kAlpha,
        ShardNumber{.index = 2, .of = 3});
  fs::create_directories(shard_directory(run_.path(), {.index = 1, .of = 3}));
  RunDirectory into = open(run_.path());
  const MergeReport report = ShardMerge(run_.path(), job_, plan_).take_into(into);
  EXPECT_EQ(report.absent, (std::vector<ShardNumber>{{1, 3}, {3, 3}}));
  EXPECT_EQ(report.taken, kFits);
}

/// More than are copied at a time.
TEST_F(Takeover, ManyFitsAreAllTakenOver) {
  Job many = job_;
  many.splits.seeds = 70;
  many.output = {.predictions = false, .curves = false, .features = FeatureOutput::none};
  const Plan plan = testing::small_plan(many);
  ASSERT_GT(plan.fits.size(), 1000U);
  const fs::path shard = shard_directory(run_.path(), {.index = 1, .of = 1});
  {
    RunDirectory directory = RunDirectory::open(shard, many, testing::small_samples(), plan);
    SessionStart start;
    start.launch = "mpi";
    start.shard = ShardShare{.index = 1, .of = 1, .fits = plan.fits.size()};
    directory.append_session(start);
    for (const Fit& fit : plan.fits) {
      FitResult result = testing::result_of(plan, fit);
      result.artefacts = {};
      testing::record(directory, result);
    }
    directory.append_session(SessionEnd{});
  }
  {
    RunDirectory into = run_.open(many);
    EXPECT_EQ(ShardMerge(run_.path(), many, plan).take_into(into).taken, plan.fits.size());
  }
  EXPECT_EQ(run_.load().results.size(), plan.fits.size());
  RunDirectory into = other_.open(many);
  EXPECT_EQ(WarmStart(run_.path(), many, plan, testing::small_samples().id)
                .take_into(into, "small.h5")
                .size(),
            plan.fits.size());
  EXPECT_EQ(other_.load().results.size(), plan.fits.size());
}

/// A fit of the other run that the job does not have explains nothing where others are shared.
TEST_F(Takeover, AWarmStartCountsTheFitsOfOthers) {
  train(other_.path(), {0, 1, 6, 7, 30}, kBeta);
  Job fewer = job_;
  fewer.experiments[0].candidates.resize(1);  // fits 6 and 7 are of the second
  fewer.experiments.resize(1);
  const Plan plan = testing::small_plan(fewer);
  const WarmStart some(other_.path(), fewer, plan, testing::small_samples().id);
  EXPECT_THAT(some.shared().to_take, ElementsAre(plan_.fits[0].id, plan_.fits[1].id));
  EXPECT_EQ(some.shared().others, 3U);
  EXPECT_THAT(some.shared().differences, IsEmpty());
  EXPECT_EQ(some.shared().wanted, distinct_fits(plan));
}

TEST_F(Takeover, AWarmStartSaysAllThatDiffers) {
  train(other_.path(), {0, 1}, kBeta);
  const auto said = [&](const Job& job, const std::vector<EmbeddingInfo>& embeddings) {
    const Plan plan = make_plan(job, testing::small_samples(), embeddings);
    return WarmStart(other_.path(), job, plan, testing::small_samples().id).shared().differences;
  };
  Job job = job_;
  job.seed = 8;
  job.embeddings = {"texture/new", "texture/newer"};
  EXPECT_THAT(said(job, {testing::embedding("texture/new", 8, "one"),
                         testing::embedding("texture/newer", 8, "two")}),
              ElementsAre("the seed is 7 there and 8 here",
                          "no embedding set of texture/new, texture/newer is there"));
  job.embeddings = {"texture/raw", "texture/equalized"};
  EXPECT_THAT(said(job, {testing::embedding("texture/raw", 16, "one"),
                         testing::embedding("texture/equalized", 8, "new")}),
              ElementsAre("the seed is 7 there and 8 here",
                          "embedding set 'texture/equalized' holds other numbers there"));
}

/// Fits of another protocol have other ids, however alike the jobs are.
TEST_F(Takeover, AWarmStartNamesTheProtocolThatDiffers) {
  train(other_.path(), {0, 1}, kBeta);
  nlohmann::json description = nlohmann::json::parse(test::bytes_of(other_.path("plan.json")));
  description["protocol_version"] = kProtocolVersion + 1;
  test::write_bytes(other_.path("plan.json"), description.dump());
  repair_header(other_.path());
  Job job = job_;
  job.seed = 8;
  const Plan plan = testing::small_plan(job);
  const WarmStart warm(other_.path(), job, plan, testing::small_samples().id);
  EXPECT_THAT(warm.shared().differences,
              ElementsAre(fmt::format("the protocol version is {} there and {} here",
                                      kProtocolVersion + 1, kProtocolVersion),
                          "the seed is 7 there and 8 here"));
}

TEST(WarmStartText, SaysWhatIsFoundInEveryCase) {
  SharedFits shared;
  shared.wanted = 1;
  shared.to_take.resize(1);
  EXPECT_THAT(warm_start_text(shared, "o.run"), ElementsAre("1 of 1 fit is taken over from o.run"));
  shared.wanted = 9;
  shared.to_take.resize(2);
  shared.others = 5;
  shared.lacking = 1;
  EXPECT_THAT(warm_start_text(shared, "o.run"),
              ElementsAre("2 of 9 fits are taken over from o.run",
                          "1 fit is completed in o.run too, but without all of the predictions, "
                          "curves or features that this job keeps: it is trained"));
  shared.to_take.clear();
  shared.lacking = 0;
  EXPECT_THAT(warm_start_text(shared, "o.run"),
              ElementsAre("0 of 9 fits are taken over from o.run",
                          "no fit of o.run is one of this job: its labels, samples, splits or "
                          "candidates are others"));
  shared.differences = {"a", "b"};
  shared.state = "was stopped";
  EXPECT_THAT(warm_start_text(shared, "o.run"),
              ElementsAre("0 of 9 fits are taken over from o.run",
                          "no fit of o.run is one of this job: a; b",
                          "o.run was stopped: what it lacks is trained here"));
}

// What the other run kept of its fits, and what this one keeps.

std::vector<OutputSettings> all_outputs() {
  std::vector<OutputSettings> outputs;
  for (const bool predictions : {false, true})
    for (const bool curves : {false, true})
      for (const FeatureOutput features :
           {FeatureOutput::none, FeatureOutput::first_split, FeatureOutput::all})
        outputs.push_back({.predictions = predictions, .curves = curves, .features = features});
  return outputs;
}

TEST_F(Takeover, AWarmStartLeavesEveryFitThatKeptLessThanIsWanted) {
  const std::vector<std::size_t> fits{0, 1, 24, 25};  // network and linear, first split and second
  const auto keeps_features = [](const OutputSettings& output, std::size_t fit) {
    return output.features == FeatureOutput::all ||
           (output.features == FeatureOutput::first_split && (fit == 0 || fit == 24));
  };
  for (const OutputSettings& there : all_outputs()) {
    const testing::SmallRun other;
    Job job = job_;
    job.output = there;
    {
      RunDirectory directory = other.open(job);
      for (const std::size_t fit : fits) {
        const bool is_network = fit < 24;
        FitResult result = result_of(fit);
        if (!there.predictions) result.artefacts.held_out.reset();
        if (!there.curves || !is_network) result.artefacts.curves.reset();
        if (!keeps_features(there, fit) || !is_network) result.artefacts.features.reset();
        testing::record(directory, result);
      }
      directory.flush();
    }
    for (const OutputSettings& here : all_outputs()) {
      job.output = here;
      std::vector<FitId> expected;
      for (const std::size_t fit : fits) {
        const bool lacks = (here.predictions && !there.predictions) ||
                           (fit < 24 && here.curves && !there.curves) ||
                           (fit < 24 && keeps_features(here, fit) && !keeps_features(there, fit));
        if (!lacks) expected.push_back(plan_.fits[fit].id);
      }
      const Plan plan = testing::small_plan(job);
      const WarmStart warm(other.path(), job, plan, testing::small_samples().id);
      EXPECT_THAT(warm.shared().to_take, ::testing::UnorderedElementsAreArray(expected))
          << "there " << there.predictions << there.curves << static_cast<int>(there.features)
          << ", here " << here.predictions << here.curves << static_cast<int>(here.features);
      EXPECT_EQ(warm.shared().lacking, fits.size() - expected.size());
      EXPECT_EQ(warm.shared().others, 0U);
    }
  }
}

TEST(ShardIn, TellsTheNumberOfAFolderOfShards) {
  const test::ScratchFolder folder;
  for (const std::uint32_t index : {10U, 9U, 2U, 12U, 1U})
    fs::create_directories(shard_directory(folder.path(), {.index = index, .of = 12}));
  std::vector<std::uint32_t> found;
  for (const FoundShard& shard : find_shards(folder.path())) {
    found.push_back(shard.number.index);
    EXPECT_EQ(shard_in(shard.directory), shard.number);
  }
  EXPECT_THAT(found, ElementsAre(1U, 2U, 9U, 10U, 12U));
  EXPECT_EQ(shard_in(folder / "1-of-2"), std::nullopt) << "which lies in no folder of shards";
}

}  // namespace
}  // namespace crossfold
