#include "crossfold/audit/self_test.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "crossfold/audit/audit.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/text_lines.h"
#include "crossfold/core/validation_errors.h"

#include "case_maker.h"
#include "rule_choice.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;

bool objects(const Finding& finding) {
  return finding.verdict == Verdict::warn || finding.verdict == Verdict::fail;
}

Finding judged_by(const Rule& rule, const AuditCase& made) {
  const RunEvidence evidence(made.subject);
  return audit_run(evidence, {.rules = {rule.id}}).results.front().finding;
}

SelfTestResult test_planted(const Rule& rule, const AuditCase& made) {
  return {.rule = &rule,
          .kind = SelfTestResult::Kind::planted,
          .what = made.what,
          .finding = judged_by(rule, made),
          .false_alarms = {}};
}

/// Asks all rules: one that is meant for something else must be silent as well.
SelfTestResult test_clean(const Rule& rule, const AuditCase& made) {
  SelfTestResult result{.rule = &rule,
                        .kind = SelfTestResult::Kind::clean,
                        .what = made.what,
                        .finding = {},
                        .false_alarms = {}};
  const RunEvidence evidence(made.subject);
  for (const RuleResult& one : audit_run(evidence).results) {
    if (one.rule == &rule) result.finding = one.finding;
    const bool rightly =
        std::find(made.also.begin(), made.also.end(), one.rule->id) != made.also.end();
    if (!objects(one.finding) || rightly) continue;
    result.false_alarms.push_back(fmt::format("{}: {}", one.rule->id, one.finding.text));
    if (!one.finding.evidence.empty())
      result.false_alarms.back() += " (" + one.finding.evidence.front() + ")";
  }
  return result;
}

}  // namespace

bool SelfTestResult::passed() const {
  return kind == Kind::planted ? objects(finding) : false_alarms.empty();
}

std::size_t SelfTestReport::count(SelfTestResult::Kind kind) const {
  return static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [&](const SelfTestResult& one) { return one.kind == kind; }));
}

std::size_t SelfTestReport::passed(SelfTestResult::Kind kind) const {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(),
                    [&](const SelfTestResult& one) { return one.kind == kind && one.passed(); }));
}

bool SelfTestReport::all_passed() const {
  return std::all_of(results.begin(), results.end(),
                     [](const SelfTestResult& one) { return one.passed(); });
}

SelfTestReport run_self_test(const fs::path& folder, const std::vector<std::string>& rules,
                             const std::function<void(const SelfTestResult&)>& progress) {
  ValidationErrors errors;
  const std::vector<const Rule*> chosen = chosen_rules(rules, errors);
  errors.throw_if_any(ErrorCode::usage, "audit --self-test");
  const fs::path place = folder / "crossfold-self-test";
  std::error_code error;
  CF_VALIDATE(!fs::exists(place, error), ErrorCode::bad_input,
              "is there already (the self-test needs a folder of its own). move it away",
              place.string());
  create_writable_folder(place);
  SelfTestReport report;
  try {
    CaseMaker maker(place);
    const auto take = [&](SelfTestResult result) {
      report.results.push_back(std::move(result));
      if (progress) progress(report.results.back());
    };
    for (const Rule* rule : chosen) {
      for (const AuditCase& made : rule->planted(maker)) take(test_planted(*rule, made));
      for (const AuditCase& made : rule->clean(maker)) take(test_clean(*rule, made));
    }
  } catch (...) {
    fs::remove_all(place, error);
    throw;
  }
  fs::remove_all(place, error);
  return report;
}

std::string render_self_test(const SelfTestReport& report) {
  using Kind = SelfTestResult::Kind;
  constexpr std::size_t kIndent = 21;
  std::string text;
  for (const SelfTestResult& result : report.results) {
    const char* word = result.kind == Kind::planted ? (result.passed() ? "found" : "NOT FOUND")
                                                    : (result.passed() ? "silent" : "FALSE ALARM");
    text += wrapped(fmt::format("{:<8}{:<13}", result.rule->id, word),
                    fmt::format("{} ({})", result.what, name_of(result.finding.verdict)), kIndent);
    const std::string below(kIndent, ' ');
    if (result.kind == Kind::planted && !result.passed())
      text += wrapped(below, result.finding.text, kIndent);
    for (const std::string& alarm : result.false_alarms) text += wrapped(below, alarm, kIndent);
  }
  return text +
         fmt::format(
             "\nplanted cases found: {} of {}; clean cases without a false alarm: {} of {}\n",
             report.passed(Kind::planted), report.count(Kind::planted), report.passed(Kind::clean),
             report.count(Kind::clean));
}

}  // namespace crossfold::audit
