#include "crossfold/samples/left_out.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

constexpr std::size_t kFewestClasses = 2;  ///< of an AUC
constexpr int kMostTurns = 100'000;

bool disentangles(const Experiment& experiment) {
  return std::any_of(experiment.candidates.begin(), experiment.candidates.end(),
                     [](const Candidate& candidate) {
                       return is_disentangled_from(candidate, name_of(Label::domain));
                     });
}

const std::string& name_of_source(const ExperimentSamples& samples, const LeftOut& out) {
  return samples.domain.levels[out.levels.front()];
}

/// Why a source is not usable.
std::string obstacle_of_source(const LeftOut& out) {
  if (out.test_targets == 0) return "it shares no class with the other sources";
  if (out.test_targets < kFewestClasses) return "it shares one class only with the other sources";
  return "one source only is left, from which a disentangled candidate has nothing to tell apart";
}

void tell_of_source(const ExperimentSamples& samples, const Experiment& experiment,
                    const LeftOut& out, std::vector<std::string>& notes) {
  const std::string& name = name_of_source(samples, out);
  if (!is_usable_source(out, experiment)) {
    notes.push_back(fmt::format("experiment '{}': source '{}' is never left out ({})",
                                experiment.name, name, obstacle_of_source(out)));
    return;
  }
  if (out.unknown_target > 0)
    notes.push_back(fmt::format(
        "experiment '{}': without source '{}' in training, {} of it cannot be scored (no other "
        "source has {})",
        experiment.name, name, counted(out.unknown_target, "sample"),
        fmt::join(out.unknown, ", ")));
  if (out.of_its_patients > 0)
    notes.push_back(fmt::format(
        "experiment '{}': without source '{}' in training, {} of other sources cannot be trained "
        "on (their patients have samples in it)",
        experiment.name, name, counted(out.of_its_patients, "sample")));
}

std::vector<LeftOut> leave_sources_out(const ExperimentSamples& samples) {
  std::vector<LeftOut> sources;
  for (std::uint32_t source = 0; source < samples.domain.levels.size(); ++source)
    sources.push_back(leave_source_out(samples, source));
  return sources;
}

/// How many different levels the codes of some rows have.
class Levels {
 public:
  explicit Levels(const CodedColumn& column) : seen_(column.levels.size(), false) {}
  void add(std::int32_t code) {
    if (code >= 0) seen_[static_cast<std::size_t>(code)] = true;
  }
  [[nodiscard]] bool has(std::int32_t code) const {
    return code >= 0 && seen_[static_cast<std::size_t>(code)];
  }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::count(seen_.begin(), seen_.end(), true));
  }

 private:
  std::vector<bool> seen_;
};

/// Why a turn cannot be; empty where it can.
std::string obstacle_of_turn(const LeftOut& out, const ExperimentSamples& samples,
                             const Experiment& experiment) {
  const std::string& target = name_of(experiment.target);
  if (out.training_targets < kFewestClasses)
    return out.training_targets == 1 ? fmt::format("1 {} is left to train on", target)
                                     : fmt::format("no {} is left to train on", target);
  if (out.test.empty()) return fmt::format("it shares no {} with what is left", target);
  if (out.training_domains < 2 && disentangles(experiment))
    return "one domain only is left, from which a disentangled candidate has nothing to tell apart";
  for (const ProbedAttribute& attribute : samples.adversaries) {
    const auto& column = std::get<CodedColumn>(attribute.values);
    Levels left(column);
    for (const std::uint32_t row : out.others) left.add(column.codes[row]);
    if (left.count() < 2)
      return fmt::format(
          "{} of '{}' is left, from which a disentangled candidate has nothing to "
          "tell apart",
          left.count() == 0 ? "no level" : "one level only", attribute.name);
  }
  return "";
}

void tell_of_turn(const LeftOut& out, const Experiment& experiment, const std::string& name,
                  std::vector<std::string>& notes) {
  if (out.unknown_target > 0)
    notes.push_back(
        fmt::format("experiment '{}': with {} left out, {} of it cannot be scored "
                    "(nothing else has {})",
                    experiment.name, name, counted(out.unknown_target, "sample"),
                    fmt::join(out.unknown, ", ")));
  if (out.of_its_patients > 0)
    notes.push_back(
        fmt::format("experiment '{}': with {} left out, {} of the rest cannot be "
                    "trained on (their patients have samples in it)",
                    experiment.name, name, counted(out.of_its_patients, "sample")));
  if (out.test_targets < kFewestClasses)
    notes.push_back(
        fmt::format("experiment '{}': with {} left out, samples of one {} are scored, "
                    "so that there is no AUC",
                    experiment.name, name, name_of(experiment.target)));
}

/// What ids that restart in each level make: nothing is left to train on without their patients.
std::string of_shared_patients(const ExperimentSamples& samples, const CodedColumn& by,
                               const std::string& title) {
  std::unordered_map<std::uint32_t, std::int32_t> first_level;
  std::unordered_set<std::uint32_t> shared;
  for (const std::uint32_t row : samples.pool) {
    if (by.codes[row] < 0) continue;
    const auto [found, is_new] = first_level.emplace(samples.group[row], by.codes[row]);
    if (!is_new && found->second != by.codes[row]) shared.insert(samples.group[row]);
  }
  return fmt::format(
      ": {} of {} stand in several levels of '{}', and nobody is trained on of whom a sample is "
      "left out). where the ids of patients restart at each of them, make them different in the "
      "manifest (source and id, say); else",
      shared.size(), counted(first_level.size(), "patient"), title);
}

/// How many ways there are to choose `k` of `n`.
double combinations(std::size_t n, std::size_t k) {
  double ways = 1;
  for (std::size_t i = 0; i < k; ++i)
    ways *= static_cast<double>(n - i) / static_cast<double>(i + 1);
  return ways;
}

/// The next combination of as many of 0..n-1 in lexicographic order; false after the last.
bool next_combination(std::vector<std::uint32_t>& chosen, std::size_t n) {
  for (std::size_t i = chosen.size(); i-- > 0;) {
    if (chosen[i] + (chosen.size() - i) >= n) continue;
    std::iota(chosen.begin() + static_cast<std::ptrdiff_t>(i), chosen.end(), chosen[i] + 1);
    return true;
  }
  return false;
}

}  // namespace

LeftOut leave_out(const ExperimentSamples& samples, Label target, const CodedColumn& by,
                  std::span<const std::uint32_t> levels) {
  const CodedColumn& targets = samples.column(target);
  Levels out_levels(by);
  for (const std::uint32_t level : levels) {
    CF_EXPECT(level < by.levels.size());
    out_levels.add(static_cast<std::int32_t>(level));
  }
  LeftOut out;
  out.levels.assign(levels.begin(), levels.end());
  std::unordered_set<std::uint32_t> patients;
  for (const std::uint32_t row : samples.pool)
    if (out_levels.has(by.codes[row])) patients.insert(samples.group[row]);
  Levels trained(targets);
  Levels domains(samples.domain);
  for (const std::uint32_t row : samples.pool) {
    if (out_levels.has(by.codes[row])) continue;
    if (patients.contains(samples.group[row])) {
      ++out.of_its_patients;
      continue;
    }
    out.others.push_back(row);
    trained.add(targets.codes[row]);
    domains.add(samples.domain.codes[row]);
  }
  Levels scored(targets);
  Levels unknown(targets);
  for (const std::uint32_t row : samples.pool) {
    if (!out_levels.has(by.codes[row])) continue;
    const std::int32_t code = targets.codes[row];
    const bool known = trained.has(code);
    (known ? scored : unknown).add(code);
    if (known)
      out.test.push_back(row);
    else
      ++out.unknown_target;
  }
  for (std::size_t level = 0; level < targets.levels.size(); ++level)
    if (unknown.has(static_cast<std::int32_t>(level))) out.unknown.push_back(targets.levels[level]);
  out.test_targets = scored.count();
  out.training_targets = trained.count();
  out.training_domains = domains.count();
  return out;
}

LeftOut leave_source_out(const ExperimentSamples& samples, std::uint32_t source) {
  return leave_out(samples, Label::class_label, samples.domain, std::span(&source, 1));
}

bool is_usable_source(const LeftOut& out, const Experiment& experiment) {
  return out.test_targets >= kFewestClasses &&
         (out.training_domains >= 2 || !disentangles(experiment));
}

std::vector<std::uint32_t> usable_sources(const ExperimentSamples& samples,
                                          const Experiment& experiment) {
  std::vector<std::uint32_t> usable;
  for (const LeftOut& out : leave_sources_out(samples))
    if (is_usable_source(out, experiment)) usable.push_back(out.levels.front());
  return usable;
}

std::vector<std::string> check_sources(const ExperimentSamples& samples,
                                       const Experiment& experiment, const std::string& where,
                                       ValidationErrors& errors) {
  std::vector<std::string> notes;
  const std::vector<LeftOut> sources = leave_sources_out(samples);
  if (sources.size() < 2) {
    errors.add(where, fmt::format("has 'source-out' with one source, {} (none is left to train "
                                  "on). remove it, or widen 'samples'",
                                  fmt::join(samples.domain.levels, ", ")));
    return notes;
  }
  const bool any = std::any_of(sources.begin(), sources.end(), [&](const LeftOut& out) {
    return is_usable_source(out, experiment);
  });
  if (any) {
    for (const LeftOut& out : sources) tell_of_source(samples, experiment, out, notes);
    return notes;
  }
  std::vector<std::string> reasons;
  bool of_patients = false;
  for (const LeftOut& out : sources) of_patients = of_patients || out.of_its_patients > 0;
  for (const LeftOut& out : sources)
    reasons.push_back(
        fmt::format("without {}, {}", name_of_source(samples, out), obstacle_of_source(out)));
  errors.add(
      where,
      fmt::format("has 'source-out' (no source can be left out: {}{} remove it, or widen "
                  "'samples'",
                  fmt::join(reasons, "; "),
                  of_patients ? of_shared_patients(samples, samples.domain, "domain") : ")."));
  return notes;
}

LeftOutTurns left_out_turns(const ExperimentSamples& samples, const Experiment& experiment,
                            const LeaveOut& settings, const std::string& where,
                            ValidationErrors& errors) {
  LeftOutTurns turns;
  const CodedColumn& by = samples.left_out_by;
  const auto together = static_cast<std::size_t>(settings.levels);
  if (by.levels.size() <= together) {
    errors.add(where, fmt::format("leaves nothing to train on when {} of '{}' are left out (its "
                                  "pool has {}: {}). widen 'samples' or leave out fewer",
                                  counted(together, "level"), settings.by, by.levels.size(),
                                  fmt::join(by.levels, ", ")));
    return turns;
  }
  if (combinations(by.levels.size(), together) > kMostTurns) {
    errors.add(where, fmt::format("asks for more than {} ways to leave {} of {} out. leave out "
                                  "fewer",
                                  kMostTurns, counted(together, "level"), by.levels.size()));
    return turns;
  }
  std::vector<std::string> reasons;
  bool of_patients = false;
  std::vector<std::uint32_t> chosen(together);
  std::iota(chosen.begin(), chosen.end(), 0);
  do {
    const LeftOut out = leave_out(samples, experiment.target, by, chosen);
    const std::string name = fmt::format("{} {}", settings.by, left_out_name(samples, chosen));
    const std::string obstacle = obstacle_of_turn(out, samples, experiment);
    if (obstacle.empty()) {
      turns.levels.push_back(chosen);
      tell_of_turn(out, experiment, name, turns.notes);
    } else {
      reasons.push_back(fmt::format("without {}, {}", name, obstacle));
      of_patients = of_patients || out.of_its_patients > 0;
      turns.notes.push_back(fmt::format("experiment '{}': {} is never left out ({})",
                                        experiment.name, name, obstacle));
    }
  } while (next_combination(chosen, by.levels.size()));
  if (turns.levels.empty())
    errors.add(where,
               fmt::format("has nothing that can be left out ({}{} widen 'samples', or take other "
                           "splits",
                           fmt::join(reasons, "; "),
                           of_patients ? of_shared_patients(samples, by, settings.by) : ")."));
  return turns;
}

std::string left_out_name(const ExperimentSamples& samples, std::span<const std::uint32_t> levels) {
  std::vector<std::string> names;
  for (const std::uint32_t level : levels) names.push_back(samples.left_out_by.levels.at(level));
  return fmt::format("{}", fmt::join(names, " and "));
}

}  // namespace crossfold
