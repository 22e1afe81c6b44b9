#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace crossfold::audit {

/// What a rule makes of a run. The later, the worse, but for not_assessed.
enum class Verdict { pass, note, warn, fail, not_assessed };

/// "pass", "note", "warn", "fail", "not-assessed".
[[nodiscard]] const char* name_of(Verdict verdict);

/// What a rule found, with the number behind it.
struct Finding {
  Verdict verdict = Verdict::pass;
  std::string text =
      {};  ///< a clause, lower case, no full stop: what was looked at and what it came to
  std::optional<double> value = {};  ///< the number that the verdict rests on, where there is one
  std::optional<double> threshold = {};  ///< that it was compared with
  /// Rows, ids, lines: what a reader can look up. Many are cut in text, never in JSON.
  std::vector<std::string> evidence = {};
};

/// The worst of several findings (one for each experiment, say), with the evidence of all that are
/// worse than pass; not_assessed only where all are. At least one.
[[nodiscard]] Finding worst_of(std::vector<Finding> findings);

/// Thrown where a rule has nothing to judge by: its verdict is not_assessed.
class NotAssessed : public std::exception {
 public:
  /// A clause: "the run keeps no predictions".
  explicit NotAssessed(std::string reason) : reason_(std::move(reason)) {}
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const char* what() const noexcept override { return reason_.c_str(); }

 private:
  std::string reason_;
};

}  // namespace crossfold::audit
