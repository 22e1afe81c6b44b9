#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/results/run_editor.h"
#include "crossfold/stats/scores.h"

#include "case_maker.h"
#include "fit_difference.h"
#include "fit_places.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// Scores of what is stored; why there are none.
struct Recomputed {
  std::optional<stats::ScoreSet> scores;
  std::string problem;
};

/// The first row of the store whose probabilities do not sum to one.
std::optional<std::uint32_t> row_beside_one(const Predictions& kept, double tolerance) {
  for (std::size_t i = 0; i < kept.rows.size(); ++i) {
    const auto row = kept.probabilities.begin() + static_cast<std::ptrdiff_t>(i * kept.classes);
    const double sum = std::accumulate(row, row + static_cast<std::ptrdiff_t>(kept.classes), 0.0);
    if (!(std::abs(sum - 1) <= tolerance)) return kept.rows[i];
  }
  return std::nullopt;
}

Recomputed recompute(const CodedColumn& column, const Predictions& kept, double tolerance) {
  const std::size_t classes = column.levels.size();
  if (kept.classes != classes || kept.probabilities.size() != kept.rows.size() * classes)
    return {.scores = {}, .problem = "are not of the target's classes"};
  if (const auto row = row_beside_one(kept, tolerance))
    return {.scores = {}, .problem = fmt::format("of row {} do not sum to one", *row)};
  std::vector<std::int32_t> labels;
  for (const std::uint32_t row : kept.rows) {
    if (row >= column.codes.size() || column.codes[row] < 0)
      return {.scores = {}, .problem = fmt::format("are of row {}, which has no label", row)};
    labels.push_back(column.codes[row]);
  }
  try {
    return {.scores = stats::score_probabilities(kept.probabilities, labels, classes),
            .problem = {}};
  } catch (const Error& error) {
    return {.scores = {}, .problem = fmt::format("are none: {}", error.what())};
  }
}

/// What the rule came to so far.
struct Counters {
  std::vector<std::string> evidence;
  std::size_t checked = 0, without = 0, differing = 0;
};

/// Held-out and out-of-sample scores of one fit.
void check(const RunRecords& records, const Fit& fit, const Artefacts& kept, double tolerance,
           Counters& counters) {
  const Experiment& experiment = records.job.experiments[fit.experiment];
  const CodedColumn& column = records.plan.basis.samples[fit.experiment].column(experiment.target);
  const FitResult& result = *records.find(fit.id);
  std::vector<std::string> found;
  const auto compare = [&](const char* which, const Predictions& predictions,
                           const std::optional<stats::ScoreSet>& recorded) {
    const Recomputed again = recompute(column, predictions, tolerance);
    if (!again.scores)
      found.push_back(fmt::format("{} probabilities {}", which, again.problem));
    else if (!recorded)
      found.push_back(fmt::format("{} probabilities without scores", which));
    else
      for (std::string& text : different_scores(which, *recorded, *again.scores))
        found.push_back(std::move(text));
  };
  compare("held-out", *kept.held_out, result.held_out);
  if (kept.oos) compare("oos", *kept.oos, result.oos);
  if (!kept.oos && result.oos) found.emplace_back("oos scores without probabilities");
  for (std::size_t i = 0; i < std::max(kept.sets.size(), result.sets.size()); ++i) {
    const std::string which = fmt::format("set {}", experiment.evaluate_sets.at(i));
    if (i >= kept.sets.size())
      found.push_back(which + " scores without probabilities");
    else
      compare(which.c_str(), kept.sets[i],
              i < result.sets.size() ? std::optional(result.sets[i]) : std::nullopt);
  }
  ++counters.checked;
  if (found.empty()) return;
  ++counters.differing;
  for (const std::string& text : found)
    counters.evidence.push_back(fmt::format("{}: {}", place_of(records, fit), text));
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  Counters counters;
  bool has_probe = false;
  std::unordered_set<FitId> seen;
  for (const Fit& fit : records.plan.fits) {
    const FitResult* result = records.find(fit.id);
    if (result == nullptr || result->failed() || !seen.insert(fit.id).second) continue;
    has_probe = has_probe || result->probe.has_value();
    std::optional<Artefacts> kept;
    try {
      kept = evidence.artefacts(fit.id);
    } catch (const Error&) {
      kept.reset();  // INT-03 tells of it
    }
    if (kept && kept->held_out)
      check(records, fit, *kept, thresholds["sum"], counters);
    else
      ++counters.without;
  }
  if (counters.checked == 0)
    throw NotAssessed("no fit of the run kept predictions that can be read");
  Finding finding{.value = static_cast<double>(counters.differing), .threshold = 0};
  finding.evidence = std::move(counters.evidence);
  finding.verdict = counters.differing == 0 ? Verdict::pass : Verdict::fail;
  finding.text =
      counters.differing == 0
          ? fmt::format(
                "the target's scores of {} come out of the stored probabilities and labels "
                "again, to the last bit",
                counted(counters.checked, "fit"))
          : fmt::format(
                "{} of {} record scores that their stored probabilities and labels do not "
                "give",
                counters.differing, counted(counters.checked, "fit"));
  if (counters.without > 0)
    finding.text +=
        fmt::format("; {} without stored probabilities", counted_are(counters.without, "fit"));
  if (has_probe) finding.text += "; probe scores have no stored probabilities";
  return finding;
}

AuditCase with_fit(CaseMaker& maker, const char* what, void (*edit)(FitResult&)) {
  const auto run = maker.clean_run();
  RunEditor editor(run);
  edit(editor.fits().at(4).result);
  editor.save();
  return {.what = what, .subject = {.run = run}};
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  return {with_fit(maker, "an AUC raised by 0.01, checksums repaired",
                   [](FitResult& fit) { *fit.held_out.auc += 0.01; }),
          with_fit(maker, "an out-of-sample recall raised by one bit, checksums repaired",
                   [](FitResult& fit) {
                     double& recall = *fit.oos->classes.at(1).sensitivity;
                     recall = std::nextafter(recall, 2);
                   }),
          with_fit(maker, "one sample's probabilities exchanged, checksums repaired",
                   [](FitResult& fit) {
                     const auto row = fit.artefacts.held_out->probabilities.begin();
                     std::iter_swap(std::min_element(row, row + 3), std::max_element(row, row + 3));
                   })};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "a run as it was trained", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& rep_01() {
  static const Rule rule{
      .id = "REP-01",
      .title = "scores computed again",
      .computes =
          "for each fit that kept predictions, all scores of the target on the held-out fold and "
          "the out-of-sample set from the stored probabilities and the labels of samples.json; "
          "every one has to be the recorded number, bit for bit, and each sample's probabilities "
          "sum to one. Scores of the probe and on the "
          "validation samples have no stored probabilities",
      .does_not_establish =
          "that the probabilities came from training (REP-02), and nothing of the probe's scores",
      .serves = "REFORMS: metrics and uncertainty; PROBAST+AI: analysis",
      .thresholds = {{"sum", 1e-9,
                      "by which a sample's probabilities may miss one: a softmax in double "
                      "misses it by some 1e-15"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
