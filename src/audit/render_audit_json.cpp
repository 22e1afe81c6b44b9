#include <nlohmann/json.hpp>

#include "crossfold/audit/audit.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/core/text_of_json.h"

namespace crossfold::audit {
namespace {

using nlohmann::json;

json number_or_null(const std::optional<double>& value) {
  return value ? json_number(*value) : json();
}

json rule_json(const RuleResult& result) {
  json thresholds = json::object();
  for (const UsedThreshold& threshold : result.thresholds)
    thresholds[threshold.name] = {{"value", json_number(threshold.value)},
                                  {"changed", threshold.changed},
                                  {"reason", threshold.reason}};
  json value{{"id", result.rule->id},
             {"version", result.rule->version},
             {"group", group_of(*result.rule)},
             {"title", result.rule->title},
             {"verdict", name_of(result.finding.verdict)},
             {"text", result.finding.text},
             {"value", number_or_null(result.finding.value)},
             {"threshold", number_or_null(result.finding.threshold)},
             {"thresholds", std::move(thresholds)},
             {"evidence", result.finding.evidence},
             {"computes", result.rule->computes},
             {"does_not_establish", result.rule->does_not_establish},
             {"serves", result.rule->serves}};
  if (result.waived) value["waived"] = *result.waived;
  return value;
}

json replay_json(const ReplayNote& replay) {
  json value{{"nonce", replay.nonce},
             {"engine", replay.engine},
             {"drawn_from", replay.of},
             {"drawn", replay.drawn},
             {"trained", replay.trained}};
  if (!replay.why_none.empty()) value["why_none"] = replay.why_none;
  return value;
}

}  // namespace

std::string render_audit_json(const AuditReport& report, const AuditSignature& signature) {
  json counts = json::object();
  for (const Verdict verdict :
       {Verdict::pass, Verdict::note, Verdict::warn, Verdict::fail, Verdict::not_assessed})
    counts[name_of(verdict)] = report.count(verdict);
  json rules = json::array();
  for (const RuleResult& result : report.results) rules.push_back(rule_json(result));
  json replays = json::array();
  for (const ReplayNote& replay : report.replays) replays.push_back(replay_json(replay));
  const json value{{"format", "crossfold-audit"},
                   {"format_version", 1},
                   {"run", report.run},
                   {"name", report.name},
                   {"plan_sha256", report.plan_sha256},
                   {"auditor", signature.auditor},
                   {"time", signature.time},
                   {"program", signature.program},
                   {"warnings", report.warnings},
                   {"replays", std::move(replays)},
                   {"counts", std::move(counts)},
                   {"rules", std::move(rules)}};
  return json_text(value, 1) + "\n";
}

}  // namespace crossfold::audit
