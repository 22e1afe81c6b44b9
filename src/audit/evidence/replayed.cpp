#include "replayed.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/audit/finding.h"
#include "crossfold/core/error.h"
#include "crossfold/job/names.h"

#include "fit_difference.h"
#include "fit_places.h"

namespace crossfold::audit {
namespace {

/// The equivalence class in which each fit was trained: that of the line whose artefacts count, or
/// of its first success.
std::unordered_map<FitId, std::string> recorded_classes(const RunEvidence& evidence) {
  const RunRecords& records = evidence.records();
  std::unordered_map<FitId, std::string> classes;
  for (const ScannedFit& line : evidence.scan().fits) {
    if (line.result.failed()) continue;
    const auto kept = records.artefacts.find(line.result.id);
    const bool counts = kept != records.artefacts.end() && line.artefacts == kept->second;
    if (counts || !classes.contains(line.result.id))
      classes[line.result.id] = line.origin.equivalence_class;
  }
  return classes;
}

/// Compares one fit after another.
class Comparison {
 public:
  Comparison(const RunEvidence& evidence, const DistanceLimits& limits)
      : evidence_(evidence), limits_(limits), classes_(recorded_classes(evidence)) {
    for (const Fit& fit : evidence.records().plan.fits) fits_.emplace(fit.id, &fit);
  }

  void take(const ReplayedFit& again) {
    const FitId& id = again.result.id;
    if (!seen_.insert(id).second) return;
    const FitResult* line = evidence_.records().find(id);
    CF_EXPECT(line != nullptr && fits_.contains(id));  // the draw is from these
    place_ = place_of(evidence_.records(), *fits_.at(id));
    if (again.result.failed()) {
      ++found.failed;
      found.evidence.push_back(
          fmt::format("{}: could not be trained again: {}", place_, again.result.error));
      return;
    }
    FitResult recorded = *line;
    recorded.artefacts = kept(id);
    if (again.origin.equivalence_class == classes_[id])
      compare_bits(recorded, again.result);
    else
      compare_distance(recorded, again);
  }

  Replayed found;

 private:
  [[nodiscard]] Artefacts kept(const FitId& id) const {
    try {
      return evidence_.artefacts(id).value_or(Artefacts{});
    } catch (const Error&) {
      return {};  // INT-03 tells of it
    }
  }

  void compare_bits(const FitResult& recorded, const FitResult& again) {
    ++found.same_class;
    const std::vector<std::string> different = different_bits(recorded, again);
    if (different.empty()) return;
    ++found.different;
    found.evidence.push_back(
        fmt::format("{}: {}{}", place_, different.front(),
                    different.size() > 1 ? fmt::format(" and {} more", different.size() - 1) : ""));
  }

  void compare_distance(const FitResult& recorded, const ReplayedFit& again) {
    ++found.other_class;
    found.class_there = classes_[again.result.id];
    found.class_here = again.origin.equivalence_class;
    const FitDistance distance = distance_of(recorded, again.result);
    const double probability = distance.probability.value_or(0);
    found.largest_auc = std::max(found.largest_auc, distance.auc);
    found.largest_probability = std::max(found.largest_probability, probability);
    if (distance.probability) found.probabilities.push_back(probability);
    if (distance.auc <= limits_.auc && probability <= limits_.probability) return;
    ++found.distant;
    found.evidence.push_back(
        fmt::format("{}: AUCs differ by up to {:.3g}, probabilities by {:.3g} on average", place_,
                    distance.auc, probability));
  }

  const RunEvidence& evidence_;
  DistanceLimits limits_;
  std::unordered_map<FitId, std::string> classes_;
  std::unordered_map<FitId, const Fit*> fits_;
  std::unordered_set<FitId> seen_;  ///< a fit that two draws share counts once
  std::string place_;
};

}  // namespace

Replayed compare_replays(const RunEvidence& evidence, ReplayEngine engine,
                         const DistanceLimits& limits) {
  const EngineKind own = network_engine(evidence.records().job);
  const EngineKind asked = engine == ReplayEngine::same  ? own
                           : own == EngineKind::lockstep ? EngineKind::reference
                                                         : EngineKind::lockstep;
  Comparison comparison(evidence, limits);
  std::string why;
  for (const Replay& replay : evidence.subject().replays) {
    if (replay.outcome.engine != asked) continue;
    if (!replay.why_none.empty()) {
      why = replay.why_none;
      continue;
    }
    comparison.found.replays.push_back(&replay);
    comparison.found.stopped = comparison.found.stopped || replay.outcome.stopped;
    for (const ReplayedFit& fit : replay.outcome.fits) comparison.take(fit);
  }
  if (!why.empty() && comparison.found.replays.empty())
    throw NotAssessed("no fit could be trained again: " + why);
  if (comparison.found.replays.empty())
    throw NotAssessed(
        engine == ReplayEngine::same
            ? std::string("no fit was trained again; --replay 59 --nonce TEXT does so")
            : fmt::format("no fit was trained again by the {} engine; --other-engine 10 --nonce "
                          "TEXT does so",
                          name_of(asked)));
  return std::move(comparison.found);
}

}  // namespace crossfold::audit
