#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "crossfold/core/error.h"

namespace crossfold {

/// Gathers everything that is wrong with an input, so that the user hears of all of it at once.
class ValidationErrors {
 public:
  /// `where` names the place (file, JSON pointer, row); a line that is there already is not added.
  void add(const std::string& where, const std::string& message);
  void add(const ValidationErrors& others);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  /// Throws one Error with every line (of very many the first 100), headed by `subject`
  /// ("job.json") and their number.
  void throw_if_any(ErrorCode code, const std::string& subject) const;

 private:
  std::vector<std::string> lines_;
  std::unordered_set<std::string> known_;  ///< the same lines, for quick look-up
};

}  // namespace crossfold
