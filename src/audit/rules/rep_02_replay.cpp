#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/results/run_editor.h"
#include "crossfold/stats/share_bound.h"

#include "case_maker.h"
#include "forgery.h"
#include "replayed.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// What so many clean draws say of the fits that were not drawn.
std::string bound_text(const Replayed& replayed, double confidence) {
  const std::size_t of = replayed.replays.front()->of;
  const std::size_t clean = replayed.same_class + replayed.other_class;
  if (clean >= of) return "; these are all that the run records";
  const double share = stats::largest_share(0, clean, confidence);
  return fmt::format(
      "; were {:.3g} % or more of the {} forged{}, so clean a draw would have come with a "
      "probability of {:.2g} at most",
      100 * share, counted(of, "fit"), replayed.other_class > 0 ? " by more than that" : "",
      1 - confidence);
}

std::string compared_text(const Replayed& replayed) {
  std::string text;
  if (replayed.same_class > 0)
    text =
        fmt::format("{} of {} trained again in the run's own equivalence class {} the same bits",
                    replayed.same_class - replayed.different, counted(replayed.same_class, "fit"),
                    replayed.same_class - replayed.different == 1 ? "gives" : "give");
  if (replayed.other_class > 0)
    text += fmt::format(
        "{}{} of {} trained again in another class, so that only closeness can be asked for, {} "
        "within the tolerance (AUCs differ by {:.2g} at most, a fit's probabilities by {:.2g} on "
        "average)",
        text.empty() ? "" : "; ", replayed.other_class - replayed.distant,
        counted(replayed.other_class, "fit"),
        replayed.other_class - replayed.distant == 1 ? "is" : "are", replayed.largest_auc,
        replayed.largest_probability);
  if (replayed.failed > 0)
    text += fmt::format("{}{} could not be trained again", text.empty() ? "" : "; ",
                        counted(replayed.failed, "fit"));
  return text;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const Replayed replayed =
      compare_replays(evidence, ReplayEngine::same,
                      {.auc = thresholds["auc"], .probability = thresholds["probability"]});
  if (replayed.fits() == 0) throw NotAssessed("the replay was stopped before a fit had ended");
  const std::size_t wrong = replayed.different + replayed.distant;
  Finding finding{.verdict = Verdict::pass,
                  .text = compared_text(replayed),
                  .value = static_cast<double>(wrong),
                  .threshold = 0,
                  .evidence = replayed.evidence};
  if (replayed.different > 0)
    finding.verdict = Verdict::fail;
  else if (replayed.distant + replayed.failed > 0)
    finding.verdict = Verdict::warn;
  else if (replayed.other_class > 0 || replayed.stopped)
    finding.verdict = Verdict::note;
  if (replayed.other_class > 0) {
    finding.evidence.push_back("class in the run: " + replayed.class_there);
    finding.evidence.push_back("class here: " + replayed.class_here);
  }
  if (replayed.stopped)
    finding.text += "; the replay was stopped, so that nothing follows for the other fits";
  else if (wrong + replayed.failed == 0)
    finding.text += bound_text(replayed, thresholds["confidence"]);
  return finding;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto run = maker.clean_run();
  forge_run(run, 4, 10, 0.2);
  return {{.what = "one fit in ten with better probabilities and the scores that belong to them",
           .subject = {.run = run, .replays = {maker.replay(run)}}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const auto run = maker.clean_run();
  for (const std::size_t left : {7, 3}) {
    RunEditor editor(run);
    editor.fits().resize(left);
    editor.save();
  }
  maker.go_on(run);
  return {{.what = "a run that was killed twice and went on",
           .subject = {.run = run, .replays = {maker.replay(run)}}}};
}

}  // namespace

const Rule& rep_02() {
  static const Rule rule{
      .id = "REP-02",
      .title = "fits trained again",
      .computes =
          "fits drawn by SHA-256 of plan hash, the auditor's nonce and fit id are trained again. "
          "In "
          "the equivalence class of the record (build, libraries, instruction set, device) scores, "
          "probabilities and curves have to be the same bits; in another one they have to be "
          "close. For the fits that were not drawn the exact binomial bound is given (Clopper and "
          "Pearson 1934)",
      .does_not_establish =
          "anything of the fits that were not drawn beyond the bound, nor that the store holds "
          "what its makers say",
      .serves = "REFORMS: reproducibility; PROBAST+AI: analysis",
      .thresholds = {{"confidence", 0.95,
                      "the usual one; 59 clean draws then bound what is forged by 5 %"},
                     {"auc", 0.05, "another class only: rounding grows while a network is trained"},
                     {"probability", 0.05,
                      "another class only, mean over a fit's predictions: likewise"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
