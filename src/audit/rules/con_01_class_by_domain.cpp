#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/stats/contingency.h"

#include "case_maker.h"
#include "class_experiments.h"
#include "pool_labels.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// Classes that one domain alone has: what the class looks like and what the domain looks like
/// cannot be told apart for them.
std::vector<std::string> unidentifiable(const stats::PairedLabels& labels,
                                        const ExperimentSamples& samples,
                                        std::vector<std::string>& classes) {
  const std::vector<std::uint64_t> table = stats::contingency_table(labels);
  std::vector<std::string> lines;
  for (std::size_t c = 0; c < labels.a_levels; ++c) {
    const auto first = table.begin() + static_cast<std::ptrdiff_t>(c * labels.b_levels);
    const auto last = first + static_cast<std::ptrdiff_t>(labels.b_levels);
    if (std::count_if(first, last, [](std::uint64_t n) { return n > 0; }) != 1) continue;
    const auto only = std::max_element(first, last);
    classes.push_back(samples.class_label.levels[c]);
    lines.push_back(fmt::format("class {}: all of its {} are from the domain {}",
                                samples.class_label.levels[c], counted(*only, "patient"),
                                samples.domain.levels[static_cast<std::size_t>(only - first)]));
  }
  return lines;
}

Finding judge_experiment(const RunRecords& records, std::size_t experiment,
                         const Thresholds& thresholds) {
  const ExperimentSamples& samples = records.plan.basis.samples[experiment];
  const std::string& name = records.job.experiments[experiment].name;
  const stats::PairedLabels labels =
      labels_of_patients(samples.pool, samples.group, class_label(samples), domain_label(samples));
  RandomStream stream({.root_seed = records.job.seed, .seed = {}, .fold = {}}, "audit-permutation");
  constexpr std::size_t kPermutations = 999;
  const auto found = stats::test_association(labels, kPermutations, stream);
  if (!found)
    return {.verdict = Verdict::not_assessed,
            .text = name + ": its pool has one domain or one class only"};
  std::vector<std::string> alone;
  Finding finding{.value = found->v, .threshold = thresholds["v"]};
  finding.evidence = unidentifiable(labels, samples, alone);
  finding.text = fmt::format("{}: Cramer's V of class and domain is {:.2f} over {} (p = {:.3f})",
                             name, found->v, counted(labels.a.size(), "patient"), found->p);
  if (found->v >= thresholds["v"] && found->p <= thresholds["p"]) {
    finding.verdict = Verdict::warn;
    finding.text += ": who knows the source knows part of the answer";
  }
  if (!alone.empty()) {
    finding.verdict = Verdict::warn;
    finding.text += fmt::format(
        "; not identifiable: {} stand{} in one domain only, so that no data of this pool can tell "
        "the disease from the source",
        fmt::join(alone, ", "), alone.size() == 1 ? "s" : "");
  }
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
  MadeStudy study = maker.clean_study();
  for (std::size_t row = 0; row < study.samples.size(); ++row)
    if (study.samples.class_label.codes[row] == 2 && study.samples.role.codes[row] == 0)
      study.samples.domain.codes[row] = study.samples.domain.codes[0];
  return {{.what = "one class from one source only", .subject = {.run = maker.train(study)}},
          {.what = "a domain that is the class with probability 0.8",
           .subject = {.run = maker.shortcut_run()}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "class and domain independent", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& con_01() {
  static const Rule rule{
      .id = "CON-01",
      .title = "class by domain",
      .computes =
          "Cramer's V of class and domain over the pool's patients, its p by 999 random orders; "
          "classes that stand in one domain only",
      .does_not_establish =
          "that a model makes use of it (CON-03), or that no other property goes with the class",
      .serves = "REFORMS: data quality, confounding; PROBAST+AI: participants and data sources",
      .thresholds = {{"v", 0.2,
                      "between a small and a medium effect (Cohen 1988: 0.1, 0.3 for two levels); "
                      "from there the source alone scores an AUC of about 0.6 (CON-02)"},
                     {"p", 0.01, "V is never 0 in a sample"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
