#include "read_sets.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/job/names.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr int kMostImages = 1'000'000'000;

std::vector<Role> read_roles(ObjectReader& reader, const std::string& key) {
  std::vector<Role> roles;
  const std::vector<std::string>& known = names_of<Role>();
  for (const std::string& name : reader.texts(key)) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      reader.error(key, fmt::format("has \"{}\" (not a role). choose one of {}", name,
                                    fmt::join(known, ", ")));
    else
      roles.push_back(static_cast<Role>(found - known.begin()));
  }
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  return roles;
}

std::vector<AttributeFilter> read_attributes(const json& value, const std::string& pointer,
                                             ValidationErrors& errors) {
  std::vector<AttributeFilter> filters;
  if (!value.is_object() || value.empty()) {
    errors.add(pointer, fmt::format("must name attributes, as in {{\"view\": \"PA\", \"age\": "
                                    "[18, 65]}} ({} was found)",
                                    short_json(value)));
    return filters;
  }
  ObjectReader reader(value, pointer, errors);
  for (const auto& [name, wanted] : value.items()) {
    AttributeFilter filter{.attribute = name, .names = {}};
    const bool is_range =
        wanted.is_array() && wanted.size() == 2 && wanted[0].is_number() && wanted[1].is_number();
    if (is_range) {
      static_cast<void>(reader.child(name));
      filter.low = wanted[0].get<double>();
      filter.high = wanted[1].get<double>();
      if (filter.low > filter.high)
        reader.error(name, fmt::format("is {} (no number lies there). put the smaller one first",
                                       short_json(wanted)));
    } else if (wanted.is_string() ||
               (wanted.is_array() && !wanted.empty() &&
                std::all_of(wanted.begin(), wanted.end(),
                            [](const json& one) { return one.is_string(); }))) {
      filter.names = reader.texts(name);
    } else {
      static_cast<void>(reader.child(name));
      reader.error(name, fmt::format("must be a name, a list of names, or two numbers between "
                                     "which values lie ({} was found)",
                                     short_json(wanted)));
    }
    filters.push_back(std::move(filter));
  }
  reader.finish();
  return filters;
}

std::map<std::string, int> read_at_most(ObjectReader& reader, ValidationErrors& errors) {
  std::map<std::string, int> caps;
  const json* value = reader.child("at_most");
  if (value == nullptr) return caps;
  if (!value->is_object()) {
    caps[""] = static_cast<int>(reader.integer("at_most", 1, kMostImages, 1));
    return caps;
  }
  ObjectReader of_class(*value, reader.pointer_to("at_most"), errors);
  for (const auto& [name, ignored] : value->items())
    caps[name] = static_cast<int>(of_class.integer(name, 1, kMostImages, 1));
  of_class.finish();
  if (caps.empty()) reader.error("at_most", "names no class. name some, or give one number");
  return caps;
}

/// What the filter of an override, a pool and a set have in common.
SampleFilter read_labels(ObjectReader& reader) {
  SampleFilter filter;
  filter.role = read_roles(reader, "role");
  filter.class_label = reader.texts("class");
  filter.domain = reader.texts("domain");
  return filter;
}

SampleFilter read_filter(ObjectReader& reader, ValidationErrors& errors) {
  SampleFilter filter = read_labels(reader);
  filter.set = reader.texts("set");
  if (const json* attributes = reader.child("attributes"))
    filter.attributes = read_attributes(*attributes, reader.pointer_to("attributes"), errors);
  return filter;
}

SampleFilter of_set(const std::string& name) {
  SampleFilter filter;
  filter.set = {name};
  return filter;
}

/// One part of a set: the name of another one, or a filter.
SampleFilter read_part(const json& value, const std::string& pointer, ValidationErrors& errors) {
  if (value.is_string()) return of_set(value.get<std::string>());
  ObjectReader reader(value, pointer, errors);
  SampleFilter filter = read_filter(reader, errors);
  filter.at_most = read_at_most(reader, errors);
  if (value.is_object() && value.empty())
    errors.add(pointer,
               "is empty (it would take every sample). name a class, domain, role, set "
               "or attribute");
  reader.finish();
  return filter;
}

SampleSet read_set(const json& value, const std::string& pointer, ValidationErrors& errors) {
  SampleSet set;
  if (!value.is_array()) {
    set.push_back(read_part(value, pointer, errors));
    return set;
  }
  if (value.empty()) errors.add(pointer, "is an empty list. name sets or filters");
  for (std::size_t i = 0; i < value.size(); ++i)
    set.push_back(read_part(value[i], fmt::format("{}/{}", pointer, i), errors));
  return set;
}

/// Set names become names of columns, so they are words that none of the program's own begin with.
void check_set_name(const std::string& name, const std::string& pointer, ValidationErrors& errors) {
  static const std::set<std::string> kTaken{"in", "oos", "task", "class", "domain", "all"};
  const bool is_word = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+';
  });
  if (!is_word)
    errors.add(pointer,
               "has a name that cannot stand in a column's title. take letters, digits, "
               "'-', '_' and '+'");
  else if (kTaken.contains(name))
    errors.add(pointer, fmt::format("has the name '{}' (it means something else in tables). take "
                                    "another one",
                                    name));
}

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, ignored] : map) keys.push_back(key);
  return keys;
}

void check_known(const SampleFilter& filter, const NamedSets& sets, const std::string& pointer,
                 ValidationErrors& errors) {
  for (const std::string& name : filter.set) {
    if (sets.contains(name)) continue;
    errors.add(pointer, sets.empty()
                            ? fmt::format("names the set '{}' (the job has none). describe it "
                                          "under 'sets'",
                                          name)
                            : fmt::format("names the set '{}' (the job has no such set). "
                                          "choose one of {}",
                                          name, fmt::join(keys_of(sets), ", ")));
  }
}

/// Names every set that contains itself, once for each ring.
class Recursion {
 public:
  Recursion(const NamedSets& sets, ValidationErrors& errors) : sets_(sets), errors_(errors) {}

  void look_at(const std::string& name) {
    if (done_.contains(name)) return;
    const auto on_the_way = std::find(way_.begin(), way_.end(), name);
    if (on_the_way != way_.end()) {
      const std::vector<std::string> ring(on_the_way, way_.end());
      errors_.add("/sets/" + pointer_part(name),
                  fmt::format("contains itself ({}). take it out of one of them",
                              ring.size() == 1
                                  ? "it is named in its own description"
                                  : fmt::format("through {}",
                                                fmt::join(ring.begin() + 1, ring.end(), ", "))));
      return;
    }
    way_.push_back(name);
    for (const SampleFilter& part : sets_.at(name))
      for (const std::string& inner : part.set)
        if (sets_.contains(inner)) look_at(inner);
    way_.pop_back();
    done_.insert(name);
  }

 private:
  const NamedSets& sets_;
  ValidationErrors& errors_;
  std::vector<std::string> way_;
  std::set<std::string> done_;
};

std::vector<std::string> known_evaluations(const NamedSets& sets) {
  std::vector<std::string> known = names_of<Role>();
  for (const auto& [name, ignored] : sets) known.push_back(name);
  return known;
}

}  // namespace

SampleFilter read_override(const json& value, const std::string& pointer,
                           ValidationErrors& errors) {
  ObjectReader reader(value, pointer, errors);
  SampleFilter filter = read_labels(reader);
  reader.finish();
  return filter;
}

NamedSets read_sets(const json& value, ValidationErrors& errors) {
  NamedSets sets;
  if (!value.is_object()) {
    errors.add("/sets",
               fmt::format("must be an object of named sets ({} was found)", short_json(value)));
    return sets;
  }
  for (const auto& [name, description] : value.items()) {
    const std::string pointer = "/sets/" + pointer_part(name);
    check_set_name(name, pointer, errors);
    sets[name] = read_set(description, pointer, errors);
  }
  Recursion recursion(sets, errors);
  for (const auto& [name, parts] : sets) {
    for (const SampleFilter& part : parts)
      check_known(part, sets, "/sets/" + pointer_part(name), errors);
    recursion.look_at(name);
  }
  return sets;
}

SampleFilter read_pool(const json& value, const NamedSets& sets, const std::string& pointer,
                       ValidationErrors& errors) {
  SampleFilter filter;
  if (value.is_string()) {
    filter = of_set(value.get<std::string>());
  } else {
    ObjectReader reader(value, pointer, errors);
    filter = read_filter(reader, errors);
    reader.refuse("at_most", "is used in 'sets' only. describe a set there and name it here");
    reader.finish();
    if (filter.role.empty() && filter.set.empty()) filter.role = {Role::in};
  }
  check_known(filter, sets, pointer, errors);
  return filter;
}

void read_evaluate(Experiment& experiment, const NamedSets& sets, ObjectReader& reader) {
  if (!reader.has("evaluate")) return;
  std::set<std::string> seen;
  for (const std::string& name : reader.texts("evaluate")) {
    if (!seen.insert(name).second || name == name_of(Role::in)) continue;
    if (name == name_of(Role::oos))
      experiment.evaluate_oos = true;
    else if (sets.contains(name))
      experiment.evaluate_sets.push_back(name);
    else
      reader.error("evaluate",
                   fmt::format("has \"{}\" ({}). choose one of {}", name,
                               sets.empty() ? "not a role" : "neither a role nor a named set",
                               fmt::join(known_evaluations(sets), ", ")));
  }
  if (!seen.empty() && !seen.contains(name_of(Role::in)) && experiment.matrix.empty())
    reader.error("evaluate", "lacks \"in\" (the held-out fold is always scored). add it");
}

}  // namespace crossfold
