#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/plan/plan.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "fit_places.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// What is wrong with what a fit left behind; nothing where it is the fit's own.
std::optional<std::string> problem_with(const RunEvidence& evidence, const Fit& fit) {
  const RunRecords& records = evidence.records();
  std::optional<Artefacts> found;
  try {
    found = evidence.artefacts(fit.id);
  } catch (const Error& error) {
    return error.what();
  }
  if (!found) return "is missing, or its bytes are not those that the journal names (SHA-256)";
  const Split split = split_of(records.job, records.plan, fit);
  if (found->held_out && found->held_out->rows != split.test)
    return "predictions are of other rows than the fit's held-out fold";
  if (found->oos && found->oos->rows != records.plan.basis.samples[fit.experiment].oos)
    return "predictions are of other rows than the out-of-sample set";
  const bool all_there = found->sets.empty() || found->sets.size() == split.sets.size();
  for (std::size_t i = 0; i < found->sets.size() && all_there; ++i)
    if (found->sets[i].rows != split.sets[i])
      return fmt::format("predictions are of other rows than its part of the set '{}'",
                         records.job.experiments[fit.experiment].evaluate_sets[i]);
  if (!all_there) return "predictions are of another number of named sets";
  return std::nullopt;
}

Finding judge(const RunEvidence& evidence, const Thresholds&) {
  const RunRecords& records = evidence.records();
  Finding finding;
  std::size_t kept = 0;
  std::unordered_set<FitId> seen;
  for (const Fit& fit : records.plan.fits) {
    const FitResult* result = records.find(fit.id);
    if (result == nullptr || result->failed() || !seen.insert(fit.id).second) continue;
    if (!records.artefacts.contains(fit.id)) {
      if (spec_of(records.job, fit).keep.predictions)
        finding.evidence.push_back(place_of(records, fit) +
                                   ": kept nothing, though the job asks for predictions");
      continue;
    }
    ++kept;
    if (const auto problem = problem_with(evidence, fit))
      finding.evidence.push_back(fmt::format("{}: {}", place_of(records, fit), *problem));
  }
  finding.value = static_cast<double>(finding.evidence.size());
  finding.threshold = 0;
  if (!finding.evidence.empty()) {
    finding.verdict = Verdict::fail;
    finding.text = fmt::format("what {} left behind is missing, damaged or another fit's",
                               counted(finding.evidence.size(), "fit"));
    return finding;
  }
  finding.text = kept == 0 ? "the job asks for none, and no fit left any"
                           : fmt::format("those of {} are whole and of the rows of their splits",
                                         counted(kept, "fit"));
  for (const UnnamedArtefacts& file :
       unnamed_artefacts(evidence.subject().run, evidence.scan().fits)) {
    finding.verdict = Verdict::note;
    finding.evidence.push_back(fmt::format("{}: {} that no line of the journal names", file.file,
                                           counted(file.documents, "document")));
  }
  if (finding.verdict == Verdict::note)
    finding.text += "; there are others beside, as a kill leaves them";
  return finding;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto run = maker.clean_run();
  RunEditor editor(run);
  std::vector<EditedFit>& fits = editor.fits();
  // Of another split: on the same rows REP-01 tells them apart.
  const auto rows = [](const EditedFit& fit) { return fit.result.artefacts.held_out.value().rows; };
  const auto other = std::find_if(fits.begin(), fits.end(), [&](const EditedFit& fit) {
    return rows(fit) != rows(fits.front());
  });
  std::swap(fits.front().result.artefacts, other->result.artefacts);
  editor.save();
  return {
      {.what = "what two fits left behind exchanged, hashes repaired", .subject = {.run = run}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  study.job["output"] = {{"predictions", false}, {"curves", false}};
  return {{.what = "a job that keeps nothing", .subject = {.run = maker.train(study)}}};
}

}  // namespace

const Rule& int_03() {
  static const Rule rule{
      .id = "INT-03",
      .title = "artefacts",
      .computes =
          "for each fit, that its artefacts are there, have the hash that the journal "
          "names, are its own, and that its predictions are of exactly the rows of its "
          "held-out fold and out-of-sample set, which are dealt again; artefacts that no "
          "line names are told",
      .does_not_establish = "that the predictions came from a model (REP-02)",
      .serves = "REFORMS: reproducibility; PROBAST+AI: analysis",
      .thresholds = {},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
