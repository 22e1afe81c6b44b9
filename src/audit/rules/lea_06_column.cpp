#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/stats/ranked_pairs.h"
#include "crossfold/stats/scores.h"

#include "case_maker.h"
#include "class_directions.h"
#include "class_experiments.h"
#include "pool_labels.h"
#include "rules.h"
#include "stored_rows.h"

namespace crossfold::audit {
namespace {

/// How well each column alone ranks one level of the target, in either direction.
std::vector<double> column_aucs(const FeatureRows& features,
                                const std::vector<std::uint8_t>& positive) {
  const std::size_t n = features.count();
  std::vector<double> aucs;
  std::vector<double> column(n);
  for (std::size_t d = 0; d < features.dim; ++d) {
    for (std::size_t i = 0; i < n; ++i) column[i] = static_cast<double>(features.row(i)[d]);
    const double auc = stats::roc_auc(column, positive).value_or(0.5);
    aucs.push_back(std::max(auc, 1 - auc));
  }
  return aucs;
}

/// Rows that are enough to tell an AUC of 0.95 from one of 0.99.
std::vector<std::uint32_t> some_of(const std::vector<std::uint32_t>& rows) {
  constexpr std::size_t kEnough = 3000;
  const std::size_t step = (rows.size() + kEnough - 1) / kEnough;
  std::vector<std::uint32_t> some;
  for (std::size_t i = 0; i < rows.size(); i += step) some.push_back(rows[i]);
  return some;
}

/// One class against the rest.
struct Level {
  std::string what;
  std::size_t patients = 0;
  std::size_t other_patients = 0;
  std::vector<double> aucs;  ///< of the columns
};

Finding judge_level(const Level& level, const Thresholds& thresholds) {
  const auto& [what, patients, other_patients, aucs] = level;
  const double limit = thresholds["auc"];
  Finding finding{.value = *std::max_element(aucs.begin(), aucs.end()), .threshold = limit};
  double other = 0.5;  // the best of those that do not give the level away
  for (std::size_t d = 0; d < aucs.size(); ++d) {
    if (aucs[d] - thresholds["errors"] * stats::auc_error(aucs[d], patients, other_patients) >
        limit)
      finding.evidence.push_back(
          fmt::format("{}: column {} has an AUC of {:.5f}", what, d, aucs[d]));
    else
      other = std::max(other, aucs[d]);
  }
  const bool is_far = 1 - *finding.value <= (1 - other) / thresholds["far"];
  const bool are_few = static_cast<double>(finding.evidence.size()) <=
                       std::max(3.0, thresholds["share"] * static_cast<double>(aucs.size()));
  if (!finding.evidence.empty() && is_far && are_few) {
    finding.verdict = Verdict::warn;
    finding.text = fmt::format(
        "{}: {} of {} tell it alone (AUC {:.5f}); the best of all others has {:.3f}", what,
        finding.evidence.size(), counted(aucs.size(), "column"), *finding.value, other);
  } else {
    finding.text =
        fmt::format("{}: the best single column has an AUC of {:.3f}", what, *finding.value);
    finding.evidence.clear();
  }
  return finding;
}

std::vector<Finding> judge_set(const RunEvidence& evidence, const Thresholds& thresholds,
                               std::size_t experiment, std::size_t embedding) {
  const RunRecords& records = evidence.records();
  const Experiment& asked = records.job.experiments[experiment];
  const ExperimentSamples& samples = records.plan.basis.samples[experiment];
  const CodedColumn& target = samples.column(asked.target);
  const std::vector<std::uint32_t> rows = some_of(samples.pool);
  FeatureRows features = stored_rows(evidence, embedding);
  features.rows = rows;
  const std::vector<std::size_t> patients =
      patients_of_levels(rows, samples.group, class_label(samples));
  const std::size_t all_patients =
      std::accumulate(patients.begin(), patients.end(), std::size_t{0});
  std::vector<Finding> findings;
  for (std::size_t level = 0; level < target.levels.size(); ++level) {
    if (patients[level] == 0 || patients[level] == all_patients) continue;
    std::vector<std::uint8_t> positive;
    positive.reserve(rows.size());
    for (const std::uint32_t row : rows)
      positive.push_back(target.codes[row] == static_cast<std::int32_t>(level) ? 1 : 0);
    findings.push_back(
        judge_level({.what = fmt::format("{}, {}, {}", asked.name,
                                         records.job.embeddings[embedding], target.levels[level]),
                     .patients = patients[level],
                     .other_patients = all_patients - patients[level],
                     .aucs = column_aucs(features, positive)},
                    thresholds));
  }
  return findings;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  std::vector<Finding> findings;
  for (std::size_t m = 0; m < records.job.embeddings.size(); ++m)
    for (const std::size_t e : class_experiments(records))
      for (Finding& finding : judge_set(evidence, thresholds, e, m))
        findings.push_back(std::move(finding));
  if (findings.empty()) throw NotAssessed("no experiment predicts the class");
  const auto best =
      std::max_element(findings.begin(), findings.end(),
                       [](const Finding& a, const Finding& b) { return *a.value < *b.value; });
  std::iter_swap(findings.begin(), best);  // the first of equally bad ones is told
  return worst_of(std::move(findings));
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  RandomStream random({.root_seed = 8, .seed = {}, .fold = {}}, "label-column");
  for (std::size_t row = 0; row < study.samples.size(); ++row)
    study.values[row * study.dim + 7] =
        static_cast<float>(study.samples.class_label.codes[row] + 0.05 * random.normal());
  return {
      {.what = "a column that is the label with noise", .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  for (std::size_t row = 0; row < study.samples.size(); ++row) {
    const auto class_label = static_cast<std::size_t>(study.samples.class_label.codes[row]);
    for (std::size_t d = 0; d < study.dim; ++d)  // three orthogonal directions of length 5
      study.values[row * study.dim + d] += (d >> (class_label + 1)) % 2 == 0 ? 1.4F : -1.4F;
  }
  shorten_class_directions(study, 3);
  // Classes so far apart that the loss falls for ever.
  return {{.what = "a strong direction over all columns",
           .subject = {.run = maker.train(study)},
           .also = {"REP-04"}}};
}

}  // namespace

const Rule& lea_06() {
  static const Rule rule{
      .id = "LEA-06",
      .title = "a column that is the answer",
      .computes =
          "the AUC of each column alone for each class against the rest, in either direction, over "
          "the pool (3,000 of its samples at most); a few columns beyond `auc`, errors taken off, "
          "that leave all "
          "others far behind (Kapoor and Narayanan 2023, L2)",
      .does_not_establish =
          "that no combination of columns carries what would not be known at the time of use",
      .serves = "REFORMS: data leakage, features; PROBAST+AI: predictors",
      .thresholds =
          {{"auc", 0.99, "one number of an embedding that is this good is hardly of the picture"},
           {"errors", 2,
            "standard errors (Hanley and McNeil 1982, patients as units) that an AUC must lie "
            "above: "
            "in a small pool an honest column may come near 1"},
           {"far", 5,
            "times nearer to 1 than the best of all others: an honest direction is spread "
            "over columns"},
           {"share", 0.02, "of the columns at most: more are an embedding made for this task"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
