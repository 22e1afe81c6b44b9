#include "crossfold/samples/source_splits.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"

namespace crossfold {
namespace {

constexpr std::size_t kFewestClasses = 2;  ///< of an AUC

bool disentangles(const Experiment& experiment) {
  return std::any_of(
      experiment.candidates.begin(), experiment.candidates.end(),
      [](const Candidate& candidate) { return candidate.kind == CandidateKind::disentangled; });
}

const std::string& name_of_source(const ExperimentSamples& samples, const LeftOutSource& out) {
  return samples.domain.levels[out.source];
}

/// Why a source is not usable.
std::string obstacle_of(const LeftOutSource& out) {
  if (out.test_classes == 0) return "it shares no class with the other sources";
  if (out.test_classes < kFewestClasses) return "it shares one class only with the other sources";
  return "one source only is left, from which a disentangled candidate has nothing to tell apart";
}

void tell_of(const ExperimentSamples& samples, const Experiment& experiment,
             const LeftOutSource& out, std::vector<std::string>& notes) {
  const std::string& name = name_of_source(samples, out);
  if (!is_usable(out, experiment)) {
    notes.push_back(fmt::format("experiment '{}': source '{}' is never left out ({})",
                                experiment.name, name, obstacle_of(out)));
    return;
  }
  if (out.unknown_class > 0)
    notes.push_back(fmt::format(
        "experiment '{}': without source '{}' in training, {} of it cannot be scored (no other "
        "source has {})",
        experiment.name, name, counted(out.unknown_class, "sample"), fmt::join(out.unknown, ", ")));
  if (out.of_its_patients > 0)
    notes.push_back(fmt::format(
        "experiment '{}': without source '{}' in training, {} of other sources cannot be trained "
        "on (their patients have samples in it)",
        experiment.name, name, counted(out.of_its_patients, "sample")));
}

}  // namespace

LeftOutSource leave_source_out(const ExperimentSamples& samples, std::uint32_t source) {
  CF_EXPECT(source < samples.domain.levels.size());
  const auto is_of_source = [&](std::uint32_t row) {
    return samples.domain.codes[row] == static_cast<std::int32_t>(source);
  };
  LeftOutSource out;
  out.source = source;
  std::set<std::uint32_t> patients;
  for (const std::uint32_t row : samples.pool)
    if (is_of_source(row)) patients.insert(samples.group[row]);
  std::vector<bool> trained(samples.klass.levels.size(), false);
  std::set<std::int32_t> sources;
  for (const std::uint32_t row : samples.pool) {
    if (is_of_source(row)) continue;
    if (patients.contains(samples.group[row])) {
      ++out.of_its_patients;
      continue;
    }
    out.others.push_back(row);
    trained[static_cast<std::size_t>(samples.klass.codes[row])] = true;
    sources.insert(samples.domain.codes[row]);
  }
  std::set<std::int32_t> scored, unknown;
  for (const std::uint32_t row : samples.pool) {
    if (!is_of_source(row)) continue;
    const std::int32_t klass = samples.klass.codes[row];
    const bool known = trained[static_cast<std::size_t>(klass)];
    (known ? scored : unknown).insert(klass);
    if (known)
      out.test.push_back(row);
    else
      ++out.unknown_class;
  }
  for (const std::int32_t klass : unknown)
    out.unknown.push_back(samples.klass.levels[static_cast<std::size_t>(klass)]);
  out.test_classes = scored.size();
  out.training_sources = sources.size();
  return out;
}

std::vector<LeftOutSource> leave_sources_out(const ExperimentSamples& samples) {
  std::vector<LeftOutSource> sources;
  for (std::uint32_t source = 0; source < samples.domain.levels.size(); ++source)
    sources.push_back(leave_source_out(samples, source));
  return sources;
}

bool is_usable(const LeftOutSource& out, const Experiment& experiment) {
  return out.test_classes >= kFewestClasses &&
         (out.training_sources >= 2 || !disentangles(experiment));
}

std::vector<std::string> check_sources(const ExperimentSamples& samples,
                                       const Experiment& experiment, const std::string& where,
                                       Mistakes& mistakes) {
  std::vector<std::string> notes;
  const std::vector<LeftOutSource> sources = leave_sources_out(samples);
  if (sources.size() < 2) {
    mistakes.add(where, fmt::format("has 'source-out' with one source, {} (none is left to train "
                                    "on). remove it, or widen 'samples'",
                                    fmt::join(samples.domain.levels, ", ")));
    return notes;
  }
  const bool any = std::any_of(sources.begin(), sources.end(), [&](const LeftOutSource& out) {
    return is_usable(out, experiment);
  });
  if (any) {
    for (const LeftOutSource& out : sources) tell_of(samples, experiment, out, notes);
    return notes;
  }
  std::vector<std::string> reasons;
  for (const LeftOutSource& out : sources)
    reasons.push_back(
        fmt::format("without {}, {}", name_of_source(samples, out), obstacle_of(out)));
  mistakes.add(where, fmt::format("has 'source-out' (no source can be left out: {}). remove it, or "
                                  "widen 'samples'",
                                  fmt::join(reasons, "; ")));
  return notes;
}

}  // namespace crossfold
