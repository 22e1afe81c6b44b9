#include "read_sweep.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/names.h"
#include "crossfold/job/search_space_json.h"

#include "read_enum.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr int kMostDrawn = 100'000;
constexpr int kMostInnerFolds = 1000;
constexpr std::int64_t kFewestSplits = 3;  ///< of a race: one decision, and something to save

std::int64_t splits_in_all(const SplitSettings& splits) {
  return std::int64_t{splits.folds} * splits.seeds;
}

std::vector<std::uint32_t> read_rungs(const json& list, std::int64_t splits,
                                      const std::string& pointer, ValidationErrors& errors) {
  std::vector<std::uint32_t> rungs;
  if (!list.is_array() || list.empty()) {
    errors.add(pointer, fmt::format("must be a list of numbers of splits that is not empty ({} "
                                    "was found)",
                                    short_json(list)));
    return rungs;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = fmt::format("{}/{}", pointer, i);
    const bool whole = list[i].is_number_unsigned() &&
                       list[i].get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
    const std::uint32_t rung = whole ? list[i].get<std::uint32_t>() : 0;
    if (rung < 2 || std::int64_t{rung} >= splits)
      errors.add(here, fmt::format("is {} (folds x seeds is {}). take a whole number of 2 to {}",
                                   short_json(list[i]), splits, splits - 1));
    else if (!rungs.empty() && rung <= rungs.back())
      errors.add(here, fmt::format("is {} after {} (splits are only added). put the rungs in "
                                   "increasing order",
                                   rung, rungs.back()));
    else
      rungs.push_back(rung);
  }
  return rungs;
}

std::optional<double> read_risk(const json& value, const std::string& pointer,
                                ValidationErrors& errors) {
  if (value == "greedy") return std::nullopt;
  if (value.is_number() && value.get<double>() > 0 && value.get<double>() < 1)
    return value.get<double>();
  errors.add(pointer,
             fmt::format("is {} (a risk is a probability). take a number above 0 and below 1, or "
                         "\"greedy\"",
                         short_json(value)));
  return RaceSettings().risk;
}

/// The score that decides, under the key "by".
RaceScore read_score(ObjectReader& reader) {
  const json* by = reader.child("by");
  if (by == nullptr || !by->is_string() || !by->get<std::string>().starts_with("oos"))
    return read_enum(reader, "by", RaceScore::task_auc);
  reader.refuse("by", fmt::format("is {} (what decides is no longer out of sample). choose one of "
                                  "{}",
                                  short_json(*by), fmt::join(names_of<RaceScore>(), ", ")));
  return RaceScore::task_auc;
}

RaceSettings read_race(const json& value, const SplitSettings& splits, const std::string& pointer,
                       ValidationErrors& errors) {
  RaceSettings race;
  ObjectReader reader(value, pointer, errors);
  race.by = read_score(reader);
  const std::int64_t in_all = splits_in_all(splits);
  const json* rungs = reader.child("rungs");
  if (in_all < kFewestSplits)
    errors.add(pointer, fmt::format("has {} splits, folds x seeds (with fewer than {} there is "
                                    "nothing to save). add seeds or folds, or remove 'race'",
                                    in_all, kFewestSplits));
  else
    race.rungs = rungs == nullptr ? default_rungs(splits)
                                  : read_rungs(*rungs, in_all, pointer + "/rungs", errors);
  if (const json* risk = reader.child("risk"))
    race.risk = read_risk(*risk, pointer + "/risk", errors);
  race.indifference = reader.number("indifference", {.low = 0, .high = 1}, race.indifference);
  reader.finish();
  return race;
}

/// The outer held-out folds tell what nested cross-validation is worth, so nothing may have looked
/// at them before.
void read_nested(SweepSettings& sweep, ObjectReader& reader, const std::string& pointer,
                 ValidationErrors& errors) {
  const json* value = reader.child("nested");
  if (value == nullptr) return;
  if (sweep.race)
    errors.add(pointer,
               "stands beside 'race' (which has looked at the held-out folds by which "
               "nested cross-validation judges). remove one of the two");
  if (sweep.sampler == Sampler::tpe)
    errors.add(pointer,
               "stands beside the sampler 'tpe' (which has looked at the held-out folds "
               "by which nested cross-validation judges). take sobol or random, or "
               "remove it");
  ObjectReader nested(*value, pointer, errors);
  sweep.nested = NestedSettings{};
  sweep.nested->folds =
      static_cast<int>(nested.integer("folds", 2, kMostInnerFolds, sweep.nested->folds));
  nested.finish();
}

/// Why an experiment cannot be chosen from by this rule; "" where it can.
std::string obstacle_to(SelectionRule rule, const Experiment& experiment,
                        const SplitSettings& splits) {
  if (rule == SelectionRule::validation && splits.validation == 0)
    return "needs a validation part (splits.validation is 0). remove it, or set some aside";
  if (rule == SelectionRule::source_out && experiment.target != Label::class_label)
    return "leaves sources out (here the source is the target). remove it";
  if (rule == SelectionRule::constrained && experiment.target != Label::class_label)
    return "bounds the domain AUC (here the domain is the target). remove it";
  if (rule == SelectionRule::constrained && experiment.probe != Label::domain)
    return "needs the domain AUC (the experiment has no 'probe'). remove it, or add \"probe\": "
           "\"domain\"";
  if (rule == SelectionRule::oracle && !experiment.evaluate_oos)
    return "needs out-of-sample scores (they are not evaluated). remove it, or evaluate \"oos\"";
  return "";
}

std::vector<SelectionRule> read_rules(ObjectReader& reader, const Experiment& experiment,
                                      const SplitSettings& splits) {
  std::vector<SelectionRule> rules;
  const std::vector<std::string>& known = names_of<SelectionRule>();
  for (const std::string& name : reader.texts("select")) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      reader.error("select", fmt::format("has \"{}\" (not known here). choose one of {}", name,
                                         fmt::join(known, ", ")));
      continue;
    }
    const auto rule = static_cast<SelectionRule>(found - known.begin());
    const std::string obstacle = obstacle_to(rule, experiment, splits);
    if (std::find(rules.begin(), rules.end(), rule) != rules.end())
      reader.error("select", fmt::format("has '{}' twice. remove one", name));
    else if (!obstacle.empty())
      reader.error("select", fmt::format("has '{}', which {}", name, obstacle));
    rules.push_back(rule);
  }
  return rules;
}

/// The rules and what only some of them use.
void read_choosing(SweepSettings& sweep, ObjectReader& reader, const Experiment& experiment,
                   const SplitSettings& splits) {
  if (reader.has("select")) sweep.select = read_rules(reader, experiment, splits);
  if (!sweep.selects(SelectionRule::constrained))
    reader.refuse("tau", "is used by the rule 'constrained' only. remove it, or select by that");
  else if (!reader.has("tau"))
    reader.error("tau",
                 "is missing (the rule 'constrained' needs the largest domain AUC "
                 "allowed). add it");
  else
    sweep.tau = reader.number("tau", {.low = 0, .high = 1}, 1.0);
  if (!sweep.selects(SelectionRule::one_se))
    reader.refuse("simplest", "is used by the rule 'one-se' only. remove it, or select by that");
  else if (reader.has("simplest"))
    sweep.simplest = reader.texts("simplest");
}

/// The spaces of a job that the program wrote: candidates with draws that can be read.
std::vector<std::string> read_spaces(const json& list, const std::string& pointer,
                                     ValidationErrors& errors) {
  std::vector<std::string> spaces;
  if (!list.is_array()) {
    errors.add(pointer, fmt::format("must be a list of candidates with draws ({} was found)",
                                    short_json(list)));
    return spaces;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = fmt::format("{}/{}", pointer, i);
    if (!find_draw(list[i], here))
      errors.add(here,
                 fmt::format("must be a candidate with draws ({} was found)", short_json(list[i])));
    static_cast<void>(SearchSpace::read(list[i], here, errors));
    spaces.push_back(list[i].dump());
  }
  return spaces;
}

}  // namespace

std::vector<std::uint32_t> default_rungs(const SplitSettings& splits) {
  std::vector<std::uint32_t> rungs;
  for (const int tenths : {1, 2, 3, 4, 6, 8}) {
    const double folds = std::round(splits.folds * tenths / 10.0);
    const double whole = std::clamp(folds, 1.0, static_cast<double>(splits.folds - 1));
    const double rung = std::max(2.0, whole * splits.seeds);
    if (rungs.empty() || rung > rungs.back()) rungs.push_back(static_cast<std::uint32_t>(rung));
  }
  return rungs;
}

SweepSettings read_sweep(const json& value, const Experiment& experiment,
                         const SplitSettings& splits, const std::string& pointer,
                         ValidationErrors& errors) {
  SweepSettings sweep;
  ObjectReader reader(value, pointer, errors);
  sweep.sampler = read_enum(reader, "sampler", sweep.sampler);
  if (sweep.sampler == Sampler::grid)
    reader.refuse("candidates",
                  "is not used by the sampler 'grid' (the grids say how many). remove it");
  else
    sweep.candidates =
        static_cast<std::uint32_t>(reader.integer("candidates", 1, kMostDrawn, std::nullopt));
  if (sweep.sampler == Sampler::tpe) {
    sweep.by = read_score(reader);
    sweep.generation =
        static_cast<std::uint32_t>(reader.integer("generation", 1, kMostDrawn, sweep.generation));
    reader.refuse("race",
                  "is not used by the sampler 'tpe' (it learns from candidates with all of their "
                  "splits). remove it, or take the sampler sobol or random");
  } else {
    reader.refuse("by", "is used by the sampler 'tpe' only (a race has its own). remove it");
    reader.refuse("generation", "is used by the sampler 'tpe' only. remove it");
    if (const json* race = reader.child("race"))
      sweep.race = read_race(*race, splits, pointer + "/race", errors);
  }
  read_nested(sweep, reader, pointer + "/nested", errors);
  read_choosing(sweep, reader, experiment, splits);
  if (sweep.sampler == Sampler::grid)
    reader.refuse("space", "is not used by the sampler 'grid' (nothing is drawn). remove it");
  else if (const json* space = reader.child("space"))
    sweep.spaces = read_spaces(*space, pointer + "/space", errors);
  reader.finish();
  return sweep;
}

}  // namespace crossfold
