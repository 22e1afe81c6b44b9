// Which fits a row of results.h5 is of, for each way to split: in several experiments over unlike
// pools, where some fits failed and others are missing.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/hdf5/file.h"

#include "plan/schemes_study.h"
#include "plan/unlike_study.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

/// The sources in the pool of each experiment, in the store's order.
const std::vector<std::vector<std::string>> kSources{{"rsna", "cohen", "sirm", "fig1"},
                                                     {"cohen", "sirm", "fig1"}};

/// With a second experiment like the first one, on three of the four sources, and two embedding
/// sets.
Job on_two_pools(Job job) {
  job.embeddings = {"texture/raw", "texture/equalized"};
  job.experiments.resize(1);
  job.experiments.push_back(job.experiments[0]);
  job.experiments[1].name = "three sources";
  job.experiments[1].samples.domain = {"fig1", "sirm", "cohen"};
  return job;
}

class ResultsOfSchemes : public ::testing::Test {
 protected:
  static bool is_missing(std::size_t fit) { return fit % 7 == 3; }
  static bool has_failed(std::size_t fit) { return fit % 7 == 5; }
  static double auc_of(std::size_t fit) { return static_cast<double>(fit) / 4096; }
  static std::string error_of(std::size_t fit) { return "no memory for " + std::to_string(fit); }

  void run(const Job& job) {
    job_ = job;
    plan_ = testing::unlike_plan(job);
    const std::filesystem::path path = folder_ / std::to_string(runs_++);
    {
      RunDirectory directory = RunDirectory::open(path, job_, testing::unlike_samples(), plan_);
      for (std::size_t i = 0; i < plan_.fits.size(); ++i) {
        if (is_missing(i)) continue;
        FitResult result = testing::full_result(plan_.fits[i].id);
        result.artefacts = {};
        result.held_out.auc = auc_of(i);
        if (has_failed(i)) {
          result = testing::failed_result(plan_.fits[i].id);
          result.error = error_of(i);
        }
        testing::record(directory, std::move(result));
      }
      directory.flush();
    }
    write_final_files(path);
    results_ = path / "results.h5";
  }

  /// Each row is of the fit that it is to be, by every column that says so.
  void expect_places(const hdf5::Group& group, const std::vector<std::size_t>& fits) const {
    std::map<std::string, std::vector<std::string>> texts;
    std::map<std::string, std::vector<std::int32_t>> numbers;
    for (const std::size_t i : fits) {
      const Fit& fit = plan_.fits[i];
      const std::vector<std::string>& sources = kSources.at(fit.experiment);
      texts["fit"].push_back(fit.id.hex());
      texts["embedding"].push_back(fit.embedding == 0 ? "texture/raw" : "texture/equalized");
      texts["candidate"].push_back(
          job_.experiments[fit.experiment].candidates.at(fit.candidate).name);
      numbers["seed"].push_back(static_cast<std::int32_t>(fit.seed.value));
      const auto fold = static_cast<std::int32_t>(fit.fold.value);
      if (fit.scheme == SplitScheme::source_out)
        texts["source"].push_back(sources.at(fit.fold.value));
      if (fit.scheme == SplitScheme::leave_out)
        texts["left_out"].push_back(sources.at(fit.fold.value));
      if (fit.scheme == SplitScheme::k_fold || fit.scheme == SplitScheme::nested)
        numbers["fold"].push_back(fold);
      if (fit.scheme == SplitScheme::nested)
        numbers["inner_fold"].push_back(static_cast<std::int32_t>(fit.inner.value));
    }
    for (const auto& [name, values] : texts)
      EXPECT_EQ(group.open_dataset(name).read_texts(100), values) << name;
    for (const auto& [name, values] : numbers)
      EXPECT_EQ(group.open_dataset(name).read_all<std::int32_t>(), values) << name;
    for (const char* name : {"source", "left_out", "fold", "inner_fold"})
      EXPECT_EQ(group.find(name).has_value(), texts.contains(name) || numbers.contains(name))
          << name;
  }

  void expect_fits(const hdf5::Group& group, std::uint32_t experiment, SplitScheme scheme) const {
    std::vector<std::size_t> done, failed;
    std::vector<double> aucs;
    std::vector<std::string> errors;
    std::int64_t planned = 0;
    for (std::size_t i = 0; i < plan_.fits.size(); ++i) {
      const Fit& fit = plan_.fits[i];
      if (fit.experiment != experiment || fit.scheme != scheme) continue;
      ++planned;
      if (is_missing(i)) continue;
      (has_failed(i) ? failed : done).push_back(i);
      if (has_failed(i))
        errors.push_back(error_of(i));
      else
        aucs.push_back(auc_of(i));
    }
    ASSERT_FALSE(done.empty());
    EXPECT_EQ(group.integer_attribute("expected"), planned);
    expect_places(group, done);
    EXPECT_EQ(group.open_group("in").open_dataset("auc").read_all<double>(), aucs);
    ASSERT_FALSE(failed.empty());
    expect_places(group.open_group("failed"), failed);
    EXPECT_EQ(group.open_group("failed").open_dataset("error").read_texts(100), errors);
  }

  /// Each experiment has the fits of the job's scheme, and a group for each other one.
  void expect_experiments(const std::set<std::string>& others) const {
    const hdf5::File file = hdf5::File::open(results_);
    for (std::uint32_t e = 0; e < 2; ++e) {
      SCOPED_TRACE(job_.experiments[e].name);
      const hdf5::Group group = file.root().open_group("experiments").open_group(std::to_string(e));
      EXPECT_EQ(group.text_attribute("name"), job_.experiments[e].name);
      expect_fits(group, e, job_.splits.scheme);
      for (const auto& [scheme, name] : {std::pair(SplitScheme::source_out, "source_out"),
                                         std::pair(SplitScheme::nested, "nested")}) {
        SCOPED_TRACE(name);
        ASSERT_EQ(group.find(name).has_value(), others.contains(name));
        if (!others.contains(name)) continue;
        expect_fits(group.open_group(name), e, scheme);
        for (const char* score : {"oos", "probe"})
          EXPECT_FALSE(group.open_group(name).find(score).has_value()) << score;
      }
    }
  }

  test::ScratchFolder folder_;
  int runs_ = 0;
  Job job_;
  Plan plan_;
  std::filesystem::path results_;
};

TEST_F(ResultsOfSchemes, AreThoseThatServeAChoiceEachInAGroupOfItsOwn) {
  Job job = on_two_pools(testing::with_all_schemes());
  job.experiments[1].sweep->nested = NestedSettings{.folds = 2};
  run(job);
  expect_experiments({"source_out", "nested"});
}

/// What one experiment asks for the others have not.
TEST_F(ResultsOfSchemes, AreAbsentWhereAnExperimentDoesNotAskForThem) {
  Job job = on_two_pools(testing::with_all_schemes());
  job.experiments[0].sweep->nested.reset();
  job.experiments[1].sweep->select = {SelectionRule::held_out};
  run(job);
  const hdf5::File file = hdf5::File::open(results_);
  for (std::uint32_t e = 0; e < 2; ++e) {
    SCOPED_TRACE(e);
    const hdf5::Group group = file.root().open_group("experiments").open_group(std::to_string(e));
    EXPECT_EQ(group.find("source_out").has_value(), e == 0);
    EXPECT_EQ(group.find("nested").has_value(), e == 1);
    expect_fits(group, e, SplitScheme::k_fold);
    expect_fits(group.open_group(e == 0 ? "source_out" : "nested"), e,
                e == 0 ? SplitScheme::source_out : SplitScheme::nested);
  }
}

TEST_F(ResultsOfSchemes, SayWhatATurnLeftOutOrTheSeedOfAHoldOut) {
  Job job = on_two_pools(testing::small_job());
  for (Experiment& experiment : job.experiments) experiment.probe.reset();
  job.splits.scheme = SplitScheme::leave_out;
  run(job);
  expect_experiments({});
  job.splits.scheme = SplitScheme::hold_out;
  job.splits.seeds = 4;
  run(job);
  expect_experiments({});
}

}  // namespace
}  // namespace crossfold
