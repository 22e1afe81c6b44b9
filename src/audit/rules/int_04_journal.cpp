#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/plan/fit_result_json.h"
#include "crossfold/plan/plan.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// All that a fit's line says and that one equivalence class has to repeat.
nlohmann::json numbers_of(const FitResult& result) {
  nlohmann::json value = fit_result_to_json(result);
  value.erase("seconds");
  return value;
}

/// Fits that succeeded more than once in one class, and not with the same numbers.
void compare_repeats(const RunScan& scan, Finding& finding) {
  std::map<std::pair<FitId, std::string>, const ScannedFit*> first;
  for (const ScannedFit& fit : scan.fits) {
    if (fit.result.failed()) continue;
    const auto [known, fresh] =
        first.emplace(std::pair(fit.result.id, fit.origin.equivalence_class), &fit);
    if (!fresh && numbers_of(known->second->result) != numbers_of(fit.result))
      finding.evidence.push_back(
          fmt::format("fit {}: lines {} and {} are of one equivalence class and give other numbers",
                      fit.result.id.hex().substr(0, 8), known->second->line, fit.line));
  }
}

/// Lines whose numbers of samples are not those of the fit's split.
void compare_counts(const RunScan& scan, const PlannedWork& planned_work, Finding& finding) {
  std::unordered_map<FitId, const Fit*> planned;
  for (const Fit& fit : planned_work.plan->fits) planned.emplace(fit.id, &fit);
  for (const ScannedFit& line : scan.fits) {
    const auto fit = planned.find(line.result.id);
    if (fit == planned.end()) {
      finding.evidence.push_back(fmt::format("line {}: fit {} is not in the plan", line.line,
                                             line.result.id.hex().substr(0, 8)));
      continue;
    }
    if (line.result.failed()) continue;
    const Split split = split_of(*planned_work.job, *planned_work.plan, *fit->second);
    if (line.result.n_train != split.train.size() + split.validation.size() ||
        line.result.n_validation != split.validation.size() ||
        line.result.n_test != split.test.size())
      finding.evidence.push_back(fmt::format(
          "line {}: fit {} was trained on {} samples, {} of them for validation, and scored on {}; "
          "its split has {}, {} and {}",
          line.line, line.result.id.hex().substr(0, 8), line.result.n_train,
          line.result.n_validation, line.result.n_test,
          split.train.size() + split.validation.size(), split.validation.size(),
          split.test.size()));
  }
}

Finding judge(const RunEvidence& evidence, const Thresholds&) {
  const RunScan& scan = evidence.scan();
  const auto [job, plan] = evidence.planned();
  Finding finding;
  compare_repeats(scan, finding);
  compare_counts(scan, {job, plan}, finding);
  finding.value = static_cast<double>(finding.evidence.size());
  finding.threshold = 0;
  if (!finding.evidence.empty()) {
    finding.verdict = Verdict::fail;
    finding.text = counted(finding.evidence.size(), "line") +
                   " of the journal contradict the plan or another line";
    return finding;
  }
  std::set<FitId> done;
  std::size_t successes = 0;
  for (const ScannedFit& fit : scan.fits) {
    if (fit.result.failed()) continue;
    done.insert(fit.result.id);
    ++successes;
  }
  const std::size_t planned = distinct_fits(*plan);
  finding.text = fmt::format("{} of {} are recorded, with the numbers of samples of their splits",
                             done.size(), counted(planned, "planned fit"));
  if (const std::size_t repeated = successes - done.size(); repeated > 0)
    finding.text +=
        fmt::format("; {} repeated, those of one equivalence class with the same numbers",
                    counted_are(repeated, "line"));
  if (done.size() < planned && plan->chains.empty()) {
    finding.verdict = Verdict::note;
    finding.text +=
        fmt::format("; {} missing or failed", counted_are(planned - done.size(), "fit"));
  }
  return finding;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto repeated = maker.clean_run();
  {
    RunEditor editor(repeated);
    EditedFit again = editor.fits().at(0);
    again.result.held_out.auc = *again.result.held_out.auc - 0.01;
    editor.fits().push_back(std::move(again));
    editor.save();
  }
  const auto counts = maker.clean_run();
  {
    RunEditor editor(counts);
    editor.fits().at(2).result.n_test += 1;
    editor.save();
  }
  return {{.what = "a second line for a fit, with another AUC and a sound checksum",
           .subject = {.run = repeated}},
          {.what = "a fit that says it was scored on one sample more", .subject = {.run = counts}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const auto run = maker.clean_run();
  RunEditor editor(run);
  editor.fits().resize(5);
  editor.save();
  maker.go_on(run);
  return {{.what = "a run that was interrupted and went on", .subject = {.run = run}}};
}

}  // namespace

const Rule& int_04() {
  static const Rule rule{
      .id = "INT-04",
      .title = "the journal against the plan",
      .computes =
          "that each line is of a planned fit, with the numbers of samples of its split, "
          "which is dealt again; that a fit which succeeded twice in one equivalence class "
          "has the same numbers both times; how many fits are missing",
      .does_not_establish = "that lines which agree are true (REP-01, REP-02)",
      .serves = "REFORMS: reproducibility; PROBAST+AI: analysis",
      .thresholds = {},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
