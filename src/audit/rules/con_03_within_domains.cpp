#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/stats/bootstrap_bags.h"
#include "crossfold/stats/ranked_pairs.h"

#include "case_maker.h"
#include "class_directions.h"
#include "judged_candidates.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

constexpr std::size_t kBags = 200;

/// The pairs of one class against the rest: all of them, and those inside a domain.
struct ClassPairs {
  stats::RankedPairs all;
  stats::RankedPairs within;
};

/// Held-out predictions of one fit whose domain is known.
struct ScoredFold {
  std::vector<std::uint32_t> rows;
  std::vector<ClassPairs> classes;
};

ScoredFold scored_fold(const Predictions& predictions, const CodedColumn& class_label,
                       const CodedColumn& domain) {
  ScoredFold fold;
  std::vector<std::size_t> kept;
  std::vector<std::uint32_t> strata;
  for (std::size_t i = 0; i < predictions.rows.size(); ++i) {
    const std::uint32_t row = predictions.rows[i];
    if (domain.codes[row] < 0) continue;
    kept.push_back(i);
    fold.rows.push_back(row);
    strata.push_back(static_cast<std::uint32_t>(domain.codes[row]));
  }
  const std::vector<std::uint32_t> one_stratum(kept.size(), 0);
  for (std::size_t c = 0; c < predictions.classes; ++c) {
    std::vector<double> scores;
    std::vector<std::uint8_t> positive;
    for (std::size_t k = 0; k < kept.size(); ++k) {
      scores.push_back(predictions.probabilities[kept[k] * predictions.classes + c]);
      positive.push_back(class_label.codes[fold.rows[k]] == static_cast<std::int32_t>(c) ? 1 : 0);
    }
    fold.classes.push_back(
        {.all = stats::RankedPairs(scores, positive, one_stratum, 1),
         .within = stats::RankedPairs(scores, positive, strata, domain.levels.size())});
  }
  return fold;
}

struct AllAndWithin {
  double all = 0;
  double within = 0;
};

/// Means over the classes that have both.
std::optional<AllAndWithin> aucs_of(const ScoredFold& fold, std::span<const double> weights) {
  AllAndWithin sum;
  double classes = 0;
  for (const ClassPairs& pairs : fold.classes) {
    const auto all = pairs.all.auc(weights);
    const auto within = pairs.within.auc(weights);
    if (!all || !within) continue;
    sum.all += *all;
    sum.within += *within;
    ++classes;
  }
  if (classes == 0) return std::nullopt;
  return AllAndWithin{.all = sum.all / classes, .within = sum.within / classes};
}

/// Means over fits, of the samples themselves and of bags of their patients.
class Means {
 public:
  explicit Means(const stats::BootstrapBags& bags) : bags_(bags), sums_(bags.bags()) {}

  void add(const ScoredFold& fold, const std::vector<std::uint32_t>& patients) {
    std::vector<double> weights(fold.rows.size(), 1);
    take(whole_, aucs_of(fold, weights));
    for (std::size_t bag = 0; bag < sums_.size(); ++bag) {
      for (std::size_t i = 0; i < weights.size(); ++i)
        weights[i] = bags_.multiplicity(patients[fold.rows[i]], bag);
      take(sums_[bag], aucs_of(fold, weights));
    }
  }
  [[nodiscard]] std::optional<AllAndWithin> mean() const {
    if (whole_.fits == 0) return std::nullopt;
    return AllAndWithin{.all = whole_.all / whole_.fits, .within = whole_.within / whole_.fits};
  }
  /// Of all - within, 95 % of the bags' values.
  [[nodiscard]] std::array<double, 2> interval() const {
    std::vector<double> differences;
    for (const Sum& sum : sums_)
      if (sum.fits > 0) differences.push_back((sum.all - sum.within) / sum.fits);
    std::sort(differences.begin(), differences.end());
    if (differences.empty()) return {-1, 1};
    const auto at = [&](double share) {
      return differences[static_cast<std::size_t>(share *
                                                  static_cast<double>(differences.size() - 1))];
    };
    return {at(0.025), at(0.975)};
  }

 private:
  struct Sum {
    double all = 0;
    double within = 0;
    double fits = 0;
  };
  static void take(Sum& sum, const std::optional<AllAndWithin>& aucs) {
    if (!aucs) return;
    sum.all += aucs->all;
    sum.within += aucs->within;
    ++sum.fits;
  }

  const stats::BootstrapBags& bags_;
  Sum whole_;
  std::vector<Sum> sums_;
};

std::optional<Finding> judge_candidate(const RunEvidence& evidence, const JudgedCandidate& judged,
                                       const Thresholds& thresholds,
                                       const stats::BootstrapBags& bags) {
  const RunRecords& records = evidence.records();
  const ExperimentSamples& samples = records.plan.basis.samples[judged.experiment];
  Means means(bags);
  std::size_t fits = 0;
  for (const Fit* fit : judged.fits) {
    const auto kept = evidence.artefacts(fit->id);
    if (!kept || !kept->held_out) continue;
    means.add(scored_fold(*kept->held_out, samples.class_label, samples.domain), samples.group);
    ++fits;
  }
  if (fits == 0) return std::nullopt;
  const std::string name = name_of(records, judged);
  const auto mean = means.mean();
  if (!mean)
    return Finding{.verdict = Verdict::not_assessed,
                   .text = name + ": no domain of a held-out fold has two classes"};
  const auto [low, high] = means.interval();
  const double difference = mean->all - mean->within;
  Finding finding{
      .text = fmt::format("{}: AUC {:.3f} over all pairs, {:.3f} where both samples are of one "
                          "domain: {:.3f} ({:.3f} to {:.3f}) is lost without the source",
                          name, mean->all, mean->within, difference, low, high),
      .value = difference,
      .threshold = thresholds["loss"]};
  if (difference >= thresholds["loss"] && low > 0) {
    finding.verdict = Verdict::warn;
    finding.evidence.push_back(fmt::format("{}: all {:.4f}, within domains {:.4f}, over {}", name,
                                           mean->all, mean->within, counted(fits, "fit")));
  }
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  std::vector<Finding> findings;
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e) {
    const ExperimentSamples& samples = records.plan.basis.samples[e];
    if (records.job.experiments[e].target != Label::class_label || samples.domain.levels.size() < 2)
      continue;
    RandomStream stream({.root_seed = records.job.seed, .seed = {}, .fold = {}}, "bootstrap");
    const std::size_t patients =
        *std::max_element(samples.group.begin(), samples.group.end()) + std::size_t{1};
    const stats::BootstrapBags bags(patients, kBags, stream);
    for (const JudgedCandidate& judged : judged_candidates(records, e))
      if (auto finding = judge_candidate(evidence, judged, thresholds, bags))
        findings.push_back(std::move(*finding));
  }
  if (findings.empty())
    throw NotAssessed(
        "no experiment predicts the class in a pool of several domains and kept predictions");
  return worst_of(std::move(findings));
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = maker.shortcut_study();
  shorten_class_directions(study, 1.5);
  return {{.what = "a shortcut that is stronger than the disease",
           .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "no domain in the embedding", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& con_03() {
  static const Rule rule{
      .id = "CON-03",
      .title = "scores inside a domain",
      .computes =
          "for the best candidate of each kind, the held-out AUC over all pairs and over pairs of "
          "one domain (the covariate-adjusted AUC of Janes and Pepe 2009), within folds, mean over "
          "classes and fits; the difference with 200 bootstrap bags of patients",
      .does_not_establish =
          "that a model which keeps its score inside domains keeps it in a new one (LEA-05, oos)",
      .serves = "REFORMS: generalizability, confounding; PROBAST+AI: analysis",
      .thresholds = {{"loss", 0.01,
                      "of AUC, with an interval above 0: as much as separates candidates in "
                      "published tables"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
