#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/random_stream.h"
#include "crossfold/stats/contingency.h"

#include "case_maker.h"
#include "fold_table.h"
#include "judged_candidates.h"
#include "label_probe.h"
#include "rules.h"
#include "stored_rows.h"

namespace crossfold::audit {
namespace {

/// A level with fewer patients is not probed.
constexpr std::size_t kLeastPatients = 5;

/// Domain and attributes of one experiment's pool, and which of them go with the class.
struct ProbedLabels {
  RowLabel class_label;
  std::vector<RowLabel> labels;
  std::vector<bool> goes_with_class;
  std::vector<double> limits;  ///< AUC from which a label counts as readable
};

/// Training and held-out rows of the first folds of the first seed, or of the first divisions.
std::vector<ProbeRows> first_splits(const RunRecords& records, std::size_t experiment,
                                    std::size_t most) {
  const FoldTable folds = fold_table(records, experiment);
  std::vector<ProbeRows> splits(std::min(most, folds.folds > 1 ? folds.folds : folds.fold.size()));
  for (std::size_t split = 0; split < splits.size(); ++split) {
    const std::vector<std::int32_t>& fold = folds.fold[folds.folds > 1 ? 0 : split];
    const auto held_out = static_cast<std::int32_t>(folds.folds > 1 ? split : 0);
    for (const std::uint32_t row : records.plan.basis.samples[experiment].pool)
      if (fold[row] >= 0)
        (fold[row] == held_out ? splits[split].test : splits[split].train).push_back(row);
  }
  return splits;
}

/// The share of the pool that the first splits score.
double share_scored(const RunRecords& records, std::size_t experiment, double splits) {
  if (records.job.splits.scheme == SplitScheme::k_fold)
    return std::min(1.0, splits / records.job.splits.folds);
  std::set<std::uint32_t> scored;
  for (const ProbeRows& split :
       first_splits(records, experiment, static_cast<std::size_t>(std::max(1.0, splits))))
    scored.insert(split.test.begin(), split.test.end());
  return static_cast<double>(scored.size()) /
         static_cast<double>(records.plan.basis.samples[experiment].pool.size());
}

ProbedLabels probed_labels(const RunEvidence& evidence, std::size_t experiment,
                           const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  const ExperimentSamples& samples = records.plan.basis.samples[experiment];
  ProbedLabels probed{
      .class_label = class_label(samples), .labels = {}, .goes_with_class = {}, .limits = {}};
  if (RowLabel domain = without_rare_levels(domain_label(samples), samples, kLeastPatients);
      domain.levels.size() >= 2)
    probed.labels.push_back(std::move(domain));
  for (RowLabel& label : attribute_labels(stored_samples(evidence), samples, kLeastPatients))
    probed.labels.push_back(std::move(label));
  RandomStream stream({.root_seed = records.job.seed, .seed = {}, .fold = {}}, "audit-permutation");
  constexpr std::size_t kPermutations = 199;
  const double scored = share_scored(records, experiment, thresholds["splits"]);
  for (const RowLabel& label : probed.labels) {
    const auto found = stats::test_association(
        labels_of_patients(samples.pool, samples.group, label, probed.class_label), kPermutations,
        stream);
    probed.goes_with_class.push_back(found && found->v >= thresholds["v"] &&
                                     found->p <= thresholds["p"]);
    const double noise =
        null_error(patients_of_levels(samples.pool, samples.group, label)) / std::sqrt(scored);
    probed.limits.push_back(std::max(thresholds["auc"], 0.5 + thresholds["errors"] * noise));
  }
  return probed;
}

std::string shown(const std::optional<double>& auc) {
  return auc ? fmt::format("{:.3f}", *auc) : "undefined";
}

/// What one label's probe came to on one set of features.
Finding judge_scores(const std::string& features, const ProbedLabels& probed, std::size_t label,
                     const ProbeScores& scores) {
  const std::string& name = probed.labels[label].name;
  const bool is_domain = name == "domain";
  const std::optional<double> decides = scores.within_class ? scores.within_class : scores.all;
  Finding finding{.text = fmt::format("{} from {}: AUC {}, within classes {}", name, features,
                                      shown(scores.all), shown(scores.within_class)),
                  .value = decides,
                  .threshold = probed.limits[label]};
  if (decides && *decides >= probed.limits[label]) {
    finding.verdict = is_domain || probed.goes_with_class[label] ? Verdict::warn : Verdict::note;
    if (!is_domain)
      finding.text += probed.goes_with_class[label] ? "; it goes with the class"
                                                    : "; it does not go with the class";
    finding.evidence.push_back(finding.text);
  }
  return finding;
}

std::vector<Finding> probe_embedding(const RunEvidence& evidence, std::size_t experiment,
                                     std::size_t embedding, const ProbedLabels& probed,
                                     const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  const FeatureRows features = stored_rows(evidence, embedding);
  const auto most_splits = static_cast<std::size_t>(std::max(1.0, thresholds["splits"]));
  const std::vector<ProbeRows> splits = first_splits(records, experiment, most_splits);
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < probed.labels.size(); ++i) {
    std::vector<ProbeScores> scores;
    for (const ProbeRows& split : splits)
      if (const auto found = probe_label(
              {.features = &features,
               .label = &probed.labels[i],
               .class_label = &probed.class_label,
               .index = nullptr,
               .most_rows = static_cast<std::size_t>(std::max(100.0, thresholds["rows"]))},
              split))
        scores.push_back(*found);
    if (!scores.empty())
      findings.push_back(judge_scores("z (" + records.job.embeddings[embedding] + ")", probed, i,
                                      mean_of(scores)));
  }
  return findings;
}

/// The first fit of a candidate that kept its encoder's features.
std::optional<std::pair<const Fit*, Features>> kept_features(const RunEvidence& evidence,
                                                             const JudgedCandidate& judged) {
  if (evidence.records().job.output.features == FeatureOutput::none) return std::nullopt;
  for (const Fit* fit : judged.fits)
    if (auto kept = evidence.artefacts(fit->id); kept && kept->features)
      return std::pair(fit, std::move(*kept->features));
  return std::nullopt;
}

std::vector<Finding> probe_encoder(const RunEvidence& evidence, const JudgedCandidate& judged,
                                   const ProbedLabels& probed, const Thresholds& thresholds) {
  const auto kept = kept_features(evidence, judged);
  if (!kept) return {};
  const RunRecords& records = evidence.records();
  const auto& [fit, encoded] = *kept;
  const FeatureRows features{.values = encoded.values, .dim = encoded.dim, .rows = {}};
  constexpr std::uint32_t kAbsent = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> index(records.samples.size(), kAbsent);
  for (std::uint32_t i = 0; i < encoded.rows.size(); ++i) index[encoded.rows[i]] = i;
  const Split split = split_of(records.job, records.plan, *fit);
  ProbeRows rows{.train = all_other_folds(split), .test = split.test};
  for (auto* some : {&rows.train, &rows.test})
    std::erase_if(*some, [&](std::uint32_t row) { return index[row] == kAbsent; });
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < probed.labels.size(); ++i)
    if (const auto found = probe_label(
            {.features = &features,
             .label = &probed.labels[i],
             .class_label = &probed.class_label,
             .index = &index,
             .most_rows = static_cast<std::size_t>(std::max(100.0, thresholds["rows"]))},
            rows))
      findings.push_back(judge_scores("z' (" + name_of(records, judged) + ")", probed, i, *found));
  return findings;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  std::vector<Finding> findings;
  const auto take = [&](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(findings));
  };
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e) {
    if (records.job.experiments[e].target != Label::class_label) continue;
    const ProbedLabels probed = probed_labels(evidence, e, thresholds);
    for (std::size_t m = 0; m < records.job.embeddings.size(); ++m)
      take(probe_embedding(evidence, e, m, probed, thresholds));
    for (const JudgedCandidate& judged : judged_candidates(records, e))
      take(probe_encoder(evidence, judged, probed, thresholds));
  }
  if (findings.empty())
    throw NotAssessed(
        "no experiment predicts the class of a pool with two domains or an attribute of two "
        "levels");
  std::vector<std::string> texts;
  for (const Finding& finding : findings) texts.push_back(finding.text);
  Finding worst = worst_of(std::move(findings));
  constexpr std::size_t kMostTold = 6;
  if (texts.size() <= kMostTold) worst.text = fmt::format("{}", fmt::join(texts, "; "));
  return worst;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  for (std::size_t row = 0; row < study.samples.size(); ++row)
    if (const std::int32_t domain = study.samples.domain.codes[row]; domain < 3)
      study.values[row * study.dim + 3 + static_cast<std::size_t>(domain)] += 3;
  return {{.what = "a direction for each site, which does not go with the class",
           .subject = {.run = maker.train(study)}},
          {.what = "a domain that is the class with probability 0.8",
           .subject = {.run = maker.shortcut_run()}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  study.job["output"] = {{"features", "first-split"}};
  return {{.what = "neither domains nor attributes in the embedding, encoders kept",
           .subject = {.run = maker.train(study)}}};
}

}  // namespace

const Rule& con_04() {
  static const Rule rule{
      .id = "CON-04",
      .title = "what can be read from the features",
      .computes =
          "logistic regressions (C = 0.01, columns scaled) from the embedding z, and from the "
          "encoder's z' of the best candidate of each kind where a fit kept it, to the domain and "
          "to every attribute of the store with two to ten levels (numbers in thirds), fitted on "
          "the other folds and "
          "scored on the held-out one: AUC over all pairs and over pairs of one class. Warns of a "
          "readable domain, and of a readable attribute that goes with the class (Cramer's V)",
      .does_not_establish =
          "that a class head uses what can be read, or that what a linear probe does not find is "
          "not there",
      .serves = "REFORMS: confounding; PROBAST+AI: predictors",
      .thresholds = {{"auc", 0.65, "a weak but usable sign of the label"},
                     {"errors", 3,
                      "standard deviations of an AUC that says nothing, patients as units"},
                     {"v", 0.2, "as CON-01"},
                     {"p", 0.01, "as CON-01"},
                     {"splits", 3,
                      "folds of the first seed that are probed: enough for two digits"},
                     {"rows", 1000, "training rows of a probe at most: its cost grows with them"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
