#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/audit/finding.h"
#include "crossfold/audit/rule.h"
#include "crossfold/audit/run_evidence.h"
#include "crossfold/core/validation_errors.h"

namespace crossfold::audit {

/// How a run is to be audited.
struct AuditOptions {
  std::vector<std::string> rules = {};            ///< ids or groups ("LEA", "CON-02"); empty: all
  std::map<std::string, double> set = {};         ///< thresholds, "LEA-03.max_expected"
  std::map<std::string, std::string> waive = {};  ///< why, by rule id: shown, but counts no more
};

/// Adds every unknown rule, group or threshold, and every waiver without a reason.
void check_audit_options(const AuditOptions& options, ValidationErrors& errors);

struct UsedThreshold {
  std::string name;
  double value = 0;
  bool changed = false;  ///< by the auditor
  std::string reason;
};

/// One rule and what it found.
struct RuleResult {
  const Rule* rule = nullptr;
  Finding finding;
  std::vector<UsedThreshold> thresholds;
  std::optional<std::string> waived;  ///< why
};

/// Fits that were trained again for the audit, as a reader needs it to do so once more.
struct ReplayNote {
  std::string nonce;
  std::string engine;
  std::size_t of = 0;              ///< fits that they were drawn from
  std::vector<std::string> drawn;  ///< fit ids
  std::size_t trained = 0;         ///< of these
  std::string why_none;            ///< nothing was trained; else empty
};

/// What can be believed of a run.
struct AuditReport {
  std::string run;   ///< of the directory, as it was given
  std::string name;  ///< of the job; empty where it cannot be read
  std::string plan_sha256;
  std::vector<std::string> warnings = {};  ///< of the run's samples, see sample_warnings
  std::vector<RuleResult> results;
  std::vector<ReplayNote> replays = {};

  /// So many rules that are not waived.
  [[nodiscard]] std::size_t count(Verdict verdict) const;
  [[nodiscard]] bool has(Verdict verdict) const { return count(verdict) > 0; }
};

/// Asks the rules one after another. What a rule throws beside NotAssessed is a fault of the run's
/// files that it met: not_assessed, with the Error's words.
[[nodiscard]] AuditReport audit_run(const RunEvidence& evidence, const AuditOptions& options = {});

/// Who audited, when, with what: stands in the written reports.
struct AuditSignature {
  std::string auditor;  ///< may be empty
  std::string time;     ///< "2026-01-31T23:59:59Z"
  std::string program;  ///< version and commit
};

struct AuditText {
  std::size_t evidence = 20;  ///< lines of a rule at most; the others are counted
};

/// A page: the verdict, then the rules by group.
[[nodiscard]] std::string render_audit(const AuditReport& report, const AuditSignature& signature,
                                       const AuditText& text = {});
/// data-schemas/audit.schema.json, with all evidence.
[[nodiscard]] std::string render_audit_json(const AuditReport& report,
                                            const AuditSignature& signature);
/// What the rule computes, its thresholds and their reasons, what it does not establish.
[[nodiscard]] std::string explain_rule(const Rule& rule);

/// The rule with this id; Error{usage} naming the nearest one.
[[nodiscard]] const Rule& rule_of(const std::string& id);

}  // namespace crossfold::audit
