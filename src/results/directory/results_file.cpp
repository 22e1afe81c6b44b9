#include "results_file.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/build_info.h"
#include "crossfold/hdf5/file.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/plan/fit_result_json.h"

namespace crossfold {
namespace {

using hdf5::Group;
using stats::ClassScores;
using stats::ScoreSet;

/// A planned fit of one experiment that was recorded.
struct FitRow {
  const Fit* fit;
  const FitResult* result;
};

double or_nan(const std::optional<double>& value) {
  return value.value_or(std::numeric_limits<double>::quiet_NaN());
}

template <class T>
void write_column(Group& group, const std::string& name, const std::vector<T>& values) {
  group.write(name, std::span<const T>(values), {values.size()});
}

void write_codes(Group& group, const std::string& name, const std::vector<std::int32_t>& codes,
                 const std::vector<std::string>& levels) {
  group.write(name, std::span<const std::int32_t>(codes), {codes.size()})
      .write_attribute("levels", std::span<const std::string>(levels));
}

/// One value per item: get(item).
template <class T, class Item, class Get>
std::vector<T> collect(const std::vector<Item>& items, Get get) {
  std::vector<T> values;
  values.reserve(items.size());
  for (const Item& item : items) values.push_back(static_cast<T>(get(item)));
  return values;
}

/// Scores of one evaluation of F fits: columns [F], and class scores [F, K]. A fit that was not
/// evaluated so (nullptr) has NaN, and 0 samples.
void write_scores(Group group, const std::vector<const ScoreSet*>& scores,
                  const std::vector<std::string>& levels) {
  group.write_attribute("levels", std::span<const std::string>(levels));
  const ScoreSet none;
  const auto column = [&](const char* name, std::optional<double> ScoreSet::*member) {
    write_column(group, name, collect<double>(scores, [&](const ScoreSet* set) {
                   return or_nan((set == nullptr ? none : *set).*member);
                 }));
  };
  column("auc", &ScoreSet::auc);
  column("acc", &ScoreSet::acc);
  column("accuracy", &ScoreSet::accuracy);
  column("balanced_accuracy", &ScoreSet::balanced_accuracy);
  column("diagnostic_odds_ratio", &ScoreSet::diagnostic_odds_ratio);

  const auto counts = [&](const char* name, std::uint32_t ScoreSet::*member) {
    write_column(group, name, collect<std::int32_t>(scores, [&](const ScoreSet* set) {
                   return (set == nullptr ? none : *set).*member;
                 }));
  };
  counts("samples", &ScoreSet::samples);
  counts("undefined_aucs", &ScoreSet::undefined_aucs);
  counts("undefined_recalls", &ScoreSet::undefined_recalls);

  const auto class_column = [&](const char* name, auto get) {
    std::vector<double> values;
    for (const ScoreSet* set : scores)
      for (std::size_t k = 0; k < levels.size(); ++k)
        values.push_back(set != nullptr && k < set->classes.size() ? or_nan(get(set->classes[k]))
                                                                   : or_nan(std::nullopt));
    group.write(name, std::span<const double>(values), {scores.size(), levels.size()});
  };
  class_column("class_auc", [](const ClassScores& c) { return c.auc; });
  class_column("class_sensitivity", [](const ClassScores& c) { return c.sensitivity; });
  class_column("class_specificity", [](const ClassScores& c) { return c.specificity; });
  class_column("class_precision", [](const ClassScores& c) { return c.precision; });
  class_column("class_f1", [](const ClassScores& c) { return c.f1; });
  class_column("class_support",
               [](const ClassScores& c) { return std::optional<double>(c.support); });
}

enum class Outcome { done, failed };

/// Fits of an experiment whose scores may stand beside each other.
struct FitGroup {
  std::uint32_t experiment = 0;
  SplitScheme scheme = SplitScheme::k_fold;
  [[nodiscard]] bool holds(const Fit& fit) const {
    return fit.experiment == experiment && fit.scheme == scheme;
  }
};

/// The group's fits with this outcome, in the plan's order.
std::vector<FitRow> fits_of(const RunRecords& records, const FitGroup& group, Outcome outcome) {
  std::vector<FitRow> rows;
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    const Fit& fit = records.plan.fits[i];
    const bool counts = group.holds(fit) && records.is_to_train(i);
    const FitResult* result = counts ? records.find(fit.id) : nullptr;
    if (result != nullptr && result->failed() == (outcome == Outcome::failed))
      rows.push_back({&fit, result});
  }
  return rows;
}

/// Which fit a row is: columns [F].
void write_places(Group& group, const RunRecords& records, const std::vector<FitRow>& rows,
                  SplitScheme scheme) {
  const auto texts = [&](const char* name, auto get) {
    const auto values = collect<std::string>(rows, get);
    group.write_texts(name, values);
  };
  texts("fit", [](const FitRow& r) { return r.fit->id.hex(); });
  texts("embedding", [&](const FitRow& r) { return records.job.embeddings[r.fit->embedding]; });
  texts("candidate", [&](const FitRow& r) {
    return records.job.experiments[r.fit->experiment].candidates[r.fit->candidate].name;
  });
  write_column(group, "seed",
               collect<std::int32_t>(rows, [](const FitRow& r) { return r.fit->seed.value; }));
  const auto folds = collect<std::int32_t>(rows, [](const FitRow& r) { return r.fit->fold.value; });
  switch (scheme) {
    case SplitScheme::k_fold:
      write_column(group, "fold", folds);
      break;
    case SplitScheme::hold_out:
      break;
    case SplitScheme::leave_out:
      texts("left_out", [&](const FitRow& r) { return left_out_in(records.plan.basis, *r.fit); });
      break;
    case SplitScheme::source_out:
      texts("source", [&](const FitRow& r) {
        return records.plan.basis.samples[r.fit->experiment].domain.levels.at(r.fit->fold.value);
      });
      break;
    case SplitScheme::nested:
      write_column(group, "fold", folds);
      write_column(group, "inner_fold",
                   collect<std::int32_t>(rows, [](const FitRow& r) { return r.fit->inner.value; }));
      break;
  }
}

/// How a fit went: columns [F].
void write_facts(Group& group, const std::vector<FitRow>& rows) {
  const auto integers = [&](const char* name, auto get) {
    write_column(group, name,
                 collect<std::int32_t>(rows, [&](const FitRow& r) { return get(*r.result); }));
  };
  integers("n_train", [](const FitResult& r) { return r.n_train; });
  integers("n_validation", [](const FitResult& r) { return r.n_validation; });
  integers("n_test", [](const FitResult& r) { return r.n_test; });
  integers("epochs", [](const FitResult& r) { return r.training.epochs; });
  integers("learning_rate_drops",
           [](const FitResult& r) { return r.training.learning_rate_drops; });
  integers("solves", [](const FitResult& r) { return r.solver.solves; });
  integers("unconverged_solves", [](const FitResult& r) { return r.solver.unconverged; });
  write_column(group, "validation_loss", collect<double>(rows, [](const FitRow& r) {
                 return or_nan(r.result->training.validation_loss);
               }));
  write_column(group, "validation_auc", collect<double>(rows, [](const FitRow& r) {
                 return or_nan(r.result->training.validation_auc);
               }));
  write_column(group, "worst_gradient", collect<double>(rows, [](const FitRow& r) {
                 return r.result->solver.worst_gradient;
               }));
  write_codes(group, "stop",
              collect<std::int32_t>(rows, [](const FitRow& r) { return r.result->training.stop; }),
              stop_reason_names());
}

/// Embedding set and candidate, by their indices.
using Place = std::pair<std::uint32_t, std::uint32_t>;

/// Candidates of an experiment that a race gave up: they have a result on some splits only.
std::set<Place> given_up_in(const RunRecords& records, std::uint32_t experiment) {
  std::set<Place> given_up;
  const std::vector<Candidate>& candidates = records.job.experiments[experiment].candidates;
  for (const Stage& stage : records.stages) {
    const Chain& chain = records.plan.chains[stage.chain];
    if (chain.experiment != experiment || !chain.embedding) continue;  // or no race
    std::set<std::string> names;
    for (const StageRecord::GivenUp& one : stage.record.given_up) names.insert(one.candidate);
    for (std::uint32_t c = 0; c < candidates.size(); ++c)
      if (names.contains(candidates[c].name)) given_up.insert({*chain.embedding, c});
  }
  return given_up;
}

/// The probes beside that of a label in the whole pool, numbered as further_probes() has them.
void write_further_probes(Group group, const std::vector<FitRow>& rows,
                          const Experiment& experiment, const ExperimentSamples& samples) {
  const std::vector<FurtherProbe> probes = further_probes(experiment, samples);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const auto result_of = [i](const FitRow& row) {
      return i < row.result->probes.size() ? &row.result->probes[i] : nullptr;
    };
    Group probe = group.create_group(std::to_string(i));
    probe.write_attribute("of", probes[i].of);
    if (probes[i].within)
      probe.write_attribute(
          "within", samples.class_label.levels.at(static_cast<std::size_t>(*probes[i].within)));
    write_column(probe, "missing", collect<std::int32_t>(rows, [&](const FitRow& row) {
                   const ProbeResult* result = result_of(row);
                   return result == nullptr ? 0 : result->missing;
                 }));
    if (probes[i].is_number())
      write_column(probe, "r2", collect<double>(rows, [&](const FitRow& row) {
                     const ProbeResult* result = result_of(row);
                     return or_nan(result == nullptr ? std::nullopt : result->r2);
                   }));
    write_scores(std::move(probe),
                 collect<const ScoreSet*>(rows,
                                          [&](const FitRow& row) {
                                            const ProbeResult* result = result_of(row);
                                            return result == nullptr ? nullptr : &result->scores;
                                          }),
                 levels_of(probes[i], samples));
  }
}

/// The scores on named sets, a group for each.
void write_sets(Group& group, const Experiment& experiment, const std::vector<FitRow>& done,
                const std::vector<std::string>& levels) {
  if (experiment.evaluate_sets.empty()) return;
  Group sets = group.create_group("sets");
  for (std::size_t i = 0; i < experiment.evaluate_sets.size(); ++i)
    write_scores(sets.create_group(experiment.evaluate_sets[i]),
                 collect<const ScoreSet*>(done,
                                          [&](const FitRow& row) {
                                            const auto& scores = row.result->sets;
                                            return i < scores.size() ? &scores[i] : nullptr;
                                          }),
                 levels);
}

/// The fits of one scheme: their places, facts and scores, and those that failed.
void write_fits(Group& group, const RunRecords& records, const FitGroup& of) {
  const Experiment& experiment = records.job.experiments[of.experiment];
  const ExperimentSamples& samples = records.plan.basis.samples[of.experiment];
  const std::vector<FitRow> done = fits_of(records, of, Outcome::done);
  const std::vector<FitRow> failed = fits_of(records, of, Outcome::failed);
  std::int64_t expected = 0;
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i)
    if (of.holds(records.plan.fits[i]) && records.is_to_train(i)) ++expected;
  group.write_attribute("expected", expected);
  write_places(group, records, done, of.scheme);
  write_facts(group, done);
  const auto kept = collect<std::string>(done, [&](const FitRow& row) {
    const auto place = records.artefacts.find(row.fit->id);
    return place == records.artefacts.end() ? "" : place->second.sha256;
  });
  group.write_texts("artefacts_sha256", kept);
  if (experiment.sweep && of.scheme == SplitScheme::k_fold) {
    const std::set<Place> given_up = given_up_in(records, of.experiment);
    write_column(group, "given_up", collect<std::int32_t>(done, [&](const FitRow& row) {
                   return given_up.contains({row.fit->embedding, row.fit->candidate}) ? 1 : 0;
                 }));
  }

  const auto scores = [&](auto get) {
    return collect<const ScoreSet*>(done, [&](const FitRow& row) { return get(*row.result); });
  };
  const std::vector<std::string>& levels = samples.column(experiment.target).levels;
  write_scores(group.create_group("in"), scores([](const FitResult& r) { return &r.held_out; }),
               levels);
  const bool all_scores = !serves_selection(of.scheme);
  if (experiment.evaluate_oos && all_scores)
    write_scores(group.create_group("oos"),
                 scores([](const FitResult& r) { return r.oos ? &*r.oos : nullptr; }), levels);
  if (all_scores) write_sets(group, experiment, done, levels);
  if (experiment.probe && all_scores)
    write_scores(group.create_group("probe"),
                 scores([](const FitResult& r) { return r.probe ? &*r.probe : nullptr; }),
                 samples.column(*experiment.probe).levels);
  if (has_further_probes(experiment) && all_scores)
    write_further_probes(group.create_group("probes"), done, experiment, samples);

  Group failures = group.create_group("failed");
  write_places(failures, records, failed, of.scheme);
  const auto errors = collect<std::string>(failed, [](const FitRow& r) { return r.result->error; });
  failures.write_texts("error", errors);
}

void write_experiment(Group group, const RunRecords& records, std::uint32_t index) {
  const Experiment& experiment = records.job.experiments[index];
  group.write_attribute("name", experiment.name);
  group.write_attribute("target", name_of(experiment.target));
  write_fits(group, records, {.experiment = index, .scheme = records.job.splits.scheme});
  for (const auto& [scheme, name] : {std::pair(SplitScheme::source_out, "source_out"),
                                     std::pair(SplitScheme::nested, "nested")}) {
    const FitGroup of{.experiment = index, .scheme = scheme};
    const std::vector<Fit>& fits = records.plan.fits;
    if (std::none_of(fits.begin(), fits.end(), [&](const Fit& fit) { return of.holds(fit); }))
      continue;
    Group scheme_group = group.create_group(name);
    write_fits(scheme_group, records, of);
  }
}

/// Where the store lies is not what the numbers come from.
Job without_paths(Job job) {
  job.store = job.store.filename();
  job.warm_start.reset();
  return job;
}

/// As a store has them, roles as the job sets them.
void write_samples(Group group, const SampleTable& samples) {
  group.write_texts("id", samples.id);
  group.write_texts("group", samples.group);
  write_codes(group, "class", samples.class_label.codes, samples.class_label.levels);
  write_codes(group, "domain", samples.domain.codes, samples.domain.levels);
  write_codes(group, "role", samples.role.codes, samples.role.levels);
}

void write_all(Group root, const RunRecords& records) {
  root.write_attribute("format", "crossfold-results");
  root.write_attribute("format_version", std::int64_t{2});
  root.write_attribute("program_version", build_info().version);
  root.write_attribute("git_hash", build_info().git_hash);
  root.write_attribute("protocol_version", std::int64_t{kProtocolVersion});
  root.write_attribute("job", canonical_job(without_paths(records.job)).dump());
  root.write_attribute("plan_sha256", records.plan.hash.hex());
  write_samples(root.create_group("samples"), records.samples);
  Group experiments = root.create_group("experiments");
  for (std::uint32_t i = 0; i < records.job.experiments.size(); ++i)
    write_experiment(experiments.create_group(std::to_string(i)), records, i);
}

}  // namespace

void write_results_file(const std::filesystem::path& target, const RunRecords& records) {
  hdf5::File file = hdf5::File::create(target);
  write_all(file.root(), records);
  file.close();
}

}  // namespace crossfold
