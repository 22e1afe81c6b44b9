// make_page CASE FILE: writes a report page of a made-up run for the tests in a browser.
//   CASE  complete, incomplete, two-classes   the runs of tests/report/golden
//         hostile                             names full of markup
//         fits:N                              a sweep of N fits, 50 a candidate, with all figures
//         timeline:RANKS:COHORTS              no report, but a time line

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/report/figures.h"
#include "crossfold/report/page.h"
#include "crossfold/report/report.h"
#include "crossfold/report/timeline.h"

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

/// Predictions and curves of a fit, made when they are asked for: a made-up run has no artefacts.
class MadeUpArtefacts {
 public:
  explicit MadeUpArtefacts(const RunRecords& records) : records_(&records) {
    for (const Fit& fit : records.plan.fits) fits_.emplace(fit.id, &fit);
  }

  std::optional<Artefacts> operator()(const FitId& id) const {
    const Fit& fit = *fits_.at(id);
    const ExperimentSamples& samples = records_->plan.basis.samples[fit.experiment];
    std::uint64_t seed = 0;
    for (const std::uint8_t byte : id.bytes) seed = seed << 8U | byte;
    std::mt19937_64 random(seed);
    std::vector<std::uint32_t> held_out;
    for (const std::uint32_t row : samples.pool)
      if ((row * 7919U + fit.seed.value) % 10 == fit.fold.value) held_out.push_back(row);
    Artefacts made;
    made.held_out = predictions(samples, held_out, random);
    made.oos = predictions(samples, samples.oos, random);
    made.curves = curves(random);
    return made;
  }

 private:
  [[nodiscard]] static Predictions predictions(const ExperimentSamples& samples,
                                               const std::vector<std::uint32_t>& rows,
                                               std::mt19937_64& random) {
    const CodedColumn& classes = samples.column(Label::class_label);
    std::uniform_real_distribution<double> uniform;
    Predictions made{.rows = rows, .classes = classes.levels.size(), .probabilities = {}};
    for (const std::uint32_t row : rows) {
      std::vector<double> logits(made.classes);
      for (double& logit : logits) logit = uniform(random);
      if (const std::int32_t code = classes.codes.at(row); code >= 0)
        logits[static_cast<std::size_t>(code)] += uniform(random);
      double sum = 0;
      for (double& logit : logits) sum += logit = std::exp(3 * logit);
      for (const double logit : logits) made.probabilities.push_back(logit / sum);
    }
    return made;
  }

  [[nodiscard]] static Curves curves(std::mt19937_64& random) {
    std::normal_distribution<double> noise(0, 0.02);
    Curves made;
    const auto epochs = static_cast<int>(20 + random() % 60);
    for (int epoch = 0; epoch < epochs; ++epoch) {
      const double falling = std::exp(-0.1 * epoch);
      made.train_class_loss.push_back(falling + noise(random));
      made.validation_loss.push_back(0.3 + falling + noise(random));
      made.train_domain_loss.push_back(0.7 + noise(random));
      made.lambda.push_back(1);
    }
    return made;
  }

  const RunRecords* records_;
  std::unordered_map<FitId, const Fit*> fits_;
};

/// Cohorts of some seconds on each rank, with waits between stages.
Timeline made_timeline(std::size_t ranks, std::size_t cohorts) {
  constexpr std::size_t kStages = 7;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform;
  Timeline timeline{.name = fmt::format("{} ranks", ranks), .stages = {}, .sessions = {}};
  for (std::size_t stage = 0; stage < kStages; ++stage)
    timeline.stages.push_back(fmt::format("task, rung {}", stage + 1));
  TimelineSession session{.started = "2026-01-31T23:59:59Z",
                          .shard = {},
                          .host = "node0",
                          .start_s = 0,
                          .end_s = 0,
                          .end = TimelineSession::End::completed,
                          .workers = static_cast<std::uint32_t>(ranks),
                          .ranks = {}};
  for (std::size_t i = 0; i < ranks; ++i) {
    TimelineRank rank{.rank = static_cast<std::uint32_t>(i),
                      .host = fmt::format("node{}", i / 64),
                      .device = fmt::format("cpu core {}", i % 64),
                      .cohorts = {},
                      .lost_s = std::nullopt};
    const std::size_t own = cohorts * (i + 1) / ranks - cohorts * i / ranks;
    double now_s = uniform(random);
    for (std::size_t k = 0; k < own; ++k) {
      TimelineCohort cohort{.start_s = now_s,
                            .end_s = now_s + 20 + 40 * uniform(random),
                            .write_s = 0.05 * uniform(random),
                            .fits = 8,
                            .stage = static_cast<std::uint32_t>(k * kStages / own),
                            .first_fit = {}};
      for (std::uint8_t& byte : cohort.first_fit.bytes) byte = static_cast<std::uint8_t>(random());
      now_s = cohort.end_s + (random() % 20 == 0 ? 30 : 0.1) * uniform(random);
      rank.cohorts.push_back(cohort);
    }
    session.end_s = std::max(session.end_s, now_s);
    session.ranks.push_back(std::move(rank));
  }
  if (ranks > 1) session.ranks.back().lost_s = 0.9 * session.end_s;
  timeline.sessions.push_back(std::move(session));
  return timeline;
}

struct Case {
  RunRecords records;
  ReportOptions options;
  bool has_artefacts = false;
};

std::optional<Case> case_called(const std::string& name) {
  for (testing::GoldenCase& of : testing::golden_cases())
    if (of.name == name) return Case{std::move(of.records), of.options};
  if (name == "hostile") return Case{hostile_run(), {.corrected = CorrectedErrors::shown}};
  if (name.starts_with("fits:"))
    return Case{
        .records = sweep_run(std::stoul(name.substr(5))), .options = {}, .has_artefacts = true};
  return std::nullopt;
}

int make_page(const std::string& name, const std::string& file) {
  if (name.starts_with("timeline:")) {
    const std::size_t colon = name.find(':', 9);
    const Timeline timeline =
        made_timeline(std::stoul(name.substr(9)), std::stoul(name.substr(colon + 1)));
    write_file_whole(file, render_timeline(timeline, TimelineFormat::page));
    return 0;
  }
  const std::optional<Case> of = case_called(name);
  if (!of) {
    std::cerr << "make_page: '" << name << "' is no case (see the head of make_page.cpp)\n";
    return 2;
  }
  ReportOptions options = of->options;
  options.corrected = CorrectedErrors::shown;
  options.fits = FitRows::included;
  const ReadArtefacts read =
      of->has_artefacts ? ReadArtefacts(MadeUpArtefacts(of->records)) : ReadArtefacts();
  const Report report = build_report(of->records, options, read);
  const FigureSource source{of->records, report, read};
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
