#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"

#include "candidate_fits.h"
#include "case_maker.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

struct Place {
  const std::vector<std::uint32_t>& rows;
  const char* name;
};

/// Patients of each level among these rows.
std::vector<std::size_t> patients_by_level(const ExperimentSamples& samples,
                                           const CodedColumn& column,
                                           const std::vector<std::uint32_t>& rows) {
  std::vector<std::set<std::uint32_t>> patients(column.levels.size());
  for (const std::uint32_t row : rows)
    if (column.codes[row] >= 0)
      patients[static_cast<std::size_t>(column.codes[row])].insert(samples.group[row]);
  std::vector<std::size_t> counts;
  for (const auto& level : patients) counts.push_back(level.size());
  return counts;
}

/// Levels of the target with few patients, and the smallest number of all.
Finding judge_patients(const Experiment& experiment, const ExperimentSamples& samples,
                       double least) {
  Finding finding{.threshold = least};
  const CodedColumn& target = samples.column(experiment.target);
  std::string smallest;
  for (const Place& place :
       {Place{samples.pool, "in the pool"}, Place{samples.oos, "out of sample"}}) {
    if (place.rows.empty()) continue;
    const std::vector<std::size_t> counts = patients_by_level(samples, target, place.rows);
    for (std::size_t level = 0; level < counts.size(); ++level) {
      const auto patients = static_cast<double>(counts[level]);
      const std::string where = fmt::format("'{}' has {} {}", target.levels[level],
                                            counted(counts[level], "patient"), place.name);
      if (!finding.value || patients < *finding.value) {
        finding.value = patients;
        smallest = where;
      }
      if (patients < least)
        finding.evidence.push_back(fmt::format("{}: {}", experiment.name, where));
    }
  }
  if (!finding.evidence.empty()) finding.verdict = Verdict::warn;
  finding.text =
      fmt::format("{}: the smallest {} {}", experiment.name, name_of(experiment.target), smallest);
  return finding;
}

/// All that a fit was scored on.
std::vector<const stats::ScoreSet*> scores_of(const FitResult& fit) {
  std::vector<const stats::ScoreSet*> all{&fit.held_out};
  if (fit.oos) all.push_back(&*fit.oos);
  for (const stats::ScoreSet& set : fit.sets) all.push_back(&set);
  if (fit.probe) all.push_back(&*fit.probe);
  for (const ProbeResult& probe : fit.probes) all.push_back(&probe.scores);
  return all;
}

/// Class AUCs that no fit could give, of all that were asked for.
Finding judge_undefined(const RunRecords& records, std::uint32_t experiment, double most) {
  std::size_t asked = 0;
  std::size_t undefined = 0;
  Finding finding{.threshold = most};
  for (const CandidateFits& fits : candidate_fits(records)) {
    if (fits.experiment != experiment) continue;
    std::size_t of_candidate = 0;
    for (const FitResult* fit : fits.done) {
      if (fit == nullptr) continue;
      for (const stats::ScoreSet* scores : scores_of(*fit)) {
        asked += scores->classes.size();
        of_candidate += scores->undefined_aucs;
      }
    }
    undefined += of_candidate;
    if (of_candidate > 0)
      finding.evidence.push_back(fmt::format("{}: {} undefined over its fits",
                                             row_name(records, fits),
                                             counted_are(of_candidate, "class AUC")));
  }
  if (asked == 0) throw NotAssessed("no fit has succeeded");
  finding.value = static_cast<double>(undefined) / static_cast<double>(asked);
  finding.text = fmt::format("{}: {} of {} undefined, because the scored samples lack the class",
                             records.job.experiments[experiment].name, undefined,
                             counted_are(asked, "class AUC"));
  if (undefined > 0) finding.verdict = *finding.value > most ? Verdict::warn : Verdict::note;
  return finding;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  std::vector<Finding> findings;
  for (std::uint32_t e = 0; e < records.job.experiments.size(); ++e) {
    findings.push_back(judge_patients(records.job.experiments[e], records.plan.basis.samples[e],
                                      thresholds["min_patients"]));
    try {
      findings.push_back(judge_undefined(records, e, thresholds["max_undefined"]));
    } catch (const NotAssessed& why) {
      findings.push_back({.verdict = Verdict::not_assessed, .text = why.reason()});
    }
  }
  return worst_of(std::move(findings));
}

/// All but two patients of pneumonia become normal.
std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  SampleTable& samples = study.samples;
  const auto level =
      std::find(samples.class_label.levels.begin(), samples.class_label.levels.end(), "pneumonia");
  const auto rare = static_cast<std::int32_t>(level - samples.class_label.levels.begin());
  std::set<std::string> kept;
  for (std::size_t row = 0; row < samples.size(); ++row) {
    const bool is_oos = *samples.role.name_of(row) == "oos";
    if (samples.class_label.codes[row] != rare || is_oos) continue;
    if (kept.contains(samples.group[row]) || kept.size() < 2)
      kept.insert(samples.group[row]);
    else
      samples.class_label.codes[row] = rare == 0 ? 1 : 0;
  }
  return {{.what = "a class of two patients", .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "classes of dozens of patients each", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& sta_01() {
  static const Rule rule{
      .id = "STA-01",
      .version = 2,
      .title = "small classes and undefined scores",
      .computes =
          "patients (not images) of each class in the pool and out of sample, and the share of "
          "class "
          "AUCs over all fits that are undefined because the scored samples lack the class, or "
          "every other one",
      .does_not_establish =
          "that classes above the threshold are large enough for the difference "
          "that is claimed (STA-02)",
      .serves = "REFORMS: sample size, uncertainty; PROBAST+AI: participants, analysis",
      .thresholds =
          {{"min_patients", 10,
            "under ten patients an AUC's standard error is above 0.1 (Hanley and McNeil 1982), "
            "whatever the number of their images"},
           {"max_undefined", 0.05,
            "a mean over fits of which one in twenty is undefined is no longer one over the "
            "folds"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
