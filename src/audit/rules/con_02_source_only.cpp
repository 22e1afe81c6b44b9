#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/stats/scores.h"
#include "crossfold/stats/summary.h"

#include "case_maker.h"
#include "class_experiments.h"
#include "fold_table.h"
#include "judged_candidates.h"
#include "pool_labels.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// Shares of the classes in each domain [domains, classes] among the rows of the other folds; those
/// of all rows where a domain has none there.
std::vector<double> class_shares(const ExperimentSamples& samples,
                                 const std::vector<std::int32_t>& fold, std::int32_t held_out) {
  const std::size_t classes = samples.class_label.levels.size();
  std::vector<double> shares(samples.domain.levels.size() * classes, 0);
  std::vector<double> all(classes, 0);
  for (const std::uint32_t row : samples.pool) {
    if (fold[row] == held_out || fold[row] < 0 || samples.domain.codes[row] < 0) continue;
    const auto class_label = static_cast<std::size_t>(samples.class_label.codes[row]);
    ++shares[static_cast<std::size_t>(samples.domain.codes[row]) * classes + class_label];
    ++all[class_label];
  }
  const auto normalize = [&](double* counts) {
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += counts[c];
    for (std::size_t c = 0; c < classes && sum > 0; ++c) counts[c] /= sum;
    return sum > 0;
  };
  normalize(all.data());
  for (std::size_t d = 0; d < samples.domain.levels.size(); ++d)
    if (!normalize(&shares[d * classes]))
      std::copy(all.begin(), all.end(), shares.begin() + static_cast<std::ptrdiff_t>(d * classes));
  return shares;
}

/// The AUC of a classifier that knows a held-out sample's domain and nothing else.
std::optional<double> source_only_auc(const ExperimentSamples& samples,
                                      const std::vector<std::int32_t>& fold,
                                      std::int32_t held_out) {
  const std::vector<double> shares = class_shares(samples, fold, held_out);
  const std::size_t classes = samples.class_label.levels.size();
  std::vector<double> probabilities;
  std::vector<std::int32_t> labels;
  for (const std::uint32_t row : samples.pool) {
    if (fold[row] != held_out || samples.domain.codes[row] < 0) continue;
    const auto first =
        shares.begin() + samples.domain.codes[row] * static_cast<std::ptrdiff_t>(classes);
    probabilities.insert(probabilities.end(), first, first + static_cast<std::ptrdiff_t>(classes));
    labels.push_back(samples.class_label.codes[row]);
  }
  return stats::score_probabilities(probabilities, labels, classes).auc;
}

stats::Summary source_only(const RunRecords& records, std::size_t experiment,
                           std::vector<std::string>& lines) {
  const ExperimentSamples& samples = records.plan.basis.samples[experiment];
  const FoldTable folds = fold_table(records, experiment);
  std::vector<std::optional<double>> aucs;
  for (std::size_t seed = 0; seed < folds.fold.size(); ++seed)
    for (std::size_t fold = 0; fold < folds.folds; ++fold) {
      aucs.push_back(source_only_auc(samples, folds.fold[seed], static_cast<std::int32_t>(fold)));
      if (aucs.back())
        lines.push_back(fmt::format("{}, {}{}: source-only AUC {:.4f}",
                                    records.job.experiments[experiment].name, folds.names[seed],
                                    folds.folds == 1 ? "" : fmt::format(", fold {}", fold),
                                    *aucs.back()));
    }
  return stats::summarize(aucs);
}

/// The best reported candidate's mean held-out AUC.
std::optional<double> best_task_auc(const RunRecords& records, std::size_t experiment) {
  std::optional<double> best;
  for (const JudgedCandidate& judged : judged_candidates(records, experiment))
    if (judged.task_auc && (!best || *judged.task_auc > *best)) best = judged.task_auc;
  return best;
}

Finding judge_experiment(const RunRecords& records, std::size_t experiment,
                         const Thresholds& thresholds) {
  const ExperimentSamples& samples = records.plan.basis.samples[experiment];
  const std::string& name = records.job.experiments[experiment].name;
  if (samples.domain.levels.size() < 2)
    return {.verdict = Verdict::not_assessed, .text = name + ": its pool has one domain only"};
  Finding finding;
  const stats::Summary ceiling = source_only(records, experiment, finding.evidence);
  if (!ceiling.mean)
    return {.verdict = Verdict::not_assessed,
            .text = name + ": no held-out fold has two classes with a known domain"};
  const double chance =
      0.5 + thresholds["errors"] *
                null_error(patients_of_levels(samples.pool, samples.group, class_label(samples)));
  finding.value = *ceiling.mean;
  finding.threshold = std::max(thresholds["auc"], chance);
  finding.text = fmt::format(
      "{}: a classifier that is told the source and sees no picture has an AUC of {:.3f}", name,
      *ceiling.mean);
  if (const auto task = best_task_auc(records, experiment); task && *task > 0.5)
    finding.text += fmt::format(
        "; the best candidate has {:.3f} ({:.0f} % of what that is above "
        "chance could be the source)",
        *task, 100 * std::clamp((*ceiling.mean - 0.5) / (*task - 0.5), 0.0, 1.0));
  if (*ceiling.mean >= *finding.threshold)
    finding.verdict = Verdict::warn;
  else
    finding.evidence.clear();
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  std::vector<Finding> findings;
  for (const std::size_t e : class_experiments(records))
    findings.push_back(judge_experiment(records, e, thresholds));
  return worst_of(std::move(findings));
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  return {{.what = "a domain that is the class with probability 0.8",
           .subject = {.run = maker.shortcut_run()}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "class and domain independent", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& con_02() {
  static const Rule rule{
      .id = "CON-02",
      .title = "what the source alone scores",
      .computes =
          "for every split, the share of each class in each domain over the other folds, given to "
          "the held-out samples as their probabilities: the AUC that a perfect knowledge of the "
          "source reaches without a picture, beside that of the best candidate",
      .does_not_establish =
          "that the candidates use the source; only how much of their score it could explain",
      .serves = "REFORMS: confounding, baseline; PROBAST+AI: analysis",
      .thresholds = {{"auc", 0.6, "a fifth of the way from chance to certainty"},
                     {"errors", 3,
                      "standard deviations of an AUC that says nothing, patients as units: a small "
                      "pool is not judged by its noise"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
