// Every column of results.h5 holds what its name says: no two numbers of a fit, and no two fits,
// are alike here, and h5py reads them back beside the journal.

#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "results/small_run.h"

namespace crossfold {
namespace {

/// Numbers that never come twice.
class Numbers {
 public:
  double real() { return ++last_ / 4096.0; }
  std::uint32_t whole() { return static_cast<std::uint32_t>(++last_); }
  std::uint32_t last_whole() const { return static_cast<std::uint32_t>(last_); }

 private:
  double last_ = 0;
};

stats::ScoreSet unlike_scores(std::size_t classes, Numbers& numbers) {
  stats::ScoreSet scores{.auc = numbers.real(),
                         .acc = numbers.real(),
                         .accuracy = numbers.real(),
                         .balanced_accuracy = numbers.real(),
                         .diagnostic_odds_ratio = numbers.real(),
                         .classes = {},
                         .samples = numbers.whole(),
                         .undefined_aucs = numbers.whole(),
                         .undefined_recalls = numbers.whole()};
  for (std::size_t k = 0; k < classes; ++k)
    scores.classes.push_back({.auc = numbers.real(),
                              .sensitivity = numbers.real(),
                              .specificity = numbers.real(),
                              .precision = numbers.real(),
                              .f1 = numbers.real(),
                              .support = numbers.whole()});
  return scores;
}

FitResult unlike_result(const Plan& plan, const Fit& fit, Numbers& numbers) {
  const ExperimentSamples& samples = plan.basis.samples[fit.experiment];
  FitResult result;
  result.id = fit.id;
  const bool is_task = fit.experiment == 0;
  const std::size_t classes = (is_task ? samples.class_label : samples.domain).levels.size();
  result.held_out = unlike_scores(classes, numbers);
  if (is_task) result.oos = unlike_scores(classes, numbers);
  if (is_task) result.probe = unlike_scores(samples.domain.levels.size(), numbers);
  result.n_train = numbers.whole();
  result.n_validation = numbers.whole();
  result.n_test = numbers.whole();
  result.training = {.epochs = static_cast<int>(numbers.whole()),
                     .learning_rate_drops = static_cast<int>(numbers.whole()),
                     .stop = static_cast<StopReason>(numbers.last_whole() % 3),
                     .validation_loss = numbers.real(),
                     .validation_auc = numbers.real()};
  result.solver = {.solves = static_cast<int>(numbers.whole()),
                   .unconverged = static_cast<int>(numbers.whole()),
                   .worst_gradient = numbers.real()};
  result.seconds = numbers.real();
  if (fit.seed == SeedIndex(0)) result.artefacts = testing::full_result().artefacts;
  return result;
}

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
    std::size_t at = 0;
    for (const auto& [experiment, candidates] :
         {std::pair{"task", std::vector{"baseline", "disentangled"}},
          std::pair{"source", std::vector{"linear"}}})
      for (const char* embedding : {"texture/raw", "texture/equalized"})
        for (const char* candidate : candidates)
          for (int seed = 0; seed < 2; ++seed)
            for (int fold = 0; fold < 3; ++fold)
              table << plan.fits.at(at++).id.hex() << ',' << experiment << ',' << embedding << ','
                    << candidate << ',' << seed << ',' << fold << '\n';
    EXPECT_EQ(at, plan.fits.size());
  }
  void write_places() const { write_places(run_.plan()); }
  [[nodiscard]] std::pair<int, std::string> compare() const {
    return run_command("/usr/bin/python3 " CROSSFOLD_TEST_DATA "/check_results.py '" +
                       run_.path().string() + "' '" + run_.path("places.csv").string() + "'");
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
  const ExperimentSamples& samples = plan.basis.samples[0];
  Numbers numbers;
  {
    RunDirectory directory = run_.open(job);
    for (const Fit& fit : plan.fits) {
      FitResult result = unlike_result(plan, fit, numbers);
      if (fit.experiment == 0)
        for (const FurtherProbe& probe : further_probes(job.experiments[0], samples))
          result.probes.push_back(
              {.of = probe.of,
               .within = samples.class_label.levels[static_cast<std::size_t>(*probe.within)],
               .scores = unlike_scores(samples.domain.levels.size(), numbers),
               .missing = numbers.whole()});
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
