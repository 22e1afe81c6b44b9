// make_page CASE FILE: writes a report page of a made-up run for the tests in a browser.
//   CASE  complete, incomplete, two-classes   the runs of tests/report/golden
//         hostile                             names full of markup
//         fits:N                              a sweep of N fits, 50 a candidate

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/report/figures.h"
#include "crossfold/report/page.h"
#include "crossfold/report/report.h"

#include "report/golden_cases.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

RunRecords hostile_run() {
  const std::string name =
      "</script><img src=x onerror=\"document.title='owned'\">\u202e\u05e9\u05dc\u05d5\u05dd " +
      std::string(300, 'x');
  RunRecords records = testing::small_study();
  records.job.name = name;
  records.job.embeddings = {"<b>" + name};
  records.job.experiments[0].name = "<i>" + name;
  records.job.experiments[0].candidates[1].name =
      "--><svg onload=\"document.title='owned'\">" + name;
  records.samples.domain.levels[0] = name;
  records.plan.basis.warnings = {name};
  testing::record_all(records, [&](const Fit& fit) {
    FitResult result = testing::even_result(records, fit, 0.5 + 0.01 * fit.seed.value);
    if (fit.fold.value == 1) result.error = name;
    return result;
  });
  return records;
}

/// Scores and ids as irregular as those of a real run, so that they compress no better.
RunRecords sweep_run(std::size_t fits) {
  constexpr int kFolds = 10;
  constexpr int kSeeds = 5;
  Job job;
  job.name = fmt::format("sweep of {} fits", fits);
  job.embeddings = {"texture/raw"};
  job.splits.folds = kFolds;
  job.splits.seeds = kSeeds;
  Experiment experiment;
  experiment.name = "task";
  experiment.evaluate_oos = true;
  experiment.probe = Label::domain;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform;
  experiment.candidates = {testing::candidate("baseline", CandidateKind::baseline)};
  while (experiment.candidates.size() * kFolds * kSeeds < fits) {
    const double lambda = std::pow(10.0, -2 + 3 * uniform(random));
    const double rate = std::pow(10.0, -5 + 3 * uniform(random));
    Candidate candidate = testing::candidate(
        fmt::format("disentangled[lambda.from={:.4g},learning_rate={:.4g}]", lambda, rate),
        CandidateKind::disentangled);
    candidate.parameters = {{"lambda.from", lambda}, {"learning_rate", rate}};
    experiment.candidates.push_back(candidate);
  }
  experiment.sweep = SweepSettings{};
  experiment.sweep->candidates = static_cast<std::uint32_t>(experiment.candidates.size() - 1);
  experiment.sweep->select = {SelectionRule::validation, SelectionRule::held_out};
  job.experiments = {experiment};
  RunRecords records =
      testing::empty_run(job, testing::make_samples({{"normal", "rsna", "in", 400, 1},
                                                     {"covid19", "cohen", "in", 300, 1},
                                                     {"pneumonia", "rsna", "in", 300, 1},
                                                     {"covid19", "new_site", "oos", 60, 1},
                                                     {"normal", "new_site", "oos", 60, 1}}));
  for (Fit& fit : records.plan.fits)
    for (std::uint8_t& byte : fit.id.bytes) byte = static_cast<std::uint8_t>(random());
  std::normal_distribution<double> noise(0, 0.02);
  const auto score = [&](double level) { return std::min(1.0, level + noise(random)); };
  testing::record_all(records, [&](const Fit& fit) {
    const double along =
        static_cast<double>(fit.candidate) / static_cast<double>(experiment.candidates.size());
    FitResult result = testing::even_result(records, fit, 0.5);
    result.held_out.auc = score(0.9 - 0.1 * along * along);
    result.held_out.acc = score(0.8 - 0.1 * along);
    result.oos->auc = score(0.7 + 0.1 * along);
    result.oos->acc = score(0.6 + 0.1 * along);
    result.probe->auc = score(0.95 - 0.4 * along);
    result.training.validation_auc = score(0.88);
    result.training.epochs = static_cast<int>(20 + random() % 60);
    return result;
  });
  return records;
}

struct Case {
  RunRecords records;
  ReportOptions options;
};

std::optional<Case> case_called(const std::string& name) {
  for (testing::GoldenCase& of : testing::golden_cases())
    if (of.name == name) return Case{std::move(of.records), of.options};
  if (name == "hostile") return Case{hostile_run(), {.corrected = CorrectedErrors::shown}};
  if (name.starts_with("fits:")) return Case{sweep_run(std::stoul(name.substr(5))), {}};
  return std::nullopt;
}

int make_page(const std::string& name, const std::string& file) {
  const std::optional<Case> of = case_called(name);
  if (!of) {
    std::cerr << "make_page: '" << name << "' is no case (see the head of make_page.cpp)\n";
    return 2;
  }
  ReportOptions options = of->options;
  options.corrected = CorrectedErrors::shown;
  options.fits = FitRows::included;
  const Report report = build_report(of->records, options);
  const FigureSource source{of->records, report, {}};
  std::vector<figure::Figure> figures;
  for (const FigureEntry& entry : figure_list(source))
    if (entry.is_for_page()) figures.push_back(make_figure(source, entry.id));
  write_file_whole(file, render_page(of->records, report, figures));
  return 0;
}

}  // namespace
}  // namespace crossfold

int main(int argc, char** argv) {
  try {
    if (argc == 3) return crossfold::make_page(argv[1], argv[2]);
    std::cerr << "make_page CASE FILE\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "make_page: " << error.what() << '\n';
    return 1;
  }
}
