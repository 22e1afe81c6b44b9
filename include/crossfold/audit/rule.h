#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/audit/finding.h"
#include "crossfold/audit/run_evidence.h"

namespace crossfold::audit {

class CaseMaker;
struct AuditCase;

/// A number that a rule compares with.
struct Threshold {
  const char* name;
  double value;
  const char* reason;  ///< why this value
};

/// A rule's thresholds by name, as the auditor left or set them.
class Thresholds {
 public:
  explicit Thresholds(std::map<std::string, double> values) : values_(std::move(values)) {}
  [[nodiscard]] double operator[](const std::string& name) const { return values_.at(name); }

 private:
  std::map<std::string, double> values_;
};

/// One question to a run. Its id never changes its meaning and is never given to another rule; a
/// rule that computes something else gets a higher version.
struct Rule {
  const char* id;  ///< "INT-01": group and number
  int version = 1;
  const char* title;               ///< a few words
  const char* computes;            ///< what, in a sentence or two, with its source
  const char* does_not_establish;  ///< what a pass leaves open, in one sentence
  const char* serves;              ///< items of REFORMS and PROBAST+AI
  std::vector<Threshold> thresholds;
  Finding (*judge)(const RunEvidence& evidence, const Thresholds& thresholds);
  /// Made-up runs in which this rule must warn or fail, and some that look like them in which it
  /// must not.
  std::vector<AuditCase> (*planted)(CaseMaker& maker);
  std::vector<AuditCase> (*clean)(CaseMaker& maker);
};

/// All rules, by group: integrity, replay, leakage, confounding, protocol, statistics.
[[nodiscard]] std::span<const Rule* const> all_rules();

/// "Integrity" for a rule of INT.
[[nodiscard]] const char* group_of(const Rule& rule);

}  // namespace crossfold::audit
