#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"
#include "crossfold/samples/repeated_splits.h"

#include "case_maker.h"
#include "fold_table.h"
#include "made_splits.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// The splits of an experiment by what they hold out, dealt again or as they were given.
RepeatedSplits compare_splits(const RunRecords& records, std::size_t experiment) {
  const FoldTable table = fold_table(records, experiment);
  SplitComparison comparison;
  for (std::uint32_t seed = 0; seed < table.fold.size(); ++seed) {
    std::vector<std::vector<std::uint32_t>> held_out(table.folds);
    for (const std::uint32_t row : records.plan.basis.samples[experiment].pool) {
      const std::int32_t fold = table.fold[seed][row];
      if (fold >= 0 && static_cast<std::size_t>(fold) < table.folds)
        held_out[static_cast<std::size_t>(fold)].push_back(row);
    }
    for (const std::vector<std::uint32_t>& rows : held_out) comparison.add(SeedIndex(seed), rows);
  }
  return comparison.repeated();
}

Finding judge_experiment(const RunRecords& records, std::size_t experiment, double most) {
  const RepeatedSplits repeated = compare_splits(records, experiment);
  const std::size_t repetitions = repeated.splits - repeated.distinct;
  Finding finding{.value = static_cast<double>(repetitions) / static_cast<double>(repeated.splits),
                  .threshold = most};
  finding.text = fmt::format("{}: {} of {} are distinct", records.job.experiments[experiment].name,
                             repeated.distinct, counted(repeated.splits, "split"));
  if (repetitions == 0) return finding;
  const bool is_much = !repeated.same_seeds.empty() || *finding.value > most;
  finding.verdict = is_much ? Verdict::warn : Verdict::note;
  finding.text += ": means, intervals and tests count the rest more than once";
  if (!repeated.same_seeds.empty())
    finding.evidence.push_back(fmt::format("{}: the same splits in {}",
                                           records.job.experiments[experiment].name,
                                           text_of_seeds(repeated)));
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  if (records.job.splits.scheme == SplitScheme::leave_out)
    throw NotAssessed(fmt::format("splits of the scheme '{}' hold out the same in every seed",
                                  name_of(records.job.splits.scheme)));
  std::vector<Finding> findings;
  for (std::size_t e = 0; e < records.job.experiments.size(); ++e)
    findings.push_back(judge_experiment(records, e, thresholds["repeated"]));
  return worst_of(std::move(findings));
}

/// A split file whose second seed deals what the first one did.
std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  give_splits(maker, study, [&](std::size_t row, std::size_t seed) {
    return (fold_of_patient(study.samples.group[row], 0, 3) + seed) % 3;
  });
  return {{.what = "two seeds with the same folds, numbered otherwise",
           .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {
      {.what = "two seeds that deal dozens of patients", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& sta_05() {
  static const Rule rule{
      .id = "STA-05",
      .title = "repeated splits",
      .computes =
          "the share of splits that hold out the very samples that another one does, and which "
          "seeds have the same splits in whatever order: few patients can be dealt in few ways, "
          "and an interval over n splits supposes n of them",
      .does_not_establish = "that splits which differ are independent (Nadeau and Bengio 2003)",
      .serves = "REFORMS: uncertainty; PROBAST+AI: analysis",
      .thresholds = {{"repeated", 0.1,
                      "of the splits: an error that falls as 1/sqrt(n) is 5 % too small then. A "
                      "seed with the splits of another is told of whatever their share"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
