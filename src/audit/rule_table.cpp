#include <array>
#include <string_view>
#include <utility>

#include "crossfold/audit/rule.h"
#include "crossfold/core/error.h"

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
      &int_01(), &int_02(), &int_03(), &int_04(), &int_05(), &int_06(), &rep_01(), &rep_02(),
      &rep_03(), &rep_04(), &lea_01(), &lea_02(), &lea_03(), &lea_04(), &lea_05(), &lea_06(),
      &con_01(), &con_02(), &con_03(), &con_04(), &con_05(), &con_06(), &pro_01(), &pro_02(),
      &pro_03(), &pro_04(), &sta_01(), &sta_02(), &sta_03(), &sta_04(), &sta_05(),
  };
  return rules;
}

const char* group_of(const Rule& rule) {
  const std::string_view prefix = std::string_view(rule.id).substr(0, 3);
  for (const auto& [name, title] : kGroups)
    if (name == prefix) return title;
  throw_contract_error("a rule's id begins with its group", __FILE__, __LINE__);
}

}  // namespace crossfold::audit
