#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "crossfold/audit/audit.h"
#include "crossfold/audit/rule.h"
#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

#include "rules.h"

namespace crossfold::audit {
namespace {

/// Groups in the order in which they are asked and told.
constexpr std::array<std::pair<std::string_view, const char*>, 6> kGroups{{
    {"INT", "Integrity"},
    {"REP", "Replay"},
    {"LEA", "Leakage"},
    {"CON", "Confounding"},
    {"PRO", "Protocol"},
    {"STA", "Statistics"},
}};

}  // namespace

std::span<const Rule* const> all_rules() {
  static const std::vector<const Rule*> rules{
      &int_01(), &int_02(), &int_03(), &int_04(), &int_05(),
      &int_06(), &rep_01(), &rep_02(), &rep_03(), &rep_04(),
  };
  return rules;
}

const char* group_of(const Rule& rule) {
  const std::string_view prefix = std::string_view(rule.id).substr(0, 3);
  for (const auto& [name, title] : kGroups)
    if (name == prefix) return title;
  throw_contract_error("a rule's id begins with its group", __FILE__, __LINE__);
}

const Rule& rule_of(const std::string& id) {
  std::vector<std::string> known;
  for (const Rule* rule : all_rules()) {
    if (id == rule->id) return *rule;
    known.emplace_back(rule->id);
  }
  const auto near = nearest_name(id, known);
  throw Error(ErrorCode::usage,
              fmt::format("there is no rule '{}'{}", id,
                          near ? fmt::format(" (the nearest is {})", *near)
                               : std::string(" (`crossfold audit --explain all` lists them)")));
}

}  // namespace crossfold::audit
