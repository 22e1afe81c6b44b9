// Every column of results.h5 holds what its name says: no two numbers of a fit, and no two fits,
// are alike here, and h5py reads them back beside the journal.

#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "plan/small_places.h"
#include "plan/unlike_study.h"
#include "results/small_run.h"
#include "results/unlike_result.h"

namespace crossfold {
namespace {

using testing::Numbers;
using testing::unlike_probes;
using testing::unlike_result;
using testing::unlike_scores;

std::pair<int, std::string> run_command(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "cannot be started"};
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), got);
  return {::pclose(pipe), text};
}

class ResultsColumns : public ::testing::Test {
 protected:
  void SetUp() override {
    if (run_command("/usr/bin/python3 -c 'import h5py'").first != 0)
      GTEST_SKIP() << "/usr/bin/python3 has no h5py";
  }
  /// The plan, as the job implies it: experiments, embedding sets, candidates, seeds, folds.
  void write_places(const Plan& plan) const {
    std::ofstream table(run_.path() / "places.csv");
    table << "fit,experiment,embedding,candidate,seed,fold\n";
    const std::vector<testing::SmallPlace> places = testing::small_places();
    ASSERT_EQ(places.size(), plan.fits.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const testing::SmallPlace& at = places[i];
      table << plan.fits[i].id.hex() << ',' << at.experiment << ',' << at.embedding << ','
            << at.candidate << ',' << at.seed << ',' << at.fold << '\n';
    }
  }
  void write_places() const { write_places(run_.plan()); }
  [[nodiscard]] std::pair<int, std::string> compare() const {
    return run_command("/usr/bin/python3 " CROSSFOLD_TEST_DATA "/check_results.py '" +
                       run_.path().string() + "' '" + run_.path("places.csv").string() + "'");
  }

  /// Every fit of the plan, those of the first experiment with all that it probes.
  static void record_probed(RunDirectory directory, const Job& job, const Plan& plan) {
    Numbers numbers;
    for (const Fit& fit : plan.fits) {
      FitResult result = unlike_result(plan, fit, numbers);
      if (fit.experiment == 0)
        result.probes = unlike_probes(job.experiments[0], plan.basis.samples[0], numbers);
      testing::record(directory, result);
    }
    directory.flush();
  }

  testing::SmallRun run_;
};

TEST_F(ResultsColumns, HoldWhatTheJournalSaysOfEachFit) {
  Numbers numbers;
  {
    RunDirectory directory = run_.open();
    for (std::size_t i = run_.plan().fits.size(); i-- > 0;) {  // not in the plan's order
      const Fit& fit = run_.plan().fits[i];
      if (i % 7 == 3) continue;  // missing
      FitResult result = unlike_result(run_.plan(), fit, numbers);
      if (i % 7 == 5) {
        result = testing::failed_result(fit.id);
        result.error += " of fit " + std::to_string(i);
      }
      testing::record(directory, result);
    }
    directory.flush();
  }
  write_final_files(run_.path());
  write_places();
  const auto [code, text] = compare();
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find(" 0 differ"), std::string::npos) << text;
  EXPECT_GT(std::stoul(text), 1500U) << text;
}

TEST_F(ResultsColumns, HoldTheScoresOnEachNamedSet) {
  Job job = testing::small_job();
  job.sets = {{"a", {{.role = {}, .class_label = {}, .domain = {"rsna"}}}},
              {"b", {{.role = {}, .class_label = {}, .domain = {"cohen"}}}}};
  job.experiments[0].evaluate_sets = {"a", "b"};
  const Plan plan = testing::small_plan(job);
  const std::size_t classes = plan.basis.samples[0].class_label.levels.size();
  Numbers numbers;
  {
    RunDirectory directory = run_.open(job);
    for (const Fit& fit : plan.fits) {
      FitResult result = unlike_result(plan, fit, numbers);
      if (fit.experiment == 0)
        result.sets = {unlike_scores(classes, numbers), unlike_scores(classes, numbers)};
      testing::record(directory, result);
    }
    directory.flush();
  }
  write_final_files(run_.path());
  write_places(plan);
  const auto [code, text] = compare();
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find(" 0 differ"), std::string::npos) << text;
}

TEST_F(ResultsColumns, HoldFurtherProbes) {
  Job job = testing::small_job();
  job.experiments[0].probe_within = ProbeWithin::class_label;
  const Plan plan = testing::small_plan(job);
  record_probed(run_.open(job), job, plan);
  write_final_files(run_.path());
  write_places(plan);
  const auto [code, text] = compare();
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find(" 0 differ"), std::string::npos) << text;
}

/// Of numbers and of names, in the whole pool and within each class.
TEST_F(ResultsColumns, HoldProbesOfAttributes) {
  Job job = testing::small_job();
  job.experiments[0].probe_attributes = {"age", "sex"};
  job.experiments[0].probe_within = ProbeWithin::class_label;
  const Plan plan = testing::unlike_plan(job);
  ASSERT_EQ(further_probes(job.experiments[0], plan.basis.samples[0]).size(), 2U + 3 * 3);
  record_probed(RunDirectory::open(run_.path(), job, testing::unlike_samples(), plan), job, plan);
  write_final_files(run_.path());
  write_places(plan);
  const auto [code, text] = compare();
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find(" 0 differ"), std::string::npos) << text;
}

/// The comparison itself can fail.
TEST_F(ResultsColumns, AreSeenToDifferWhenTheyDo) {
  Numbers numbers;
  {
    RunDirectory directory = run_.open();
    testing::record(directory, unlike_result(run_.plan(), run_.plan().fits[0], numbers));
    directory.flush();
  }
  write_final_files(run_.path());
  write_places();
  std::string journal = test::bytes_of(run_.journal());
  const std::string key = "\"accuracy\":";
  journal.insert(journal.find(key) + key.size(), "1");
  test::write_bytes(run_.journal(), journal);
  const auto [code, text] = compare();
  EXPECT_NE(code, 0);
  EXPECT_NE(text.find("experiments/0/in/accuracy[0]: "), std::string::npos) << text;
}

}  // namespace
}  // namespace crossfold
