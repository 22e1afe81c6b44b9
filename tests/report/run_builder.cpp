#include "report/run_builder.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include <fmt/format.h>

namespace crossfold::testing {
namespace {

void append_code(CodedColumn& column, const std::string& name) {
  if (name.empty()) {
    column.codes.push_back(-1);
    return;
  }
  auto found = std::find(column.levels.begin(), column.levels.end(), name);
  if (found == column.levels.end()) found = column.levels.insert(found, name);
  column.codes.push_back(static_cast<std::int32_t>(found - column.levels.begin()));
}

/// The column with only the levels that the rows have.
CodedColumn used_levels(const CodedColumn& column, const std::vector<std::uint32_t>& rows) {
  std::vector<bool> used(column.levels.size(), false);
  for (const std::uint32_t row : rows)
    if (column.codes[row] >= 0) used[static_cast<std::size_t>(column.codes[row])] = true;
  CodedColumn result;
  std::vector<std::int32_t> code(used.size(), -1);
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) continue;
    code[i] = static_cast<std::int32_t>(result.levels.size());
    result.levels.push_back(column.levels[i]);
  }
  for (const std::int32_t old : column.codes)
    result.codes.push_back(old < 0 ? -1 : code[static_cast<std::size_t>(old)]);
  return result;
}

ExperimentSamples select(const SampleTable& samples, const Experiment& experiment) {
  ExperimentSamples selected;
  for (std::uint32_t row = 0; row < samples.size(); ++row) {
    const std::int32_t code = samples.role.codes[row];
    if (code < 0) continue;
    if (samples.role.levels[static_cast<std::size_t>(code)] == "in")
      selected.pool.push_back(row);
    else if (experiment.evaluate_oos)
      selected.oos.push_back(row);
  }
  selected.class_label = used_levels(samples.class_label, selected.pool);
  selected.domain = used_levels(samples.domain, selected.pool);
  std::uint32_t group = 0;  // rows of one patient stand together
  for (std::size_t row = 0; row < samples.size(); ++row) {
    if (row > 0 && samples.group[row] != samples.group[row - 1]) ++group;
    selected.group.push_back(group);
  }
  return selected;
}

}  // namespace

SampleTable make_samples(const std::vector<SampleBlock>& blocks) {
  SampleTable table;
  table.role.levels = {"in", "oos"};
  std::size_t patient = 0;
  for (const SampleBlock& block : blocks) {
    for (std::size_t i = 0; i < block.images; ++i) {
      if (i % block.images_per_patient == 0) ++patient;
      table.id.push_back(fmt::format("image{}", table.id.size()));
      table.group.push_back(fmt::format("patient{}", patient));
      append_code(table.class_label, block.class_label);
      append_code(table.domain, block.domain);
      append_code(table.role, block.role);
    }
  }
  return table;
}

Candidate candidate(const std::string& name, CandidateKind kind) {
  Candidate result;
  result.name = name;
  result.model = default_model(kind);
  return result;
}

stats::ScoreSet even_scores(std::size_t classes, double value) {
  stats::ScoreSet scores;
  scores.auc = scores.acc = scores.accuracy = value;
  if (classes == 2) {
    scores.balanced_accuracy = value;
    scores.diagnostic_odds_ratio = 9;
  }
  stats::ClassScores one;
  one.auc = one.sensitivity = one.specificity = one.precision = one.f1 = value;
  one.support = 5;
  scores.classes.assign(classes, one);
  scores.samples = static_cast<std::uint32_t>(5 * classes);
  return scores;
}

RunRecords empty_run(const Job& job, const SampleTable& samples) {
  RunRecords records;
  records.job = job;
  records.samples = samples;
  for (const Experiment& experiment : job.experiments)
    records.plan.basis.samples.push_back(select(samples, experiment));
  for (std::uint32_t e = 0; e < job.experiments.size(); ++e)
    for (std::uint32_t m = 0; m < job.embeddings.size(); ++m)
      for (std::uint32_t c = 0; c < job.experiments[e].candidates.size(); ++c)
        for (int seed = 0; seed < job.splits.seeds; ++seed)
          for (int fold = 0; fold < job.splits.folds; ++fold)
            records.plan.fits.push_back(
                {.id = *FitId::from_hex(
                     fmt::format("{:08x}{:08x}{:08x}{:04x}{:04x}", e, m, c, seed, fold)),
                 .experiment = e,
                 .embedding = m,
                 .candidate = c,
                 .seed = SeedIndex(static_cast<std::uint32_t>(seed)),
                 .fold = FoldIndex(static_cast<std::uint32_t>(fold)),
                 .cost = 1});
  records.classes = {"build 1 on host alpha"};
  return records;
}

void add_schemes(RunRecords& records, std::uint32_t sources, std::uint32_t inner) {
  std::vector<Fit> fits;
  const auto add = [&](const Fit& of, SplitScheme scheme, std::uint32_t fold, std::uint32_t in) {
    Fit fit = of;
    fit.scheme = scheme;
    fit.fold = FoldIndex(fold);
    fit.inner = FoldIndex(in);
    fit.id.bytes[0] = static_cast<std::uint8_t>(scheme);
    fit.id.bytes[1] = static_cast<std::uint8_t>(in);
    fit.id.bytes[15] = static_cast<std::uint8_t>(fold);
    fits.push_back(fit);
  };
  for (const Fit& fit : records.plan.fits) {
    if (fit.fold == FoldIndex{})
      for (std::uint32_t source = 0; source < sources; ++source)
        add(fit, SplitScheme::source_out, source, 0);
    const Experiment& experiment = records.job.experiments[fit.experiment];
    if (experiment.candidates[fit.candidate].parameters.empty()) continue;
    for (std::uint32_t in = 0; in < inner; ++in) add(fit, SplitScheme::nested, fit.fold.value, in);
  }
  records.plan.fits.insert(records.plan.fits.end(), fits.begin(), fits.end());
  std::stable_sort(
      records.plan.fits.begin(), records.plan.fits.end(), [](const Fit& a, const Fit& b) {
        return std::tie(a.experiment, a.embedding, a.candidate, a.scheme, a.seed, a.fold, a.inner) <
               std::tie(b.experiment, b.embedding, b.candidate, b.scheme, b.seed, b.fold, b.inner);
      });
}

FitResult even_result(const RunRecords& records, const Fit& fit, double value) {
  const Experiment& experiment = records.job.experiments[fit.experiment];
  const ExperimentSamples& samples = records.plan.basis.samples[fit.experiment];
  const std::size_t classes = samples.column(experiment.target).levels.size();
  FitResult result;
  result.id = fit.id;
  result.held_out = even_scores(classes, value);
  if (experiment.evaluate_oos) result.oos = even_scores(classes, value);
  if (experiment.probe)
    result.probe = even_scores(samples.column(*experiment.probe).levels.size(), value);
  const auto pool = static_cast<std::uint32_t>(samples.pool.size());
  result.n_test = pool / static_cast<std::uint32_t>(records.job.splits.folds);
  result.n_train = pool - result.n_test;
  result.n_validation = result.n_train / 10;
  if (kind_of(experiment.candidates[fit.candidate]) != CandidateKind::linear) {
    result.training.epochs = 38;
    result.training.learning_rate_drops = 3;
    result.training.stop = StopReason::plateau;
    result.training.validation_loss = 0.5;
    result.training.validation_auc = 0.75;
  }
  result.solver.solves = 1;
  result.seconds = 1.25;
  return result;
}

void record_all(RunRecords& records, const std::function<FitResult(const Fit&)>& make) {
  for (const Fit& fit : records.plan.fits) records.results[fit.id] = make(fit);
}

const Fit& fit_at(const RunRecords& records, std::uint32_t experiment, std::uint32_t candidate,
                  std::uint32_t seed, std::uint32_t fold) {
  for (const Fit& fit : records.plan.fits)
    if (fit.experiment == experiment && fit.candidate == candidate && fit.embedding == 0 &&
        fit.scheme == SplitScheme::k_fold && fit.seed.value == seed && fit.fold.value == fold)
      return fit;
  throw std::out_of_range("no such fit");
}

FitResult& result_at(RunRecords& records, std::uint32_t experiment, std::uint32_t candidate,
                     std::uint32_t seed, std::uint32_t fold) {
  return records.results.at(fit_at(records, experiment, candidate, seed, fold).id);
}

RunRecords small_study() {
  Job job;
  job.name = "small";
  job.embeddings = {"texture/raw"};
  job.splits.folds = 2;
  job.splits.seeds = 2;
  Experiment experiment;
  experiment.name = "table3";
  experiment.evaluate_oos = true;
  experiment.probe = Label::domain;
  experiment.candidates = {candidate("baseline", CandidateKind::baseline),
                           candidate("disentangled", CandidateKind::disentangled)};
  job.experiments = {experiment};
  return empty_run(job, make_samples({{"normal", "rsna", "in", 12, 1},
                                      {"pneumonia", "rsna", "in", 10, 2},
                                      {"covid19", "cohen", "in", 8, 1},
                                      {"normal", "new_site", "oos", 6, 1},
                                      {"covid19", "new_site", "oos", 4, 2}}));
}

}  // namespace crossfold::testing
