#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"

#include "case_maker.h"
#include "fold_table.h"
#include "made_splits.h"
#include "pool_labels.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// Patients of each level in each fold [folds, levels], for one seed.
std::vector<std::vector<std::size_t>> patients_by_fold(const ExperimentSamples& samples,
                                                       const RowLabel& label,
                                                       const std::vector<std::int32_t>& fold,
                                                       std::size_t folds) {
  std::vector<std::vector<std::uint32_t>> rows(folds);
  for (const std::uint32_t row : samples.pool)
    if (fold[row] >= 0) rows[static_cast<std::size_t>(fold[row])].push_back(row);
  std::vector<std::vector<std::size_t>> counts;
  for (const auto& some : rows) counts.push_back(patients_of_levels(some, samples.group, label));
  return counts;
}

/// The largest share of a level's patients in one fold of one seed, over levels with enough of
/// them; and what is missing where.
struct Balance {
  double largest = 0;
  std::vector<std::string> concentrated;
  std::vector<std::string> absent;
};

void look_at(const std::string& experiment, const ExperimentSamples& samples, const RowLabel& label,
             const FoldTable& folds, const Thresholds& thresholds, Balance& balance) {
  const auto all = patients_of_levels(samples.pool, samples.group, label);
  for (std::size_t seed = 0; seed < folds.fold.size(); ++seed) {
    const auto counts = patients_by_fold(samples, label, folds.fold[seed], folds.folds);
    for (std::size_t level = 0; level < all.size(); ++level) {
      const std::string what = fmt::format("{}, seed {}: {} {} ({})", experiment, seed, label.name,
                                           label.levels[level], counted(all[level], "patient"));
      std::size_t most = 0;
      std::vector<std::size_t> without;
      for (std::size_t fold = 0; fold < counts.size(); ++fold) {
        most = std::max(most, counts[fold][level]);
        if (counts[fold][level] == 0) without.push_back(fold);
      }
      if (!without.empty())
        balance.absent.push_back(
            fmt::format("{} is missing from fold {}", what, fmt::join(without, ", ")));
      if (static_cast<double>(all[level]) < thresholds["patients"]) continue;
      const double share = static_cast<double>(most) / static_cast<double>(all[level]);
      balance.largest = std::max(balance.largest, share);
      if (share >= thresholds["share"])
        balance.concentrated.push_back(
            fmt::format("{} has {:.0f} % of its patients in one fold", what, 100 * share));
    }
  }
}

Finding judge_experiment(const RunRecords& records, std::size_t experiment,
                         const Thresholds& thresholds) {
  const ExperimentSamples& samples = records.plan.basis.samples[experiment];
  const std::string& name = records.job.experiments[experiment].name;
  const FoldTable folds = fold_table(records, experiment);
  Balance balance;
  for (const RowLabel& label : {domain_label(samples), class_label(samples)})
    look_at(name, samples, label, folds, thresholds, balance);
  Finding finding{.value = balance.largest, .threshold = thresholds["share"]};
  if (!balance.concentrated.empty()) {
    finding.verdict = Verdict::warn;
    finding.text = fmt::format(
        "{}: a domain or class stands in one fold {}: the model that is scored on it never met "
        "it, and the others are never scored on it (a design that leaves sources out does so on "
        "purpose)",
        name,
        balance.concentrated.size() == 1 ? "once"
                                         : fmt::format("{} times", balance.concentrated.size()));
    finding.evidence = std::move(balance.concentrated);
  } else if (!balance.absent.empty()) {
    finding.verdict = Verdict::note;
    finding.text = fmt::format(
        "{}: a domain or class is missing from a held-out fold {} (scores there are of fewer "
        "levels); no fold has more than {:.0f} % of one",
        name, balance.absent.size() == 1 ? "once" : fmt::format("{} times", balance.absent.size()),
        100 * balance.largest);
    finding.evidence = std::move(balance.absent);
  } else {
    finding.text = fmt::format(
        "{}: every fold of {} has all domains and classes, none more than {:.0f} % of "
        "one",
        name, counted(folds.fold.size(), "seed"), 100 * balance.largest);
  }
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  if (records.job.splits.scheme != SplitScheme::k_fold)
    throw NotAssessed(fmt::format("splits of the scheme '{}' have no folds that could be uneven",
                                  name_of(records.job.splits.scheme)));
  std::vector<Finding> findings;
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e)
    findings.push_back(judge_experiment(records, e, thresholds));
  return worst_of(std::move(findings));
}

/// A run of a split file that has the second level of a label in one fold.
std::filesystem::path run_with_level_in_one_fold(CaseMaker& maker,
                                                 CodedColumn SampleTable::*label) {
  MadeStudy study = maker.clean_study();
  std::vector<std::int32_t>& codes = (study.samples.*label).codes;
  for (std::size_t row = 1; row < study.samples.size(); ++row)  // whole patients
    if (study.samples.group[row] == study.samples.group[row - 1]) codes[row] = codes[row - 1];
  give_splits(maker, study, [&](std::size_t row, std::size_t seed) {
    return codes[row] == 1 ? std::size_t{0} : fold_of_patient(study.samples.group[row], seed, 3);
  });
  return maker.train(study);
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  return {{.what = "a domain in one fold, by a split file of the study's own",
           .subject = {.run = run_with_level_in_one_fold(maker, &SampleTable::domain)}},
          {.what = "a class in one fold, likewise",
           .subject = {.run = run_with_level_in_one_fold(maker, &SampleTable::class_label)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "folds dealt by class", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& con_06() {
  static const Rule rule{
      .id = "CON-06",
      .title = "folds against domain and class",
      .computes =
          "for every seed, how the patients of each domain and class are spread over the folds: "
          "the largest share in one fold, of levels with enough patients, and levels that a fold "
          "lacks",
      .does_not_establish = "that folds which hold every domain ask the question of a new domain",
      .serves = "REFORMS: data splitting; PROBAST+AI: analysis",
      .thresholds =
          {{"share", 0.9, "of a level's patients: more is no accident of dealing"},
           {"patients", 20,
            "of a level: fewer come together in one of two folds by chance more than once "
            "in a thousand studies"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
