#include "report/golden_cases.h"

#include <limits>
#include <utility>

#include "report/run_builder.h"

namespace crossfold::testing {
namespace {

/// A number in [0, 1) that depends on the fit and `salt` alone and looks irregular.
double wobble(const Fit& fit, std::uint32_t salt) {
  std::uint32_t x = fit.experiment * 7919U + fit.embedding * 104729U + fit.candidate * 1299709U +
                    fit.seed.value * 15485863U + fit.fold.value * 32452843U + salt * 49979687U;
  x ^= x >> 15U;
  x *= 2246822519U;
  x ^= x >> 13U;
  return static_cast<double>(x % 1024U) / 1024.0;
}

stats::ScoreSet scores_near(const Fit& fit, std::uint32_t salt, std::size_t classes, double level) {
  const auto at = [&](std::uint32_t i) { return level + 0.0625 * (wobble(fit, salt + i) - 0.5); };
  stats::ScoreSet scores = even_scores(classes, level);
  scores.auc = at(0);
  scores.acc = at(1) - 0.125;
  scores.accuracy = at(2) - 0.09375;
  if (classes == 2) {
    scores.balanced_accuracy = scores.acc;
    scores.diagnostic_odds_ratio = 8 + 16 * wobble(fit, salt + 3);
  }
  for (std::uint32_t c = 0; c < classes; ++c) {
    stats::ClassScores& one = scores.classes[c];
    one.auc = at(10 + 5 * c);
    one.sensitivity = at(11 + 5 * c) - 0.125;
    one.specificity = at(12 + 5 * c) - 0.0625;
    one.precision = at(13 + 5 * c) - 0.125;
    one.f1 = at(14 + 5 * c) - 0.125;
  }
  return scores;
}

void record_wobbling(RunRecords& records) {
  record_all(records, [&](const Fit& fit) {
    FitResult result = even_result(records, fit, 0.5);
    const bool adversarial = fit.candidate > 0;
    result.held_out = scores_near(fit, 0, result.held_out.classes.size(), adversarial ? 0.8 : 0.9);
    if (result.oos)
      result.oos = scores_near(fit, 100, result.oos->classes.size(), adversarial ? 0.85 : 0.75);
    if (result.probe)
      result.probe = scores_near(fit, 200, result.probe->classes.size(), adversarial ? 0.6 : 0.95);
    if (result.training.epochs > 0)
      result.training.epochs += static_cast<int>(8 * wobble(fit, 300));
    return result;
  });
}

Job two_table_job() {
  Job job;
  job.name = "covidx-tables";
  job.embeddings = {"texture/raw", "texture/equalized"};
  job.splits.folds = 2;
  job.splits.seeds = 3;
  Experiment domain;
  domain.name = "table2";
  domain.target = Label::domain;
  domain.stratify = Label::domain;
  domain.candidates = {candidate("linear", CandidateKind::linear)};
  Experiment task;
  task.name = "table3";
  task.evaluate_oos = true;
  task.probe = Label::domain;
  task.candidates = {candidate("baseline", CandidateKind::baseline),
                     candidate("disentangled[lambda.from=1]", CandidateKind::disentangled),
                     candidate("disentangled[lambda.from=10]", CandidateKind::disentangled)};
  job.experiments = {domain, task};
  return job;
}

std::vector<SampleBlock> covidx_blocks() {
  return {{"normal", "rsna", "in", 40, 1},       {"pneumonia", "rsna", "in", 28, 2},
          {"pneumonia", "cohen", "in", 6, 2},    {"covid19", "cohen", "in", 16, 2},
          {"covid19", "sirm", "in", 4, 1},       {"normal", "cc-ccii", "oos", 10, 1},
          {"pneumonia", "cc-ccii", "oos", 8, 1}, {"covid19", "cc-ccii", "oos", 12, 1}};
}

GoldenCase complete() {
  GoldenCase of{.name = "complete",
                .records = empty_run(two_table_job(), make_samples(covidx_blocks())),
                .options = {}};
  record_wobbling(of.records);
  return of;
}

GoldenCase incomplete() {
  Job job = two_table_job();
  job.name = "50% of R&D_1";
  job.experiments[1].candidates[1].name = "a|b *bold* <i> \\n {x} ~^ \"q\" #$";
  std::vector<SampleBlock> blocks = covidx_blocks();
  blocks[0].domain = "rsna_v2\nnew";
  GoldenCase of{
      .name = "incomplete", .records = empty_run(job, make_samples(blocks)), .options = {}};
  RunRecords& records = of.records;
  record_wobbling(records);
  for (const Fit& fit : records.plan.fits) {
    const bool not_begun = fit.experiment == 1 && fit.embedding == 1 && fit.candidate == 2;
    const bool late = fit.experiment == 1 && fit.embedding == 1 && fit.seed.value == 2;
    if (not_begun || late) records.results.erase(fit.id);
    if (fit.experiment == 0 && fit.fold.value == 1 && fit.seed.value == 0)
      records.results.at(fit.id).held_out.undefined_aucs = 1;
  }
  result_at(records, 1, 0, 0, 1).error = "the loss is not finite in epoch 3 (nan). lower the rate";
  result_at(records, 1, 1, 1, 1).oos->auc.reset();
  result_at(records, 1, 1, 1, 1).oos->classes[0].auc.reset();
  result_at(records, 1, 2, 1, 0).solver.unconverged = 1;
  records.classes.insert("build 1 on host beta");
  records.plan.basis.notes = {"table2: 2 of 3 domains have fewer patients than folds: cohen, sirm"};
  records.plan.basis.warnings = {"no patient is known for 3 of 7 samples, \"q\" & 100%"};
  records.notes = {"the last line of the journal was torn and is left out"};
  return of;
}

GoldenCase two_classes() {
  Job job;
  job.name = "u-table2";
  job.embeddings = {"resnet18/chexpert"};
  job.splits.folds = 5;
  job.splits.seeds = 2;
  Experiment experiment;
  experiment.name = "covid";
  experiment.evaluate_oos = true;
  experiment.probe = Label::domain;
  experiment.candidates = {candidate("baseline", CandidateKind::baseline),
                           candidate("linear", CandidateKind::linear),
                           candidate("disentangled", CandidateKind::disentangled)};
  job.experiments = {experiment};
  GoldenCase of{.name = "two-classes",
                .records = empty_run(job, make_samples({{"negative", "corda", "in", 30, 1},
                                                        {"covid19", "corda", "in", 12, 1},
                                                        {"covid19", "cohen", "in", 8, 1},
                                                        {"negative", "rsna", "oos", 9, 1},
                                                        {"covid19", "rsna", "oos", 7, 1}})),
                .options = {.corrected = CorrectedErrors::shown, .fits = FitRows::included}};
  record_wobbling(of.records);
  result_at(of.records, 0, 0, 0, 0).held_out.diagnostic_odds_ratio =
      std::numeric_limits<double>::infinity();
  for (std::uint32_t seed = 0; seed < 2; ++seed)
    for (std::uint32_t fold = 0; fold < 5; ++fold)
      result_at(of.records, 0, 1, seed, fold).oos->diagnostic_odds_ratio =
          std::numeric_limits<double>::infinity();
  result_at(of.records, 0, 2, 1, 4).held_out.diagnostic_odds_ratio.reset();
  return of;
}

/// Sex is missing for one sample in five, age for one in four.
std::vector<ProbedAttribute> some_attributes(const ExperimentSamples& samples) {
  CodedColumn sex{.codes = {}, .levels = {"F", "M"}};
  std::vector<double> ages;
  for (std::size_t row = 0; row < samples.class_label.codes.size(); ++row) {
    sex.codes.push_back(row % 5 == 0 ? -1 : static_cast<std::int32_t>(row % 2));
    ages.push_back(row % 4 == 0 ? std::numeric_limits<double>::quiet_NaN()
                                : 20 + static_cast<double>(row));
  }
  return {{.name = "sex", .values = std::move(sex)}, {.name = "age", .values = std::move(ages)}};
}

}  // namespace

GoldenCase probed_case() {
  Job job;
  job.name = "confounders";
  job.embeddings = {"texture/raw", "texture/lung-crop"};
  job.splits.folds = 2;
  job.splits.seeds = 2;
  Experiment experiment;
  experiment.name = "task";
  experiment.probe = Label::domain;
  experiment.probe_attributes = {"sex", "age"};
  experiment.probe_within = ProbeWithin::class_label;
  experiment.candidates = {candidate("baseline", CandidateKind::baseline),
                           candidate("lambda 1", CandidateKind::disentangled)};
  job.experiments = {experiment};
  GoldenCase of{.name = "probed",
                .records = empty_run(job, make_samples({{"normal", "rsna", "in", 12, 1},
                                                        {"covid19", "rsna", "in", 10, 1},
                                                        {"covid19", "cohen", "in", 8, 1}})),
                .options = {.fits = FitRows::included}};
  ExperimentSamples& samples = of.records.plan.basis.samples[0];
  samples.probed = some_attributes(samples);
  record_wobbling(of.records);
  for (auto& [id, result] : of.records.results) {
    const std::vector<FurtherProbe> probes = further_probes(experiment, samples);
    for (const Fit& fit : of.records.plan.fits) {
      if (fit.id != id) continue;
      for (std::uint32_t i = 0; i < probes.size(); ++i) {
        ProbeResult& probe = result.probes.emplace_back();
        probe.of = probes[i].of;
        if (probes[i].within)
          probe.within = samples.class_label.levels[static_cast<std::size_t>(*probes[i].within)];
        probe.scores = scores_near(fit, 400 + 100 * i, levels_of(probes[i], samples).size(),
                                   fit.candidate == 0 ? 0.8 : 0.6);
        if (probes[i].is_number()) probe.r2 = 0.3 - 0.4 * wobble(fit, 500 + i);
        probe.missing = i;
      }
    }
  }
  std::vector<ProbeResult>& probes = result_at(of.records, 0, 0, 0, 0).probes;
  probes[0].scores.undefined_aucs = 1;
  probes[4].scores = {};
  probes[4].scores.classes.resize(3);
  probes[4].r2.reset();
  return of;
}

std::vector<GoldenCase> golden_cases() { return {complete(), incomplete(), two_classes()}; }

}  // namespace crossfold::testing
