#include "results_file.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/build_info.h"
#include "crossfold/hdf5/file.h"
#include "crossfold/job/job_json.h"

namespace crossfold {
namespace {

using hdf5::Group;
using stats::ClassScores;
using stats::ScoreSet;

/// Fits of one experiment that succeeded, in the plan's order.
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

/// One number per fit.
template <class T, class Get>
void write_per_fit(Group& group, const std::string& name, const std::vector<FitRow>& rows,
                   Get get) {
  std::vector<T> values;
  values.reserve(rows.size());
  for (const FitRow& row : rows) values.push_back(static_cast<T>(get(row)));
  write_column(group, name, values);
}

/// Scores of one evaluation: columns [F], and class scores [F, K].
void write_scores(Group group, const std::vector<const ScoreSet*>& scores) {
  const auto column = [&](const char* name, auto get) {
    std::vector<double> values;
    for (const ScoreSet* set : scores) values.push_back(or_nan(get(*set)));
    write_column(group, name, values);
  };
  column("auc", [](const ScoreSet& s) { return s.auc; });
  column("acc", [](const ScoreSet& s) { return s.acc; });
  column("accuracy", [](const ScoreSet& s) { return s.accuracy; });
  column("balanced_accuracy", [](const ScoreSet& s) { return s.balanced_accuracy; });
  column("diagnostic_odds_ratio", [](const ScoreSet& s) { return s.diagnostic_odds_ratio; });

  const std::size_t classes = scores.empty() ? 0 : scores.front()->classes.size();
  const auto class_column = [&](const char* name, auto get) {
    std::vector<double> values;
    for (const ScoreSet* set : scores)
      for (const ClassScores& c : set->classes) values.push_back(or_nan(get(c)));
    group.write(name, std::span<const double>(values), {scores.size(), classes});
  };
  class_column("class_auc", [](const ClassScores& c) { return c.auc; });
  class_column("class_sensitivity", [](const ClassScores& c) { return c.sensitivity; });
  class_column("class_specificity", [](const ClassScores& c) { return c.specificity; });
  class_column("class_precision", [](const ClassScores& c) { return c.precision; });
  class_column("class_f1", [](const ClassScores& c) { return c.f1; });
  class_column("class_support",
               [](const ClassScores& c) { return std::optional<double>(c.support); });
}

void write_predictions(Group& parent, const std::string& name, const Predictions& predictions) {
  const std::vector<std::int64_t> rows(predictions.rows.begin(), predictions.rows.end());
  parent.write(name, std::span<const double>(predictions.probabilities),
               {predictions.rows.size(), predictions.classes});
  write_column(parent, name + "_rows", rows);
}

void write_artefacts(Group& parent, const FitId& id, const Artefacts& artefacts) {
  if (artefacts.empty()) return;
  Group group = parent.create_group(id.hex);
  if (artefacts.held_out) write_predictions(group, "in", *artefacts.held_out);
  if (artefacts.oos) write_predictions(group, "oos", *artefacts.oos);
  if (artefacts.curves) {
    Group curves = group.create_group("curves");
    write_column(curves, "train_class_loss", artefacts.curves->train_class_loss);
    write_column(curves, "train_domain_loss", artefacts.curves->train_domain_loss);
    write_column(curves, "validation_loss", artefacts.curves->validation_loss);
    write_column(curves, "learning_rate", artefacts.curves->learning_rate);
    write_column(curves, "lambda", artefacts.curves->lambda);
  }
  if (artefacts.features) {
    const Features& features = *artefacts.features;
    const std::vector<std::int64_t> rows(features.rows.begin(), features.rows.end());
    group.write("features", std::span<const float>(features.values),
                {features.rows.size(), features.dim});
    write_column(group, "features_rows", rows);
  }
}

std::vector<FitRow> successful_fits(const RunRecords& records, std::uint32_t experiment) {
  std::vector<FitRow> rows;
  for (const Fit& fit : records.plan.fits) {
    const FitResult* result = fit.experiment == experiment ? records.find(fit.id) : nullptr;
    if (result != nullptr && !result->failed()) rows.push_back({&fit, result});
  }
  return rows;
}

void write_experiment(Group group, const RunRecords& records, std::uint32_t index) {
  const Experiment& experiment = records.job.experiments[index];
  const std::vector<FitRow> rows = successful_fits(records, index);
  const CodedColumn& target = records.plan.samples[index].column(experiment.target);
  group.write_attribute("name", experiment.name);
  group.write_attribute("classes", std::span<const std::string>(target.levels));

  std::vector<std::string> ids;
  std::vector<std::string> embeddings;
  std::vector<std::string> candidates;
  for (const FitRow& row : rows) {
    ids.push_back(row.fit->id.hex);
    embeddings.push_back(records.job.embeddings[row.fit->embedding]);
    candidates.push_back(experiment.candidates[row.fit->candidate].name);
  }
  group.write_texts("fit", ids);
  group.write_texts("embedding", embeddings);
  group.write_texts("candidate", candidates);
  write_per_fit<std::int32_t>(group, "seed", rows,
                              [](const FitRow& r) { return r.fit->seed.value; });
  write_per_fit<std::int32_t>(group, "fold", rows,
                              [](const FitRow& r) { return r.fit->fold.value; });
  write_per_fit<std::int32_t>(group, "epochs", rows,
                              [](const FitRow& r) { return r.result->training.epochs; });
  write_per_fit<std::int32_t>(group, "n_train", rows,
                              [](const FitRow& r) { return r.result->n_train; });
  write_per_fit<std::int32_t>(group, "n_test", rows,
                              [](const FitRow& r) { return r.result->n_test; });

  std::vector<const ScoreSet*> held_out;
  std::vector<const ScoreSet*> oos;
  std::vector<const ScoreSet*> probe;
  for (const FitRow& row : rows) {
    held_out.push_back(&row.result->held_out);
    if (row.result->oos) oos.push_back(&*row.result->oos);
    if (row.result->probe) probe.push_back(&*row.result->probe);
  }
  write_scores(group.create_group("in"), held_out);
  if (experiment.evaluate_oos) write_scores(group.create_group("oos"), oos);
  if (experiment.probe) write_scores(group.create_group("probe"), probe);
}

}  // namespace

void write_results_file(const std::filesystem::path& target, const std::filesystem::path& directory,
                        const RunRecords& records) {
  hdf5::File file = hdf5::File::create(target);
  Group root = file.root();
  root.write_attribute("format", "crossfold-results");
  root.write_attribute("format_version", std::int64_t{1});
  root.write_attribute("program_version", build_info().version);
  root.write_attribute("git_hash", build_info().git_hash);
  root.write_attribute("job", canonical_job(records.job).dump());
  root.write_attribute("plan_sha256", records.plan.hash.hex());
  root.write_texts("sample_id", records.samples.id);
  Group experiments = root.create_group("experiments");
  for (std::uint32_t i = 0; i < records.job.experiments.size(); ++i)
    write_experiment(experiments.create_group(std::to_string(i)), records, i);
  Group artefacts = root.create_group("artefacts");
  for (const Cohort& cohort : records.plan.cohorts)
    for (const std::uint32_t fit : cohort.fits) {
      const FitId& id = records.plan.fits[fit].id;
      if (records.artefact_hashes.contains(id))
        write_artefacts(artefacts, id, read_artefacts(directory, records, id));
    }
  file.flush();
}

}  // namespace crossfold
