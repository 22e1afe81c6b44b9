#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"

#include "candidate_fits.h"
#include "case_maker.h"
#include "patient_influence.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// The largest change of a mean that leaving one thing out makes.
struct LargestChange {
  double change = 0;  ///< without less with
  std::string what;   ///< was left out
  std::string where;  ///< the candidate and the score

  void take(double other, const std::function<std::string()>& what_else, const std::string& at) {
    if (std::abs(other) <= std::abs(change)) return;
    change = other;
    what = what_else();
    where = at;
  }
};

struct LargestChanges {
  LargestChange patient, seed, fold;
  std::size_t candidates = 0;  ///< that were looked at
  std::size_t unkept = 0;      ///< of them, without predictions
};

/// Leaving seeds and folds out asks for the fits' scores alone.
void take_splits(const CandidateFits& fits, const std::string& where, Role role,
                 LargestChanges& largest) {
  const auto score = [&](std::size_t i) -> std::optional<double> {
    if (fits.done[i] == nullptr) return std::nullopt;
    if (role == Role::in) return fits.done[i]->held_out.auc;
    return fits.done[i]->oos ? fits.done[i]->oos->auc : std::nullopt;
  };
  double sum = 0;
  std::size_t n = 0;
  std::map<std::uint32_t, std::pair<double, std::size_t>> seeds;
  for (std::size_t i = 0; i < fits.done.size(); ++i) {
    const std::optional<double> one = score(i);
    if (!one) continue;
    sum += *one;
    ++n;
    auto& [seed_sum, seed_n] = seeds[fits.planned[i]->seed.value];
    seed_sum += *one;
    ++seed_n;
  }
  if (n < 2) return;
  const double mean = sum / static_cast<double>(n);
  for (std::size_t i = 0; i < fits.done.size(); ++i)
    if (const std::optional<double> one = score(i))
      largest.fold.take((sum - *one) / static_cast<double>(n - 1) - mean,
                        [&] {
                          return fmt::format("fold {} of seed {}", fits.planned[i]->fold.value,
                                             fits.planned[i]->seed.value);
                        },
                        where);
  if (seeds.size() < 2) return;
  for (const auto& [seed, part] : seeds)
    largest.seed.take((sum - part.first) / static_cast<double>(n - part.second) - mean,
                      [seed = seed] { return fmt::format("seed {}", seed); }, where);
}

void take_patients(const RunEvidence& evidence, const CandidateFits& fits, const std::string& where,
                   Role role, LargestChanges& largest) {
  const PatientInfluence influence = patient_influence(evidence, fits, role);
  if (!influence.mean) {
    ++largest.unkept;
    return;
  }
  for (std::size_t p = 0; p < influence.patients.size(); ++p)
    largest.patient.take(
        influence.without[p] - *influence.mean,
        [&] {
          return "patient " +
                 patient_name(evidence.records(), fits.experiment, influence.patients[p]);
        },
        where);
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  const RunRecords& records = evidence.records();
  LargestChanges largest;
  for (const CandidateFits& fits : shown_candidates(evidence)) {
    const Experiment& experiment = records.job.experiments[fits.experiment];
    ++largest.candidates;
    for (const Role role : {Role::in, Role::oos}) {
      if (role == Role::oos && !experiment.evaluate_oos) continue;
      const std::string where =
          fmt::format("{}, {}", row_name(records, fits), role == Role::in ? "AUC" : "oos AUC");
      take_splits(fits, where, role, largest);
      take_patients(evidence, fits, where, role, largest);
    }
  }
  if (largest.candidates == 0) throw NotAssessed("no candidate has a fit that succeeded");
  Finding finding{.value = std::abs(largest.patient.change), .threshold = thresholds["patient"]};
  std::vector<std::string> parts;
  const auto tell = [&](const LargestChange& one, const char* thing, const char* threshold) {
    if (one.what.empty()) return;
    parts.push_back(fmt::format("{} {:.4f}", thing, std::abs(one.change)));
    finding.evidence.push_back(fmt::format("without {} the mean changes by {:+.4f} ({})", one.what,
                                           one.change, one.where));
    if (std::abs(one.change) > thresholds[threshold]) finding.verdict = Verdict::warn;
  };
  tell(largest.patient, "patient", "patient");
  tell(largest.seed, "seed", "seed");
  tell(largest.fold, "fold", "fold");
  if (parts.empty()) throw NotAssessed("no candidate has two fits with a defined AUC");
  finding.text = fmt::format("the largest change of a mean AUC when one is left out, of {}: {}",
                             counted(largest.candidates, "candidate"), fmt::join(parts, ", "));
  if (largest.patient.what.empty()) {
    finding.value.reset();
    finding.threshold.reset();
    finding.text += "; patients were not left out: no predictions are kept";
    if (finding.verdict == Verdict::pass) finding.verdict = Verdict::note;
  }
  return finding;
}

/// One patient's images, half of a class in a fold, all of which look like another class.
std::vector<AuditCase> planted(CaseMaker& maker) {
  MadeStudy study = maker.clean_study();
  constexpr std::size_t kImages = 36;
  const std::int32_t class_label = study.samples.class_label.codes[0];
  for (std::size_t image = 0; image < kImages; ++image) {
    append_copy(study, 0, fmt::format("many-{}", image));
    study.samples.group.back() = "many";
    float* values = study.values.data() + study.values.size() - study.dim;
    values[class_label] -= 3;
    values[(class_label + 1) % 3] += 3;
    values[3 + image % 3] += 1;  // no two alike
    values[6 + image % 5] += 1;
  }
  return {
      {.what = "a patient with a third of a fold's images, all of which look like another class",
       .subject = {.run = maker.train(study)}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {
      {.what = "patients with one to three images each", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& sta_04() {
  static const Rule rule{
      .id = "STA-04",
      .title = "influence of one patient, seed or fold",
      .computes =
          "the change of the mean AUC of each candidate that a report shows, in the pool and out "
          "of sample, when the scored "
          "samples lack one patient (from the stored predictions; the models stay as they are), "
          "and when one seed or one fold of one seed is left out of the mean (the jackknife: Efron "
          "1982)",
      .does_not_establish =
          "that the models would be the same had they been trained without that patient",
      .serves = "REFORMS: uncertainty; PROBAST+AI: analysis",
      .thresholds = {{"patient", 0.01,
                      "AUC; differences between candidates are reported from this size on, and "
                      "none should hang on one patient"},
                     {"seed", 0.02, "AUC; the spread over fits that such studies report"},
                     {"fold", 0.02, "AUC; the spread over fits that such studies report"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
