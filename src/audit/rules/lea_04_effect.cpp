#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/stats/scores.h"
#include "crossfold/stats/summary.h"

#include "case_maker.h"
#include "class_directions.h"
#include "fold_table.h"
#include "judged_candidates.h"
#include "made_splits.h"
#include "near_rows.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

using Links = std::vector<std::vector<std::uint32_t>>;

/// The AUC of some of a fit's held-out predictions.
std::optional<double> auc_of(const Predictions& predictions, const std::vector<std::int32_t>& codes,
                             const std::vector<bool>& left_out) {
  std::vector<double> probabilities;
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < predictions.rows.size(); ++i) {
    if (left_out[i]) continue;
    const auto first =
        predictions.probabilities.begin() + static_cast<std::ptrdiff_t>(i * predictions.classes);
    probabilities.insert(probabilities.end(), first,
                         first + static_cast<std::ptrdiff_t>(predictions.classes));
    labels.push_back(codes[predictions.rows[i]]);
  }
  return stats::score_probabilities(probabilities, labels, predictions.classes).auc;
}

/// Which of the rows have a linked one among those that the fit was trained on.
std::vector<bool> linked_to_training(const std::vector<std::uint32_t>& rows,
                                     const std::vector<std::int32_t>& fold, const Links& links) {
  std::vector<bool> linked;
  for (const std::uint32_t row : rows)
    linked.push_back(std::any_of(links[row].begin(), links[row].end(), [&](std::uint32_t other) {
      return fold[other] >= 0 && fold[other] != fold[row];
    }));
  return linked;
}

/// Scores of one candidate's fits with and without the linked samples.
struct Effect {
  std::vector<std::optional<double>> all, unlinked;
  std::size_t linked = 0;
  std::size_t samples = 0;
  double test_share = 0;
};

std::optional<Effect> effect_on(const RunEvidence& evidence, const JudgedCandidate& judged,
                                const FoldTable& folds, const Links& links) {
  const RunRecords& records = evidence.records();
  const Experiment& experiment = records.job.experiments[judged.experiment];
  const std::vector<std::int32_t>& codes =
      records.plan.basis.samples[judged.experiment].column(experiment.target).codes;
  Effect effect;
  for (const Fit* fit : judged.fits) {
    const auto kept = evidence.artefacts(fit->id);
    if (!kept || !kept->held_out) continue;
    const std::vector<std::uint32_t>& rows = kept->held_out->rows;
    const std::vector<bool> linked = linked_to_training(rows, folds.of(*fit), links);
    effect.linked += static_cast<std::size_t>(std::count(linked.begin(), linked.end(), true));
    effect.samples += rows.size();
    effect.all.push_back(auc_of(*kept->held_out, codes, std::vector<bool>(rows.size(), false)));
    effect.unlinked.push_back(auc_of(*kept->held_out, codes, linked));
    const FitResult& result = *records.find(fit->id);
    effect.test_share += static_cast<double>(result.n_test) / result.n_train;
  }
  if (effect.all.empty()) return std::nullopt;
  effect.test_share /= static_cast<double>(effect.all.size());
  return effect;
}

Finding judge_candidate(const RunRecords& records, const JudgedCandidate& judged,
                        const Effect& effect, const Thresholds& thresholds) {
  const std::string name = name_of(records, judged);
  const auto test = stats::corrected_paired_test(effect.all, effect.unlinked, effect.test_share);
  if (!test) throw NotAssessed(name + ": fewer than two fits have a score without linked samples");
  Finding finding{
      .text = fmt::format(
          "{}: without the {:.1f} % of held-out samples that are linked to a training "
          "sample of another patient, the AUC is {:.4f} lower (p = {:.3f})",
          name, 100 * static_cast<double>(effect.linked) / static_cast<double>(effect.samples),
          test->mean_difference, test->p),
      .value = test->mean_difference,
      .threshold = thresholds["loss"]};
  if (test->mean_difference >= thresholds["loss"] && test->p <= thresholds["p"]) {
    finding.verdict = Verdict::warn;
    finding.evidence.push_back(
        fmt::format("{}: {} of {} predictions linked, difference {:.4f} +- "
                    "{:.4f} over {}",
                    name, effect.linked, effect.samples, test->mean_difference,
                    test->standard_error, counted(test->n, "fit")));
  }
  return finding;
}

/// Nothing where no split parts any linked rows.
std::vector<Finding> judge_experiment(const RunEvidence& evidence, const Thresholds& thresholds,
                                      std::size_t experiment) {
  const RunRecords& records = evidence.records();
  const FoldTable folds = fold_table(records, experiment);
  std::vector<Finding> findings;
  for (const JudgedCandidate& judged : judged_candidates(records, experiment)) {
    const Links links = linked_rows(evidence, judged.embedding, thresholds["max_expected"]);
    const auto effect = effect_on(evidence, judged, folds, links);
    if (!effect) continue;
    if (effect->linked == 0)
      findings.push_back({.text = name_of(records, judged) +
                                  ": no held-out sample is linked to a training sample of another "
                                  "patient",
                          .value = 0,
                          .threshold = thresholds["loss"]});
    else
      findings.push_back(judge_candidate(records, judged, *effect, thresholds));
  }
  return findings;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  std::vector<Finding> findings;
  for (std::size_t e = 0; e < evidence.records().job.experiments.size(); ++e)
    for (Finding& finding : judge_experiment(evidence, thresholds, e))
      findings.push_back(std::move(finding));
  if (findings.empty()) throw NotAssessed("no fit kept its predictions");
  return worst_of(std::move(findings));
}

/// A study in which nothing tells the classes apart, so that a network can only learn its pictures
/// by heart; one row in eight stands there twice, under two patients.
MadeStudy with_copies(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  shorten_class_directions(study, 3);
  const std::size_t rows = study.samples.size();
  for (std::size_t row = 0; row < rows; ++row) {
    if (row % 8 != 0 || study.samples.role.codes[row] != 0) continue;
    append_copy(study, row, fmt::format("copy-{}", row));
    study.samples.group.back() = fmt::format("copy of {}", study.samples.group[row]);
  }
  study.job["training"] = {
      {"epochs", 60}, {"batch", 32}, {"learning_rate", 0.003}, {"plateau", {{"patience", 100}}}};
  return study;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  return {{.what = "one row in eight copied under a new patient",
           .subject = {.run = maker.train(with_copies(maker))}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = with_copies(maker);
  give_splits(maker, study, [&](std::size_t row, std::size_t seed) {
    constexpr std::string_view kCopy = "copy of ";
    const std::string& name = study.samples.group[row];
    return fold_of_patient(name.starts_with(kCopy) ? name.substr(kCopy.size()) : name, seed, 3);
  });
  return {{.what = "the same copies, each in its original's fold",
           .subject = {.run = maker.train(study)}}};
}

}  // namespace

const Rule& lea_04() {
  static const Rule rule{
      .id = "LEA-04",
      .title = "what duplicates are worth",
      .computes =
          "for the best candidate of each kind, the held-out AUC of every fit with and without the "
          "samples that are identical to, or nearer than max_expected to (LEA-03), a row of "
          "another "
          "patient in the other folds; the difference with the corrected paired test (Nadeau and "
          "Bengio 2003)",
      .does_not_establish =
          "that a model trained without the duplicates would score the same: none is trained",
      .serves = "REFORMS: data leakage; PROBAST+AI: analysis",
      .thresholds = {{"max_expected", 1, "as LEA-03"},
                     {"loss", 0.005, "of AUC: less changes no comparison"},
                     {"p", 0.05, "two-sided, over the fits of one candidate"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
