#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "fit_places.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// By how much a curve falls over the last tenth of its epochs, of where it was before. Nothing
/// where it has a single value.
std::optional<double> last_fall(const std::vector<double>& losses) {
  if (losses.size() < 2) return std::nullopt;
  const std::size_t epochs = std::max<std::size_t>(losses.size() / 10, 1);
  const double before = losses[losses.size() - 1 - epochs];
  return before > 0 ? std::optional((before - losses.back()) / before) : std::nullopt;
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

bool is_finite(const FitResult& result, const std::optional<Curves>& curves) {
  return std::isfinite(result.training.validation_loss.value_or(0)) &&
         std::isfinite(result.solver.worst_gradient) &&
         (!curves ||
          (all_finite(curves->train_class_loss) && all_finite(curves->train_domain_loss) &&
           all_finite(curves->validation_loss) &&
           std::all_of(curves->further_adversaries.begin(), curves->further_adversaries.end(),
                       [](const AdversaryCurves& one) { return all_finite(one.train_loss); })));
}

/// What became of the trainings of a run.
struct Counters {
  std::size_t fits = 0, networks = 0;
  std::size_t unconverged = 0, not_finite = 0;
  std::size_t at_limit = 0, falling = 0, unknown = 0;  ///< of the networks
  std::vector<std::string> solves, losses, falls;      ///< evidence
};

class Look {
 public:
  Look(const RunEvidence& evidence, const Thresholds& thresholds)
      : evidence_(evidence), thresholds_(thresholds) {}

  void take(const Fit& fit, const FitResult& result) {
    const std::string place = place_of(evidence_.records(), fit);
    if (result.failed()) {
      if (result.error.find("not finite") == std::string::npos) return;
      ++counters.not_finite;
      counters.losses.push_back(fmt::format("{}: failed: {}", place, result.error));
      return;
    }
    ++counters.fits;
    const SolverFacts& solver = result.solver;
    if (solver.unconverged > 0 || solver.worst_gradient > thresholds_["gradient"]) {
      ++counters.unconverged;
      counters.solves.push_back(fmt::format(
          "{}: {} of {} unconverged, gradient up to {:.2g}", place, solver.unconverged,
          counted(static_cast<std::uint64_t>(solver.solves), "solve"), solver.worst_gradient));
    }
    const std::optional<Curves> curves = curves_of(fit.id);
    if (!is_finite(result, curves)) {
      ++counters.not_finite;
      counters.losses.push_back(place + ": a loss or a gradient is not finite");
    }
    if (result.training.stop == StopReason::closed_form) return;
    ++counters.networks;
    if (result.training.stop == StopReason::epochs) look_at_end(place, curves);
  }

  Counters counters;

 private:
  [[nodiscard]] std::optional<Curves> curves_of(const FitId& id) const {
    try {
      return evidence_.artefacts(id).value_or(Artefacts{}).curves;
    } catch (const Error&) {
      return std::nullopt;  // INT-03 tells of it
    }
  }

  void look_at_end(const std::string& place, const std::optional<Curves>& curves) {
    ++counters.at_limit;
    const std::optional<double> fall = curves ? last_fall(curves->validation_loss) : std::nullopt;
    if (!fall) {
      ++counters.unknown;
    } else if (*fall > thresholds_["fall"]) {
      ++counters.falling;
      counters.falls.push_back(
          fmt::format("{}: the validation loss fell by {:.2g} % in the last tenth of its {}", place,
                      100 * *fall, counted(curves->validation_loss.size(), "epoch")));
    }
  }

  const RunEvidence& evidence_;
  const Thresholds& thresholds_;
};

std::string text_of(const Counters& counters) {
  std::string text = fmt::format(
      "of {}, {} with a logistic regression that did not converge, {} with a loss that is not "
      "finite",
      counted(counters.fits, "trained fit"), counters.unconverged, counters.not_finite);
  if (counters.networks == 0) return text;
  text += fmt::format("; of {}, {} ended by the epoch limit", counted(counters.networks, "network"),
                      counters.at_limit);
  if (counters.at_limit > counters.unknown)
    text += fmt::format(", {} of these while the validation loss still fell", counters.falling);
  if (counters.unknown > 0) text += fmt::format(" ({} kept no validation curve)", counters.unknown);
  return text;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  Look look(evidence, thresholds);
  std::unordered_set<FitId> seen;
  for (const Fit& fit : records.plan.fits)
    if (const FitResult* result = records.find(fit.id);
        result != nullptr && seen.insert(fit.id).second)
      look.take(fit, *result);
  Counters& counters = look.counters;
  if (counters.fits + counters.not_finite == 0) throw NotAssessed("the run records no trained fit");
  Finding finding{.verdict = counters.at_limit > 0 ? Verdict::note : Verdict::pass,
                  .text = text_of(counters)};
  const double falling = counters.networks == 0 ? 0
                                                : static_cast<double>(counters.falling) /
                                                      static_cast<double>(counters.networks);
  const bool too_many_fall = falling > thresholds["falling_share"];
  if (counters.unconverged + counters.not_finite > 0 || too_many_fall)
    finding.verdict = Verdict::warn;
  finding.value =
      too_many_fall ? falling : static_cast<double>(counters.unconverged + counters.not_finite);
  finding.threshold = too_many_fall ? thresholds["falling_share"] : 0;
  for (const auto* lines : {&counters.solves, &counters.losses, &counters.falls})
    finding.evidence.insert(finding.evidence.end(), lines->begin(), lines->end());
  return finding;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto early = maker.clean_run();
  RunEditor editor(early);
  for (EditedFit& fit : editor.fits()) {
    fit.result.solver.unconverged = 1;
    fit.result.solver.worst_gradient = 3e-4;
  }
  editor.save();
  MadeStudy brief = maker.clean_study();
  brief.job["training"]["epochs"] = 2;
  return {{.what = "probes by a solver that ended after three steps", .subject = {.run = early}},
          {.what = "networks of two epochs", .subject = {.run = maker.train(brief)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "the usual solver, networks that have settled",
           .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& rep_04() {
  static const Rule rule{
      .id = "REP-04",
      .title = "convergence",
      .computes =
          "fits with a logistic regression that ended above its gradient tolerance; losses that "
          "are "
          "not finite, fits that failed by one; networks that the epoch limit ended rather than "
          "the plateau rule, and how much their validation loss fell in the last tenth of the "
          "epochs",
      .does_not_establish = "that training longer or otherwise would not change a conclusion",
      .serves = "REFORMS: computational modelling; PROBAST+AI: analysis",
      .thresholds =
          {{"gradient", 1e-6,
            "largest entry of a logistic regression's gradient; the solver's own tolerance, which "
            "keeps probabilities within 1e-4 of scikit-learn's"},
           {"fall", 0.1, "of the validation loss over a tenth of the training: far from settled"},
           {"falling_share", 0.1, "of the networks: single fits do not move a mean"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
