#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "crossfold/audit/audit.h"
#include "crossfold/core/counted.h"
#include "crossfold/core/first_named.h"
#include "crossfold/core/text_lines.h"

namespace crossfold::audit {
namespace {

std::string number(double value) { return fmt::format("{:.4g}", value); }

std::string counts(const AuditReport& report) {
  std::string text;
  const auto add = [&](std::size_t n, const char* word) {
    if (n > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, word);
  };
  add(report.count(Verdict::fail), "fail");
  add(report.count(Verdict::warn), "warn");
  add(report.count(Verdict::note), "note");
  add(report.count(Verdict::pass), "pass");
  add(report.count(Verdict::not_assessed), "not assessed");
  const auto waived = std::count_if(report.results.begin(), report.results.end(),
                                    [](const RuleResult& one) { return one.waived.has_value(); });
  add(static_cast<std::size_t>(waived), "waived");
  return text;
}

std::string sentence_of(const AuditReport& report) {
  if (report.has(Verdict::fail))
    return "FAIL: something does not fit together, or was not done as it had to be";
  if (report.has(Verdict::warn))
    return "WARN: what is recorded fits together; read the warnings before you believe the tables";
  if (report.has(Verdict::pass) || report.has(Verdict::note)) {
    const std::size_t silent = report.count(Verdict::not_assessed);
    return silent == 0 ? "PASS: no rule has an objection"
                       : fmt::format("PASS: no rule has an objection; {} could not judge", silent);
  }
  return report.has(Verdict::not_assessed) ? "NOT ASSESSED: no rule could judge"
                                           : "NOT ASSESSED: every rule is waived";
}

/// "FAIL", "warn", ...: what is to be seen first is in capitals.
std::string word_of(const RuleResult& result) {
  if (result.waived) return "waived";
  switch (result.finding.verdict) {
    case Verdict::fail:
      return "FAIL";
    case Verdict::warn:
      return "WARN";
    case Verdict::not_assessed:
      return "-";
    case Verdict::pass:
    case Verdict::note:
      break;
  }
  return name_of(result.finding.verdict);
}

/// Why rules could not judge: a reason that more than kMostNamed have is told once.
class Reasons {
 public:
  explicit Reasons(const std::vector<RuleResult>& results) {
    for (const RuleResult& result : results)
      if (result.finding.verdict == Verdict::not_assessed)
        rules_[result.finding.text].push_back(result.rule->id);
  }
  [[nodiscard]] std::string text_of(const RuleResult& result) const {
    const auto& rules = rules_.at(result.finding.text);
    const bool is_told = rules.size() > kMostNamed && rules.front() != result.rule->id;
    return is_told ? fmt::format("as {}", rules.front()) : result.finding.text;
  }

 private:
  std::map<std::string, std::vector<std::string_view>> rules_;
};

std::string lines_of(const RuleResult& result, const Reasons& reasons, std::size_t most) {
  constexpr std::size_t kIndent = 18;
  const std::string indent(kIndent, ' ');
  const Finding& finding = result.finding;
  std::string text =
      finding.verdict == Verdict::not_assessed
          ? fmt::format("{}: not assessed ({})", result.rule->title, reasons.text_of(result))
          : fmt::format("{}: {}", result.rule->title, finding.text);
  std::string out = wrapped(fmt::format("  {:<8}{:<8}", result.rule->id, word_of(result)),
                            printable(text), kIndent);
  for (const UsedThreshold& threshold : result.thresholds)
    if (threshold.changed)
      out += wrapped(indent,
                     fmt::format("threshold {} set to {} by the auditor", threshold.name,
                                 number(threshold.value)),
                     kIndent);
  if (result.waived)
    out += wrapped(
        indent,
        fmt::format("waived ({} without): {}", name_of(finding.verdict), printable(*result.waived)),
        kIndent);
  if (finding.verdict == Verdict::pass || finding.verdict == Verdict::not_assessed) return out;
  for (std::size_t i = 0; i < std::min(most, finding.evidence.size()); ++i)
    out += wrapped(indent + "| ", printable(finding.evidence[i]), kIndent + 4);
  if (finding.evidence.size() > most)
    out += fmt::format("{}| ... and {} more (--json has all)\n", indent,
                       finding.evidence.size() - most);
  return out + wrapped(indent,
                       fmt::format("not shown by this: {}", result.rule->does_not_establish),
                       kIndent);
}

}  // namespace

std::string render_audit(const AuditReport& report, const AuditSignature& signature,
                         const AuditText& options) {
  std::string text =
      wrapped("",
              fmt::format("{}: {}", printable(report.name.empty() ? report.run : report.name),
                          sentence_of(report)),
              2);
  text += fmt::format("  {}: {}\n", counted(report.results.size(), "rule"), counts(report));
  text += fmt::format("  {}; {}{}{}\n", printable(report.run), signature.time,
                      signature.auditor.empty() ? "" : ", by ", printable(signature.auditor));
  text += fmt::format("  crossfold {}\n", signature.program);
  for (const std::string& warning : report.warnings)
    text += wrapped("  ", "WARNING: " + printable(warning), 4);
  for (const ReplayNote& replay : report.replays)
    text +=
        wrapped("  ",
                fmt::format("trained again: {} of {} by the {} engine, drawn with the nonce '{}'",
                            replay.trained, counted(replay.of, "fit"), replay.engine,
                            printable(replay.nonce)),
                4);
  std::string_view group;
  const Reasons reasons(report.results);
  for (const RuleResult& result : report.results) {
    if (const std::string_view next = group_of(*result.rule); next != group)
      text += fmt::format("\n{}\n", group = next);
    text += lines_of(result, reasons, options.evidence);
  }
  return text;
}

std::string explain_rule(const Rule& rule) {
  std::string text = fmt::format("{} (version {}): {}\n", rule.id, rule.version, rule.title);
  text += wrapped("  computes: ", rule.computes, 4);
  for (const Threshold& threshold : rule.thresholds)
    text += wrapped(fmt::format("  {}.{} = {}: ", rule.id, threshold.name, number(threshold.value)),
                    threshold.reason, 4);
  text += wrapped("  does not establish: ", rule.does_not_establish, 4);
  return text + wrapped("  serves: ", rule.serves, 4);
}

}  // namespace crossfold::audit
