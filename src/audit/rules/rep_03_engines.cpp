#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/job/names.h"

#include "case_maker.h"
#include "replayed.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const Replayed replayed =
      compare_replays(evidence, ReplayEngine::other,
                      {.auc = thresholds["auc"], .probability = thresholds["fit_probability"]});
  if (replayed.fits() == 0) throw NotAssessed("the replay was stopped before a fit had ended");
  const std::size_t wrong = replayed.distant + replayed.different + replayed.failed;
  const double typical = median(replayed.probabilities);
  Finding finding{
      .verdict = wrong > 0 || typical > thresholds["probability"] ? Verdict::warn : Verdict::pass,
      .text = {},
      .value = typical,
      .threshold = thresholds["probability"],
      .evidence = replayed.evidence};
  finding.text = fmt::format(
      "{} of {} trained again by the {} engine {} close: class probabilities differ by {:.2g} in "
      "the median fit and by {:.2g} at most (a fit's mean), AUCs by {:.2g} at most",
      replayed.fits() - wrong, counted(replayed.fits(), "fit"),
      name_of(replayed.replays.front()->outcome.engine),
      replayed.fits() - wrong == 1 ? "is" : "are", typical, replayed.largest_probability,
      replayed.largest_auc);
  if (replayed.stopped) finding.text += "; the replay was stopped before its end";
  return finding;
}

/// An engine with a fault: its weight decay is a hundred times what it is told.
class WrongDecay final : public Engine {
 public:
  explicit WrongDecay(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  [[nodiscard]] std::vector<FitOutcome> fit_cohort(std::span<const FitTask> cohort) override {
    std::vector<Candidate> candidates;
    for (const FitTask& task : cohort) {
      candidates.push_back(*task.candidate);
      if (is_network(candidates.back())) training_of(candidates.back()).weight_decay *= 100;
    }
    std::vector<FitTask> tasks(cohort.begin(), cohort.end());
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].candidate = &candidates[i];
    return engine_->fit_cohort(tasks);
  }

 private:
  std::unique_ptr<Engine> engine_;
};

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto run = maker.clean_run();
  ReplaySettings settings{.engine = EngineKind::reference};
  settings.engines = [](EngineKind kind, const ComputeDevice& device) {
    return std::make_unique<WrongDecay>(make_engine(kind, device));
  };
  return {{.what = "another engine with a hundred times the weight decay",
           .subject = {.run = run, .replays = {maker.replay(run, settings)}}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const auto run = maker.clean_run();
  return {
      {.what = "the other engine, with other kernels and instructions",
       .subject = {.run = run, .replays = {maker.replay(run, {.engine = EngineKind::reference})}}}};
}

}  // namespace

const Rule& rep_03() {
  static const Rule rule{
      .id = "REP-03",
      .title = "the other engine",
      .computes =
          "drawn fits trained again by the engine that the run did not use (the reference engine "
          "is "
          "LibTorch's autograd and its AdamW, the lockstep engine has kernels of its own), from "
          "the "
          "same initial weights, batches and splits: their AUCs and class probabilities have to be "
          "close",
      .does_not_establish =
          "that both engines do what the protocol says, only that they do the same",
      .serves = "REFORMS: computational modelling; PROBAST+AI: analysis",
      .thresholds =
          {{"probability", 0.002,
            "of a fit's predictions, mean, in the median fit: rounding stays far below, a wrong "
            "setting moves all fits"},
           {"fit_probability", 0.05,
            "the same in any one fit: rounding grows while a network is trained against another"},
           {"auc", 0.05, "likewise"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
