#include "crossfold/audit/finding.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "crossfold/core/error.h"

namespace crossfold::audit {
namespace {

/// not_assessed is no badness: anything that was assessed counts before it.
int badness(Verdict verdict) {
  return verdict == Verdict::not_assessed ? -1 : static_cast<int>(verdict);
}

}  // namespace

const char* name_of(Verdict verdict) {
  static constexpr std::array kNames{"pass", "note", "warn", "fail", "not-assessed"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

Finding worst_of(std::vector<Finding> findings) {
  CF_EXPECT(!findings.empty());
  const auto worst = std::max_element(
      findings.begin(), findings.end(),
      [](const Finding& a, const Finding& b) { return badness(a.verdict) < badness(b.verdict); });
  std::vector<std::string> evidence;
  for (Finding& finding : findings)
    if (badness(finding.verdict) > badness(Verdict::pass))
      std::move(finding.evidence.begin(), finding.evidence.end(), std::back_inserter(evidence));
  Finding result = std::move(*worst);
  if (badness(result.verdict) > badness(Verdict::pass)) result.evidence = std::move(evidence);
  return result;
}

}  // namespace crossfold::audit
