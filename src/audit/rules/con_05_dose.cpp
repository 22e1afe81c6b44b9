#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/stats/rank_correlation.h"
#include "crossfold/stats/summary.h"

#include "case_maker.h"
#include "class_directions.h"
#include "judged_candidates.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// What one candidate kept of the domain, and what it was worth out of sample.
struct Dose {
  std::string candidate;
  double task = 0;
  double domain = 0;
  double oos = 0;
};

using SplitSet = std::set<std::pair<SeedIndex, FoldIndex>>;

/// Splits that all of the candidates have.
SplitSet common_splits(const std::vector<JudgedCandidate>& candidates) {
  std::map<std::pair<SeedIndex, FoldIndex>, std::size_t> counts;
  for (const JudgedCandidate& one : candidates)
    for (const Fit* fit : one.fits) ++counts[{fit->seed, fit->fold}];
  SplitSet common;
  for (const auto& [split, count] : counts)
    if (count == candidates.size()) common.insert(split);
  return common;
}

std::optional<Dose> dose_of(const RunRecords& records, const JudgedCandidate& judged,
                            const SplitSet& splits) {
  std::vector<std::optional<double>> task, domain, oos;
  for (const Fit* fit : judged.fits) {
    if (!splits.contains({fit->seed, fit->fold})) continue;
    const FitResult& result = *records.find(fit->id);
    task.push_back(result.held_out.auc);
    domain.push_back(result.probe ? result.probe->auc : std::nullopt);
    oos.push_back(result.oos ? result.oos->auc : std::nullopt);
  }
  const auto task_mean = stats::summarize(task).mean;
  const auto domain_mean = stats::summarize(domain).mean;
  const auto oos_mean = stats::summarize(oos).mean;
  if (!task_mean || !domain_mean || !oos_mean) return std::nullopt;
  return Dose{
      .candidate = records.job.experiments[judged.experiment].candidates[judged.candidate].name,
      .task = *task_mean,
      .domain = *domain_mean,
      .oos = *oos_mean};
}

/// Candidates of one embedding set whose task has not collapsed, over the splits that all have (a
/// race gives most up after a few); over those of the longest-lived where all have none.
std::vector<Dose> comparable_doses(const RunRecords& records,
                                   std::vector<JudgedCandidate> candidates, double most_loss) {
  SplitSet splits = common_splits(candidates);
  if (splits.empty()) {
    std::size_t most = 0;
    for (const JudgedCandidate& one : candidates) most = std::max(most, one.fits.size());
    std::erase_if(candidates, [&](const JudgedCandidate& one) { return one.fits.size() < most; });
    splits = common_splits(candidates);
  }
  std::vector<Dose> doses;
  double best = 0;
  for (const JudgedCandidate& one : candidates)
    if (auto dose = dose_of(records, one, splits)) {
      best = std::max(best, dose->task);
      doses.push_back(std::move(*dose));
    }
  std::erase_if(doses, [&](const Dose& dose) { return dose.task < best - most_loss; });
  return doses;
}

std::optional<Finding> judge_doses(const std::string& name, std::vector<Dose> doses,
                                   const Thresholds& thresholds) {
  if (static_cast<double>(doses.size()) < thresholds["candidates"]) return std::nullopt;
  std::sort(doses.begin(), doses.end(),
            [](const Dose& a, const Dose& b) { return a.domain < b.domain; });
  const double spread = doses.back().domain - doses.front().domain;
  std::vector<double> domain, oos;
  for (const Dose& dose : doses) {
    domain.push_back(dose.domain);
    oos.push_back(dose.oos);
  }
  const auto found = stats::spearman(domain, oos);
  if (spread < thresholds["spread"] || !found)
    return Finding{
        .text = fmt::format("{}: the domain AUCs of {} lie within {:.3f}: no dose to compare", name,
                            counted(doses.size(), "candidate"), spread)};
  Finding finding{.text = fmt::format(
                      "{}: over {}, domain AUC {:.3f} to {:.3f}, the rank correlation of domain "
                      "AUC and out-of-sample AUC is {:.2f} (p = {:.2g})",
                      name, counted(doses.size(), "candidate"), domain.front(), domain.back(),
                      found->rho, found->p),
                  .value = found->rho,
                  .threshold = -thresholds["rho"]};
  if (found->rho > -thresholds["rho"] || found->p > thresholds["p"]) return finding;
  finding.verdict = Verdict::warn;
  finding.text +=
      ": the less of the source a model holds, the better it does elsewhere, so the "
      "pool's score rests on the source";
  for (const Dose& dose : doses)
    finding.evidence.push_back(fmt::format("{}: {}: domain AUC {:.3f}, oos AUC {:.3f}, task {:.3f}",
                                           name, dose.candidate, dose.domain, dose.oos, dose.task));
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  std::vector<Finding> findings;
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e) {
    const Experiment& experiment = records.job.experiments[e];
    if (!experiment.evaluate_oos || experiment.target != Label::class_label ||
        experiment.probe != Label::domain)
      continue;
    std::vector<std::vector<JudgedCandidate>> by_embedding(records.job.embeddings.size());
    for (JudgedCandidate& one : candidates_with_fits(records, e))
      if (is_network(experiment.candidates[one.candidate]))
        by_embedding[one.embedding].push_back(std::move(one));
    for (std::size_t m = 0; m < by_embedding.size(); ++m)
      if (auto finding = judge_doses(
              fmt::format("{} on {}", experiment.name, records.job.embeddings[m]),
              comparable_doses(records, std::move(by_embedding[m]), thresholds["task_loss"]),
              thresholds))
        findings.push_back(std::move(*finding));
  }
  if (findings.empty())
    throw NotAssessed(fmt::format(
        "no experiment predicts the class, probes the domain and is evaluated out of sample over "
        "{:.0f} candidates with an encoder that keep the task",
        thresholds["candidates"]));
  return worst_of(std::move(findings));
}

/// Ten candidates from no lambda to one that takes the domain away.
MadeStudy swept(MadeStudy study) {
  nlohmann::json& candidates = study.job["experiments"][0]["candidates"];
  candidates = {{{"kind", "baseline"}}};
  for (const double lambda : {0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.2, 3.2, 4.5})
    candidates.push_back({{"kind", "disentangled"},
                          {"name", fmt::format("lambda {}", lambda)},
                          {"lambda", {{"schedule", "constant"}, {"from", lambda}}}});
  study.job["training"]["epochs"] = 30;
  study.job["training"]["learning_rate"] = 0.003;
  return study;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = swept(maker.shortcut_study());
  shorten_class_directions(study, 1.5);
  return {{.what = "a sweep over lambda on a shortcut", .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "the same sweep without one",
           .subject = {.run = maker.train(swept(maker.clean_study()))}}};
}

}  // namespace

const Rule& con_05() {
  static const Rule rule{
      .id = "CON-05",
      .title = "dose and response",
      .computes =
          "Spearman's correlation of mean domain AUC (the probe) and mean out-of-sample AUC over "
          "the candidates with an encoder that keep the task, over the splits that all of them "
          "have, for each embedding set; no training",
      .does_not_establish =
          "a cause: candidates differ in more than lambda where a sweep varies more",
      .serves = "REFORMS: confounding, generalizability; PROBAST+AI: analysis",
      .thresholds = {{"rho", 0.5, "a correlation that the eye sees"},
                     {"p", 0.01, "two-sided: few sweeps are looked at"},
                     {"candidates", 8, "fewer leave the rank correlation to chance"},
                     {"spread", 0.02, "of domain AUC: less is noise, and no dose"},
                     {"task_loss", 0.1,
                      "of held-out AUC below the best: a model that has lost the task does badly "
                      "everywhere"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
