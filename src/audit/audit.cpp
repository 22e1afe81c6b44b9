#include "crossfold/audit/audit.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/job/names.h"

#include "rule_choice.h"

namespace crossfold::audit {
namespace {

std::vector<UsedThreshold> used_thresholds(const Rule& rule, const AuditOptions& options) {
  std::vector<UsedThreshold> used;
  for (const Threshold& threshold : rule.thresholds) {
    const auto set = options.set.find(fmt::format("{}.{}", rule.id, threshold.name));
    const bool changed = set != options.set.end();
    used.push_back({.name = threshold.name,
                    .value = changed ? set->second : threshold.value,
                    .changed = changed,
                    .reason = threshold.reason});
  }
  return used;
}

Finding judge(const Rule& rule, const RunEvidence& evidence,
              const std::vector<UsedThreshold>& used) {
  std::map<std::string, double> values;
  for (const UsedThreshold& threshold : used) values[threshold.name] = threshold.value;
  const auto not_assessed = [](std::string reason) {
    return Finding{.verdict = Verdict::not_assessed, .text = std::move(reason)};
  };
  try {
    return rule.judge(evidence, Thresholds(std::move(values)));
  } catch (const NotAssessed& why) {
    return not_assessed(why.reason());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) throw;
    return not_assessed(error.what());
  }
}

ReplayNote note_of(const Replay& replay) {
  ReplayNote note{.nonce = replay.draw.nonce,
                  .engine = name_of(replay.outcome.engine),
                  .of = replay.of,
                  .drawn = {},
                  .trained = replay.outcome.fits.size(),
                  .why_none = replay.why_none};
  for (const FitId& id : replay.drawn) note.drawn.push_back(id.hex());
  return note;
}

}  // namespace

std::size_t AuditReport::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [&](const RuleResult& result) {
        return !result.waived && result.finding.verdict == verdict;
      }));
}

void check_audit_options(const AuditOptions& options, ValidationErrors& errors) {
  static_cast<void>(chosen_rules(options.rules, errors));
  for (const auto& entry : options.set) {
    const std::string& name = entry.first;
    const std::size_t dot = name.find('.');
    const Rule* rule = find_rule(name.substr(0, dot));
    const bool known =
        rule != nullptr && dot != std::string::npos &&
        std::any_of(rule->thresholds.begin(), rule->thresholds.end(),
                    [&](const Threshold& one) { return name.substr(dot + 1) == one.name; });
    if (!known)
      errors.add("--set " + name,
                 rule == nullptr ? "names no rule. write RULE.THRESHOLD=NUMBER"
                                 : fmt::format("is no threshold of {}. `crossfold audit --explain "
                                               "{}` lists them",
                                               rule->id, rule->id));
  }
  for (const auto& [id, why] : options.waive) {
    if (find_rule(id) == nullptr) errors.add("--waive " + id, "names no rule");
    if (why.empty())
      errors.add("--waive " + id, "has no reason (a waived rule stays visible). say why by --why");
  }
}

AuditReport audit_run(const RunEvidence& evidence, const AuditOptions& options) {
  ValidationErrors errors;
  check_audit_options(options, errors);
  errors.throw_if_any(ErrorCode::usage, "audit");
  AuditReport report{.run = evidence.subject().run.string(),
                     .name = evidence.scan().job ? evidence.scan().job->name : "",
                     .plan_sha256 = evidence.scan().header_plan_sha256,
                     .results = {}};
  if (evidence.why_no_records().empty()) report.warnings = evidence.records().plan.basis.warnings;
  for (const Replay& replay : evidence.subject().replays) report.replays.push_back(note_of(replay));
  ValidationErrors none;
  for (const Rule* rule : chosen_rules(options.rules, none)) {
    std::vector<UsedThreshold> thresholds = used_thresholds(*rule, options);
    Finding finding = judge(*rule, evidence, thresholds);
    const auto waived = options.waive.find(rule->id);
    report.results.push_back(
        {.rule = rule,
         .finding = std::move(finding),
         .thresholds = std::move(thresholds),
         .waived = waived == options.waive.end() ? std::nullopt : std::optional(waived->second)});
  }
  return report;
}

}  // namespace crossfold::audit
