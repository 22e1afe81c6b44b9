#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/job/names.h"

#include "case_maker.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

Finding judge_choice(const ReportTable& table, const SweepReport& sweep, const SweepChoice& choice,
                     double most) {
  const std::string place =
      fmt::format("{}, {}, rule {}", table.experiment, sweep.embedding, name_of(*choice.rule));
  if (!choice.no_choice.empty())
    return {.verdict = Verdict::not_assessed,
            .text = fmt::format("{}: nothing was chosen ({})", place, choice.no_choice)};
  if (!choice.honest.mean || !choice.in_pool.mean)
    return {.verdict = Verdict::not_assessed,
            .text = fmt::format("{}: {}", place,
                                choice.honest.why_not.empty() ? "there is no honest score"
                                                              : choice.honest.why_not)};
  const double optimism = *choice.in_pool.mean - *choice.honest.mean;
  Finding finding{
      .text = fmt::format(
          "{}: the choice from {} has a mean AUC of {:.4f} where it was chosen, and {:.4f} "
          "when the choice is made again without the patients that score it: {:.4f} "
          "comes from choosing",
          place, counted(sweep.candidates, "candidate"), *choice.in_pool.mean, *choice.honest.mean,
          optimism),
      .value = optimism,
      .threshold = most};
  if (optimism > most) {
    finding.verdict = Verdict::warn;
    finding.evidence.push_back(fmt::format(
        "{}: report {:.4f}, not {:.4f}{}", place, *choice.honest.mean, *choice.in_pool.mean,
        choice.candidate.empty() ? "" : " (" + choice.candidate + ")"));
  }
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  std::vector<Finding> findings;
  for (const ReportTable& table : evidence.report().tables)
    for (const SweepReport& sweep : table.sweeps)
      for (const SweepChoice& choice : sweep.choices)
        if (choice.rule && !choice.peeks)
          findings.push_back(judge_choice(table, sweep, choice, thresholds["max_optimism"]));
  if (findings.empty())
    throw NotAssessed(
        "the job declares no sweep with a rule of choice: nothing was chosen from its candidates");
  return worst_of(std::move(findings));
}

/// The study's job as a sweep of `candidates` that differ in how they are trained.
void make_sweep(MadeStudy& study, int candidates) {
  nlohmann::json& experiment = study.job["experiments"][0];
  experiment["candidates"] = nlohmann::json::parse(R"([{"kind": "disentangled", "name": "d",
    "lambda": {"schedule": "constant", "from": {"log": [0.01, 30]}},
    "training": {"learning_rate": {"log": [0.0001, 0.03]}, "weight_decay": {"log": [0.001, 3]},
                 "epochs": {"int": [1, 6]}}}])");
  experiment["sweep"] = {
      {"sampler", "random"}, {"candidates", candidates}, {"select", {"held-out"}}};
}

/// Few patients, features that say nothing of them, and many candidates.
std::vector<AuditCase> planted(CaseMaker& maker) {
  constexpr int kCandidates = 40;
  MadeStudy study = maker.clean_study();
  RandomStream random({.root_seed = 11, .seed = {}, .fold = {}}, "synth-audit");
  for (float& value : study.values) value = static_cast<float>(random.normal());
  make_sweep(study, kCandidates);
  study.job["name"] = "noise";
  study.job["splits"]["seeds"] = 1;
  // The first of the two rules does not look at the held-out folds and is not optimistic.
  study.job["experiments"][0]["sweep"]["select"] = {"validation", "held-out"};
  return {{.what = "the best of 40 candidates on features that are noise, chosen by two rules",
           .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  make_sweep(study, 1);
  study.job["name"] = "one";
  return {{.what = "a sweep of one candidate", .subject = {.run = maker.train(study)}}};
}

}  // namespace

const Rule& sta_03() {
  static const Rule rule{
      .id = "STA-03",
      .title = "optimism of what was chosen",
      .computes =
          "for each rule of choice of each sweep: the choice's mean AUC on the held-out folds less "
          "its honest score, which is that of held-out folds where nothing was chosen on them, "
          "and else the bias-corrected one: the rule is run again in bootstraps of patients and "
          "scored outside them (Tsamardinos, Greasidou and Borboudakis 2018)",
      .does_not_establish =
          "that no candidates were tried outside of this run (PRO-03), nor what the choice is "
          "worth "
          "at another hospital",
      .serves = "REFORMS: computational modelling, uncertainty; PROBAST+AI: analysis",
      .thresholds = {{"max_optimism", 0.01,
                      "AUC; differences between candidates are reported from this size on"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
