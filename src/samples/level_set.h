#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crossfold/core/validation_errors.h"
#include "crossfold/samples/sample_table.h"

namespace crossfold {

/// The codes of some names of a column; unknown ones are errors under `where`. An empty list lets
/// everything pass.
class LevelSet {
 public:
  LevelSet(const CodedColumn& column, const std::vector<std::string>& names,
           const std::string& where, ValidationErrors& errors);

  /// A missing label passes only where nothing is asked.
  [[nodiscard]] bool passes(std::int32_t code) const {
    return code < 0 ? everything_ : passes_[static_cast<std::size_t>(code)];
  }

 private:
  std::vector<bool> passes_;
  bool everything_;
};

}  // namespace crossfold
