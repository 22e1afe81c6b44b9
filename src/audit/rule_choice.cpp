#include "rule_choice.h"

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/audit/audit.h"
#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

namespace crossfold::audit {
namespace {

bool names(const std::string& word, const Rule& rule) {
  const std::string id = rule.id;
  return word == id || word == id.substr(0, id.find('-'));
}

std::vector<std::string> known_words() {
  std::vector<std::string> words;
  for (const Rule* rule : all_rules()) {
    const std::string id = rule->id;
    const std::string group = id.substr(0, id.find('-'));
    if (std::find(words.begin(), words.end(), group) == words.end()) words.push_back(group);
    words.push_back(id);
  }
  return words;
}

}  // namespace

const Rule* find_rule(const std::string& id) {
  const auto rules = all_rules();
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const Rule* rule) { return id == rule->id; });
  return found == rules.end() ? nullptr : *found;
}

const Rule& rule_of(const std::string& id) {
  if (const Rule* rule = find_rule(id)) return *rule;
  std::vector<std::string> known;
  for (const Rule* rule : all_rules()) known.emplace_back(rule->id);
  const auto near = nearest_name(id, known);
  throw Error(ErrorCode::usage,
              fmt::format("there is no rule '{}'{}", id,
                          near ? fmt::format(" (the nearest is {})", *near)
                               : std::string(" (`crossfold audit --explain all` lists them)")));
}

std::vector<const Rule*> chosen_rules(const std::vector<std::string>& words,
                                      ValidationErrors& errors) {
  const auto rules = all_rules();
  for (const std::string& word : words) {
    if (std::any_of(rules.begin(), rules.end(),
                    [&](const Rule* rule) { return names(word, *rule); }))
      continue;
    const auto near = nearest_name(word, known_words());
    errors.add("--rules " + word,
               near ? fmt::format("is no rule and no group of rules. is '{}' meant?", *near)
                    : "is no rule and no group of rules. `crossfold audit --explain all` lists "
                      "them");
  }
  std::vector<const Rule*> chosen;
  for (const Rule* rule : rules)
    if (words.empty() || std::any_of(words.begin(), words.end(),
                                     [&](const std::string& word) { return names(word, *rule); }))
      chosen.push_back(rule);
  return chosen;
}

}  // namespace crossfold::audit
