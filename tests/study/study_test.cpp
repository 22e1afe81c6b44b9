#include "crossfold/study/study.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/plan/fit_spec.h"

#include "core/expect_error.h"
#include "hdf5/messages.h"
#include "study/small_study.h"

namespace crossfold {
namespace {

using test::error_of;
using test::SmallStudy;
using testing::HasSubstr;

TEST(LoadStudy, ReadsJobStoreAndPlan) {
  const SmallStudy small;
  const Study study = small.load();
  EXPECT_EQ(study.job.name, "small study");
  EXPECT_EQ(study.store, std::filesystem::canonical(small.file("s.h5")));
  EXPECT_EQ(study.samples.size(), 400U);
  EXPECT_EQ(distinct_fits(study.plan), 18U);
}

TEST(LoadStudy, ReadsJobsOfWindows) {
  const SmallStudy small;
  const std::string text = read_file(small.file("job.json"), 1 << 20);
  const Digest plan = small.load().plan.hash;
  small.write("job.json", "\xEF\xBB\xBF" + text);
  EXPECT_EQ(small.load().plan.hash, plan);
  std::string utf16 = "\xFF\xFE";
  for (const char letter : text) utf16 += {letter, '\0'};
  small.write("job.json", utf16);
  EXPECT_EQ(small.load().plan.hash, plan);
}

TEST(LoadStudy, TakesWhatTheArgumentsSayBeforeTheJob) {
  const SmallStudy small;
  std::filesystem::rename(small.file("s.h5"), small.file("moved.h5"));
  const Study study = load_study({.job = small.file("job.json"),
                                  .store = small.file("moved.h5"),
                                  .engine = EngineKind::reference,
                                  .cohort = 2});
  EXPECT_EQ(study.job.engine, EngineKind::reference);
  EXPECT_EQ(study.job.cohort, 2);
  EXPECT_EQ(study.store, small.file("moved.h5"));
}

TEST(LoadStudy, NamesTheFileThatIsNotThere) {
  const SmallStudy small;
  std::filesystem::remove(small.file("s.h5"));
  EXPECT_THAT(error_of([&] { (void)small.load(); }).where(), HasSubstr("s.h5"));
  std::filesystem::remove(small.file("job.json"));
  EXPECT_EQ(error_of([&] { (void)small.load(); }).where(), small.file("job.json").string());
}

TEST(LoadStudy, TellsAllErrorsOfTheJobAtOnceWithItsFile) {
  const SmallStudy small;
  small.write("job.json", R"({"name": "x", "store": "s.h5", "embeddings": "synth/shortcut",
      "experiments": [{"name": "a", "candidates": [{"kind": "linaer"}]}],
      "splits": {"folds": 1}})");
  const Error error = error_of([&] { (void)small.load(); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_EQ(error.where(), small.file("job.json").string());
  EXPECT_THAT(error.message(), HasSubstr("linaer"));
  EXPECT_THAT(error.message(), HasSubstr("folds"));
}

/// What ranks get that read neither job nor store.
TEST(LoadStudy, NamesLinesOfASplitFileThatTheJobHasNoPlaceFor) {
  const SmallStudy small;
  std::string job = read_file(small.file("job.json"), 4096);
  const std::string seeds = "\"seeds\": 2";
  job.replace(job.find(seeds), seeds.size(), seeds + ", \"file\": \"folds.csv\"");
  small.write("job.json", job);
  small.write("folds.csv",
              "experiment,seed,fold,part,id\ntask,0,0,test,none\nTask,0,0,test,none\n"
              "task,0,1,test,none\n");
  expect_error(ErrorCode::bad_input,
               small.file("folds.csv").string() +
                   ": line 3 (experiment 'Task'): is of no split of the job (it has 'domains', "
                   "'task', seeds 0 to 1, folds 0 to 2). correct or remove it",
               [&] { static_cast<void>(small.load()); });
}

TEST(PackedStudy, GivesTheSameFits) {
  const SmallStudy small;
  const Study study = small.load();
  const SharedStudy copy = unpack_study(pack_study(study));
  EXPECT_EQ(copy.store, study.store);
  Job job = copy.job;  // to which the candidates come with the work
  for (std::size_t e = 0; e < job.experiments.size(); ++e) {
    EXPECT_EQ(job.experiments[e].candidates.size(), 1U);
    job.experiments[e].candidates = study.job.experiments[e].candidates;
  }
  const Plan plan = make_plan(job, copy.basis);
  EXPECT_EQ(plan.hash, study.plan.hash);
  ASSERT_EQ(plan.fits.size(), study.plan.fits.size());
  for (std::size_t i = 0; i < study.plan.fits.size(); ++i)
    EXPECT_EQ(plan.fits[i].id, study.plan.fits[i].id) << i;
}

TEST(PackedStudy, BringsTheAttributesThatAreProbedAndNoOthers) {
  const SmallStudy small;
  EXPECT_TRUE(small.load().samples.attributes.empty());
  small.write("job.json", R"({
      "name": "small study", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [{"name": "task", "probe": "planted_domain",
                       "candidates": [{"kind": "baseline"}]}],
      "splits": {"folds": 3, "seeds": 2}})");
  const Study study = small.load();
  ASSERT_EQ(study.samples.attributes.size(), 1U);
  EXPECT_EQ(study.samples.attributes[0].name, "planted_domain");
  const SharedStudy copy = unpack_study(pack_study(study));
  ASSERT_EQ(copy.basis.samples.at(0).probed.size(), 1U);
  EXPECT_EQ(copy.basis.samples[0].probed[0].values,
            study.plan.basis.samples.at(0).probed.at(0).values);
  EXPECT_EQ(make_plan(copy.job, copy.basis).hash, study.plan.hash);
}

/// A worker that does not have every candidate splits as all of them do.
TEST(PackedStudy, KeepsThePoolThatItsCandidatesNeed) {
  const SmallStudy small;
  Study study = small.load();
  for (std::size_t row = 0; row < 20; ++row) study.samples.domain.codes[row] = -1;
  study.plan = make_plan(study.job, study.samples, study.plan.basis.embeddings);
  const SharedStudy copy = unpack_study(pack_study(study));
  EXPECT_EQ(kind_of(copy.job.experiments[1].candidates.at(0)), CandidateKind::disentangled);
  for (const Fit& fit : study.plan.fits)
    EXPECT_EQ(split_at(copy.job, copy.basis, split_place_of(spec_of(study.job, fit))),
              split_of(study.job, study.plan, fit));
}

/// Left-out sources and inner folds as well.
TEST(PackedStudy, GivesTheSplitsOfAllSchemes) {
  const SmallStudy small;
  small.write("job.json", R"({
      "name": "small study", "store": "s.h5", "seed": 5, "embeddings": "synth/shortcut",
      "experiments": [
        {"name": "task",
         "sweep": {"candidates": 2, "select": ["held-out", "source-out"], "nested": {"folds": 3}},
         "candidates": [{"kind": "disentangled",
           "lambda": {"schedule": "constant", "from": {"log": [0.1, 10]}}}]}],
      "splits": {"folds": 3, "seeds": 2},
      "training": {"epochs": 2, "batch": 32}})");
  const Study study = small.load();
  EXPECT_EQ(distinct_fits(study.plan), 4U * (6 + 6) + 2U * 18);
  const SharedStudy copy = unpack_study(pack_study(study));
  for (const Fit& fit : study.plan.fits)
    EXPECT_EQ(split_at(copy.job, copy.basis, split_place_of(spec_of(study.job, fit))),
              split_of(study.job, study.plan, fit));
}

/// Each experiment has its own schemes, and its own labels and attributes that its candidates need.
TEST(PackedStudy, GivesEachExperimentItsOwnSplits) {
  const SmallStudy small;
  write_synth_store(small.file("s.h5"),
                    {.kind = SynthKind::sources, .dim = 16, .scale = 0.05, .seed = 3});
  const std::string sweep = R"("candidates": [{"kind": "disentangled",
      "lambda": {"schedule": "constant", "from": {"log": [0.1, 10]}}}])";
  std::vector<std::string> experiments{
      R"({"name": "plain", "candidates": [{"kind": "linear"}, {"kind": "baseline"}]})",
      R"({"name": "nested", "sweep": {"candidates": 2, "nested": {"folds": 2}}, )" + sweep + "}",
      R"({"name": "other", "sweep": {"candidates": 2, "nested": {"folds": 4}}, )" + sweep + "}",
      R"({"name": "sources", "sweep": {"candidates": 2, "select": ["source-out"]}, )" + sweep + "}",
      R"({"name": "against", "candidates": [{"kind": "linear"},
          {"kind": "disentangled", "lambda": {"schedule": "constant", "from": 1},
           "adversary": "domain"},
          {"kind": "disentangled", "name": "sex", "lambda": {"schedule": "constant", "from": 1},
           "adversary": "sex"}]})"};
  for (std::size_t first = 0; first < experiments.size(); ++first) {
    small.write("job.json", fmt::format(R"({{
      "name": "small study", "store": "s.h5", "seed": 5, "embeddings": "synth/sources",
      "experiments": [{}], "splits": {{"folds": 3, "seeds": 1}},
      "training": {{"epochs": 2, "batch": 32}}}})",
                                        fmt::join(experiments, ", ")));
    const Study study = small.load();
    const SharedStudy copy = unpack_study(pack_study(study));
    ASSERT_EQ(copy.basis.samples.size(), 5U);
    for (const Fit& fit : study.plan.fits)
      EXPECT_EQ(split_at(copy.job, copy.basis, split_place_of(spec_of(study.job, fit))),
                split_of(study.job, study.plan, fit))
          << study.job.experiments[fit.experiment].name << " of those from " << first;
    ASSERT_EQ(study.samples.attributes.size(), 1U);
    EXPECT_EQ(study.samples.attributes[0].name, "sex");
    std::rotate(experiments.begin(), experiments.begin() + 1, experiments.end());
  }
}

/// By it a rank is told that has read something else.
TEST(PackedStudy, HasAHashOfAllThatIsInIt) {
  const SmallStudy small;
  Study study = small.load();
  const Digest hash = unpack_study(pack_study(study)).hash;
  EXPECT_EQ(unpack_study(pack_study(study)).hash, hash);
  ++study.job.seed;
  EXPECT_NE(unpack_study(pack_study(study)).hash, hash);
  study = small.load();
  study.samples.group[0] = "another";
  EXPECT_NE(unpack_study(pack_study(study)).hash, hash);
  study = small.load();
  study.plan.basis.embeddings[0].content = sha256("other numbers");
  EXPECT_NE(unpack_study(pack_study(study)).hash, hash);
}

TEST(RecordedJob, NamesItsStoreAsSeenFromTheRunDirectory) {
  const SmallStudy small;
  EXPECT_EQ(recorded_job(small.load(), small.file("a.run")).store, "../s.h5");
  EXPECT_EQ(recorded_job(small.load(), small.file("a.run/shards/1-of-2")).store, "../../../s.h5");
}

/// A path in the job is seen from the job's folder, one of the command line from the working
/// folder, and both are recorded as seen from the run directory.
TEST(RecordedJob, NamesItsWarmStartAsSeenFromTheRunDirectory) {
  const SmallStudy small;
  EXPECT_FALSE(recorded_job(small.load(), small.file("a.run")).warm_start.has_value());
  std::string job = read_file(small.file("job.json"), 4096);
  job.replace(job.find("\"store\""), 7, "\"warm_start\": \"before/old.run\", \"store\"");
  small.write("job.json", job);
  Study study = small.load();
  const std::filesystem::path folder = std::filesystem::canonical(small.file("s.h5")).parent_path();
  EXPECT_EQ(study.warm_start, folder / "before" / "old.run");
  EXPECT_EQ(recorded_job(study, small.file("a.run")).warm_start, "../before/old.run");
  study = load_study({.job = small.file("job.json"), .warm_start = "elsewhere/new.run"});
  EXPECT_EQ(study.warm_start, std::filesystem::weakly_canonical("elsewhere/new.run"));
  EXPECT_EQ(study.job.warm_start, "elsewhere/new.run");
  EXPECT_FALSE(unpack_study(pack_study(study)).job.warm_start.has_value());
}

}  // namespace
}  // namespace crossfold
