#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "crossfold/audit/rule.h"

namespace crossfold::audit {

/// What became of one of a rule's cases.
struct SelfTestResult {
  const Rule* rule = nullptr;
  enum class Kind { planted, clean } kind = Kind::planted;
  std::string what = {};  ///< was planted, or could be taken for it
  Finding finding = {};   ///< the rule's own
  /// A clean case: rules, this one or another, that warn or fail, beyond those that are known to
  /// object to it rightly.
  std::vector<std::string> false_alarms = {};
  /// Found where planted, silent where clean.
  [[nodiscard]] bool passed() const;
};

struct SelfTestReport {
  std::vector<SelfTestResult> results;
  [[nodiscard]] std::size_t count(SelfTestResult::Kind kind) const;
  [[nodiscard]] std::size_t passed(SelfTestResult::Kind kind) const;
  [[nodiscard]] bool all_passed() const;
};

/// Makes the planted and the clean cases of each rule (ids or groups as in AuditOptions::rules;
/// empty: all) below `folder`, which is emptied of them afterwards, and audits them. Trains small
/// runs on this process' cores. `progress` hears of each case.
[[nodiscard]] SelfTestReport run_self_test(
    const std::filesystem::path& folder, const std::vector<std::string>& rules = {},
    const std::function<void(const SelfTestResult&)>& progress = {});

/// Rates of detection and of false alarms, rule by rule.
[[nodiscard]] std::string render_self_test(const SelfTestReport& report);

}  // namespace crossfold::audit
