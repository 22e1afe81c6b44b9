#include "read_candidate.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"
#include "crossfold/job/search_space_json.h"

#include "draw_candidates.h"
#include "grid.h"
#include "parameters.h"
#include "read_enum.h"

namespace crossfold {
namespace {

using nlohmann::json;
using Low = Bounds::Low;

constexpr Bounds kPositive{.low = 0, .high = 1e9, .low_end = Low::open};
constexpr Bounds kNotNegative{.low = 0, .high = 1e9};
constexpr int kMostEpochs = 1'000'000;

/// Keys that only some schedules use; a job that gives an unused one is told so.
bool schedule_uses(ScheduleKind kind, const std::string& key) {
  const auto is_any = [&](std::initializer_list<ScheduleKind> kinds) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  };
  using enum ScheduleKind;
  if (key == "from") return kind != table;
  if (key == "to" || key == "over") return is_any({exponential, linear, cosine, sigmoid});
  if (key == "gamma") return kind == sigmoid;
  if (key == "factor" || key == "every") return kind == step;
  if (key == "values") return kind == table;
  return true;
}

LambdaSchedule read_lambda(const json& value, int epochs, const std::string& pointer,
                           ValidationErrors& errors) {
  LambdaSchedule lambda;
  ObjectReader reader(value, pointer, errors);
  lambda.kind = static_cast<ScheduleKind>(reader.choice(
      "schedule", names_of<ScheduleKind>(), static_cast<std::size_t>(ScheduleKind::exponential)));
  for (const char* key : {"from", "to", "over", "gamma", "factor", "every", "values"})
    if (!schedule_uses(lambda.kind, key))
      reader.refuse(key,
                    fmt::format("is not used by the schedule '{}'. remove it or choose another "
                                "schedule",
                                name_of(lambda.kind)));
  const auto uses = [&](const char* key) { return schedule_uses(lambda.kind, key); };
  const Bounds ends = lambda.kind == ScheduleKind::exponential ? kPositive : kNotNegative;
  if (uses("from")) lambda.from = reader.number("from", ends, lambda.from);
  if (uses("to")) lambda.to = reader.number("to", ends, lambda.to);
  if (uses("over") && reader.has("over")) lambda.over = reader.number("over", kPositive, 1.0);
  if (uses("gamma")) lambda.gamma = reader.number("gamma", kPositive, lambda.gamma);
  if (uses("factor")) lambda.factor = reader.number("factor", kPositive, lambda.factor);
  if (uses("every"))
    lambda.every = static_cast<int>(reader.integer("every", 1, kMostEpochs, lambda.every));
  if (uses("values")) {
    lambda.values = reader.numbers("values", kNotNegative);
    if (!lambda.values.empty() && lambda.values.size() != static_cast<std::size_t>(epochs))
      reader.error("values", fmt::format("has {} numbers (training.epochs is {}). give one number "
                                         "for each epoch",
                                         lambda.values.size(), epochs));
  }
  lambda.warm_up = static_cast<int>(reader.integer("warm_up", 0, kMostEpochs, lambda.warm_up));
  reader.finish();
  return lambda;
}

/// Names, or an object that gives each name its settings.
std::vector<Adversary> read_adversaries(ObjectReader& reader, const json& value, int epochs,
                                        const std::string& pointer, ValidationErrors& errors) {
  std::vector<Adversary> adversaries;
  if (!value.is_object()) {
    for (const std::string& name : reader.texts("adversary")) adversaries.push_back({.of = name});
  } else {
    for (const auto& [name, settings] : value.items()) {
      const std::string here = pointer + "/" + pointer_part(name);
      Adversary& adversary = adversaries.emplace_back(Adversary{.of = name});
      ObjectReader inner(settings, here, errors);
      if (const json* lambda = inner.child("lambda"))
        adversary.lambda = read_lambda(*lambda, epochs, here + "/lambda", errors);
      inner.finish();
    }
    if (adversaries.empty())
      errors.add(pointer,
                 "names nothing (there is nothing to disentangle). name a label or an "
                 "attribute, or take the kind 'baseline'");
  }
  std::sort(adversaries.begin(), adversaries.end(), [](const Adversary& a, const Adversary& b) {
    const std::string& first = name_of(Label::domain);
    return std::pair(a.of != first, a.of) < std::pair(b.of != first, b.of);
  });
  for (std::size_t i = 1; i < adversaries.size(); ++i)
    if (adversaries[i].of == adversaries[i - 1].of)
      errors.add(pointer, fmt::format("names \"{}\" twice. remove one", adversaries[i].of));
  return adversaries;
}

void read_training(TrainingSettings& training, ObjectReader& reader, const std::string& pointer,
                   ValidationErrors& errors) {
  if (const json* value = reader.child("training"))
    training = read_training(*value, pointer + "/training", errors);
}

// Of each kind of model: which of kModelKeys it uses, and how they are read.

constexpr std::array<std::string_view, 5> kModelKeys{"training", "c", "lambda", "domain_head",
                                                     "adversary"};

bool uses(const LinearModel&, std::string_view key) { return key == "c"; }

void read_model(LinearModel& model, ObjectReader& reader, const std::string&, ValidationErrors&) {
  model.c = reader.number("c", kPositive, model.c);
}

bool uses(const BaselineModel&, std::string_view key) { return key == "training"; }

void read_model(BaselineModel& model, ObjectReader& reader, const std::string& pointer,
                ValidationErrors& errors) {
  read_training(model.training, reader, pointer, errors);
}

bool uses(const DisentangledModel&, std::string_view key) { return key != "c"; }

void read_model(DisentangledModel& model, ObjectReader& reader, const std::string& pointer,
                ValidationErrors& errors) {
  read_training(model.training, reader, pointer, errors);
  const int epochs = model.training.epochs;
  if (const json* adversary = reader.child("adversary"))
    model.adversaries =
        read_adversaries(reader, *adversary, epochs, pointer + "/adversary", errors);
  const bool each_has_its_own =
      !model.adversaries.empty() &&
      std::all_of(model.adversaries.begin(), model.adversaries.end(),
                  [](const Adversary& adversary) { return adversary.lambda.has_value(); });
  if (each_has_its_own)
    reader.refuse("lambda", "is not used (every adversary has a lambda of its own). remove it");
  const json* lambda = reader.child("lambda");
  model.lambda = read_lambda(lambda == nullptr ? json::object() : *lambda, epochs,
                             pointer + "/lambda", errors);
  model.domain_head = read_enum(reader, "domain_head", model.domain_head);
}

/// The value at a parameter's key: names joined by dots, of which each (an attribute's) may hold
/// dots of its own. Null: there is none.
const json* value_at(const json& settings, std::string_view key) {
  if (!settings.is_object()) return nullptr;
  for (auto one = settings.begin(); one != settings.end(); ++one) {
    if (key == one.key()) return &one.value();
    if (!key.starts_with(one.key() + ".")) continue;
    if (const json* found = value_at(one.value(), key.substr(one.key().size() + 1))) return found;
  }
  return nullptr;
}

/// Whether `settings` (canonical) say the same as a parameter; a branch of a choice has no value of
/// its own there.
bool agrees(const Parameter& parameter, const json& settings) {
  const json* value = value_at(settings, parameter.key);
  if (value == nullptr) return false;
  if (value->is_object()) return std::holds_alternative<std::string>(parameter.value);
  return std::visit([&](const auto& expected) { return *value == expected; }, parameter.value);
}

/// The parameters of a candidate that is drawn already, as the canonical form lists it.
void read_listed_parameters(Candidate& candidate, const json& value, const std::string& pointer,
                            ValidationErrors& errors) {
  candidate.parameters = read_parameters(value, pointer, errors);
  const json settings = canonical_settings(candidate);
  for (const Parameter& parameter : candidate.parameters)
    if (!agrees(parameter, settings))
      errors.add(pointer + "/" + pointer_part(parameter.key),
                 "is not what the candidate's settings say (tables would show a wrong value). "
                 "take the job as the program wrote it");
}

/// `settings` without grids and draws.
Candidate read_candidate(const json& settings, const std::string& pointer,
                         ValidationErrors& errors) {
  Candidate candidate;
  ValidationErrors unknown_kind;
  ObjectReader kind_reader(settings, pointer, unknown_kind);
  const auto kind = static_cast<CandidateKind>(
      kind_reader.choice("kind", names_of<CandidateKind>(), std::nullopt));
  if (!unknown_kind.empty()) {  // what else it may hold depends on the kind
    errors.add(unknown_kind);
    return candidate;
  }
  ObjectReader reader(settings, pointer, errors);
  static_cast<void>(reader.child("kind"));
  candidate.name = reader.text("name", name_of(kind));
  candidate.model = default_model(kind);
  std::visit(
      [&](auto& model) {
        for (const std::string_view key : kModelKeys)
          if (!uses(model, key))
            reader.refuse(
                std::string(key),
                fmt::format("is not used by a candidate of kind '{}'. remove it", name_of(kind)));
        read_model(model, reader, pointer, errors);
      },
      candidate.model);
  const std::size_t known_errors = errors.lines().size();
  if (const json* parameters = reader.child("parameters"))
    if (errors.lines().size() == known_errors)
      read_listed_parameters(candidate, *parameters, pointer + "/parameters", errors);
  reader.finish();
  return candidate;
}

Candidate read_candidate(const GridPoint& point, const std::string& pointer,
                         ValidationErrors& errors) {
  Candidate candidate = read_candidate(point.settings, pointer, errors);
  candidate.name += point.suffix;
  if (!point.parameters.empty()) candidate.parameters = point.parameters;
  return candidate;
}

/// Reads the candidate with each draw at its ends, so that a value out of range is told once and
/// not for each candidate. `candidate` has no grids. Whether there was nothing to tell.
bool ends_fit(const json& candidate, const std::string& pointer, ValidationErrors& errors) {
  ValidationErrors own;
  const SearchSpace space = SearchSpace::read(candidate, pointer, own);
  for (const std::vector<double>& end : space.end_points())
    static_cast<void>(read_candidate(space.settings_at(end), pointer, own));
  errors.add(own);
  return own.empty();
}

/// The points of an entry of the list.
std::vector<GridPoint> expand(const json& entry, const CandidateDraws& draws,
                              const std::string& pointer, ValidationErrors& errors) {
  if (draws.sweep) {
    std::vector<GridPoint> points =
        expand_swept(entry, *draws.sweep, draws.root_seed, pointer, errors);
    if (points.empty() || !find_draw(entry, pointer)) return points;
    const json without_grids = expand_grids(entry, pointer, errors).front().settings;
    return ends_fit(without_grids, pointer, errors) ? points : std::vector<GridPoint>();
  }
  ValidationErrors own;
  if (const auto draw = find_draw(entry, pointer))
    own.add(*draw,
            "is a draw, and the experiment has no 'sweep' (which says how many are drawn). "
            "add one, or write a grid");
  if (entry.is_object() && entry.contains("parameters"))
    own.add(pointer + "/parameters",
            "is not used without a 'sweep' of the experiment (nothing is drawn). remove it");
  errors.add(own);
  if (!own.empty()) return {};
  std::vector<GridPoint> points = expand_grids(entry, pointer, errors);
  for (GridPoint& point : points) point.parameters.clear();
  return points;
}

bool is_choice(const json& value) {
  return value.is_object() && value.contains("choice") && value.at("choice").is_array();
}

/// A candidate's own training settings over the job's: they win field by field, those of a choice
/// between objects in each of them. A grid or draw of the job is one value, which gives way as a
/// whole.
json over(const json& own, const json& of_job) {
  const bool both_hold_fields =
      own.is_object() && of_job.is_object() && !stands_for_several(of_job);
  if (!both_hold_fields) return own;
  if (is_choice(own)) {
    json merged = own;
    for (json& branch : merged["choice"]) branch = over(branch, of_job);
    return merged;
  }
  if (stands_for_several(own)) return own;
  json merged = of_job;
  for (const auto& [key, value] : own.items())
    merged[key] = merged.contains(key) ? over(value, merged[key]) : value;
  return merged;
}

/// One entry of the list with the job's training settings.
json entry_with_training(const json& candidate, const json& training) {
  if (!candidate.is_object() || !training.is_object()) return candidate;
  if (candidate.value("kind", json()) == "linear") return candidate;
  json merged = candidate;
  merged["training"] = merged.contains("training") ? over(merged["training"], training) : training;
  return merged;
}

}  // namespace

TrainingSettings read_training(const json& value, const std::string& pointer,
                               ValidationErrors& errors) {
  TrainingSettings training;
  ObjectReader reader(value, pointer, errors);
  training.epochs = static_cast<int>(reader.integer("epochs", 1, kMostEpochs, training.epochs));
  training.batch = static_cast<int>(reader.integer("batch", 2, 1 << 24, training.batch));
  training.learning_rate = reader.number("learning_rate", kPositive, training.learning_rate);
  training.weight_decay = reader.number("weight_decay", kNotNegative, training.weight_decay);
  if (const json* plateau = reader.child("plateau")) {
    ObjectReader inner(*plateau, pointer + "/plateau", errors);
    PlateauSettings& rule = training.plateau;
    rule.patience = static_cast<int>(inner.integer("patience", 0, kMostEpochs, rule.patience));
    rule.factor = inner.number("factor", {.low = 0, .high = 1, .low_end = Low::open}, rule.factor);
    rule.stop_after =
        static_cast<int>(inner.integer("stop_after", 1, kMostEpochs, rule.stop_after));
    rule.min_improvement = inner.number("min_improvement", kNotNegative, rule.min_improvement);
    inner.finish();
  }
  training.model = static_cast<ScoredModel>(
      reader.choice("model", names_of<ScoredModel>(), static_cast<std::size_t>(ScoredModel::last)));
  reader.finish();
  return training;
}

json with_training(const json& list, const json& training) {
  json merged = list;
  if (merged.is_array())
    for (json& entry : merged) entry = entry_with_training(entry, training);
  return merged;
}

std::vector<Candidate> candidates_at(const json& candidate,
                                     std::span<const std::vector<double>> points) {
  ValidationErrors errors;
  const SearchSpace space = SearchSpace::read(candidate, "/space", errors);
  std::vector<Candidate> candidates;
  for (const std::vector<double>& point : points) {
    GridPoint made{.suffix = "",
                   .settings = space.settings_at(point),
                   .parameters = space.parameters_at(point)};
    made.suffix = name_suffix(made.parameters);
    candidates.push_back(read_candidate(made, "/space", errors));
  }
  errors.throw_if_any(ErrorCode::bad_input, "sweep");
  return candidates;
}

std::vector<Candidate> read_candidates(const json& list, const CandidateDraws& draws,
                                       const std::string& pointer, ValidationErrors& errors) {
  if (!list.is_array() || list.empty()) {
    errors.add(pointer, fmt::format("must be a list of candidates that is not empty ({} was found)",
                                    short_json(list)));
    return {};
  }
  std::vector<Candidate> candidates;
  std::unordered_set<std::string> names;
  const auto add = [&](Candidate candidate, const std::string& here) {
    if (!candidate.name.empty() && !names.insert(candidate.name).second)
      errors.add(here, fmt::format("is a second candidate called '{}' (rows could not be told "
                                   "apart). give it another 'name'",
                                   candidate.name));
    candidates.push_back(std::move(candidate));
  };
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = fmt::format("{}/{}", pointer, i);
    if (list[i].is_object() && stands_for_several(list[i].value("adversary", json()))) {
      errors.add(here + "/adversary",
                 "is a grid or a draw (the samples of the experiment hang on its adversaries). "
                 "draw their lambdas, or list a candidate for each");
      continue;
    }
    if (draws.sweep && !has_several(list[i]))  // as thousands in a job that the program wrote
      add(read_candidate(list[i], here, errors), here);
    else
      for (const GridPoint& point : expand(list[i], draws, here, errors))
        add(read_candidate(point, here, errors), here);
  }
  return candidates;
}

}  // namespace crossfold
