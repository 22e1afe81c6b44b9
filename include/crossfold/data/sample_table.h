#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/core/mistakes.h"

namespace crossfold {

/// A column of names: `codes[i]` indexes `levels`, -1 = missing.
struct CodedColumn {
  std::vector<std::int32_t> codes;
  std::vector<std::string> levels;

  /// Adds one value; a new name becomes a new level, "" is missing.
  void append(const std::string& value);
  [[nodiscard]] const std::string* name_of(std::size_t row) const;  ///< nullptr = missing
  bool operator==(const CodedColumn&) const = default;
};

/// A further property of the samples: numbers (NaN = missing) or names.
struct Attribute {
  std::string name;
  std::variant<std::vector<double>, CodedColumn> values;
};

/// The samples of a store, one row each. `klass`, `domain` and `role` as in the store; role levels
/// are exactly {"in", "oos"}.
struct SampleTable {
  std::vector<std::string> id;     ///< unique, not empty
  std::vector<std::string> group;  ///< patient; never missing
  CodedColumn klass;
  CodedColumn domain;
  CodedColumn role;
  std::vector<Attribute> attributes;

  [[nodiscard]] std::size_t size() const { return id.size(); }
  /// SHA-256 over ids, groups, labels and levels (attributes not): what a fit's numbers hang on.
  [[nodiscard]] Digest label_hash() const;
};

/// Lengths, unique ids, codes inside their levels, unique and non-empty level names.
void check_samples(const SampleTable& samples, Mistakes& mistakes);

}  // namespace crossfold
