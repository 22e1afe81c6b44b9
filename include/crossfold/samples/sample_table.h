#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/core/validation_errors.h"

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

  /// SHA-256 over the values (and levels), not the name: see data-schemas/store.md.
  [[nodiscard]] Digest content_hash() const;
};

/// The samples of a store, one row each. `class_label`, `domain` and `role` as in the store; role
/// levels are exactly {"in", "oos"}. A missing role (-1) keeps a sample out of every split.
struct SampleTable {
  std::vector<std::string> id;     ///< unique, not empty
  std::vector<std::string> group;  ///< patient; never missing
  CodedColumn class_label;
  CodedColumn domain;
  CodedColumn role;
  std::vector<Attribute> attributes;

  [[nodiscard]] std::size_t size() const { return id.size(); }
  /// SHA-256 over ids, groups, labels and levels (attributes not): what a fit's numbers hang on.
  /// data-schemas/store.md gives the bytes.
  [[nodiscard]] Digest label_hash() const;
};

/// The levels of `role`: {"in", "oos"}.
[[nodiscard]] const std::vector<std::string>& role_levels();

/// At least one sample, equal lengths, unique ids, no empty id or group, codes inside their levels,
/// unique and non-empty level names, texts in UTF-8, no infinite number. ValidationErrors are
/// placed by the store's paths (`/samples/class`), rows counted from 0.
void check_samples(const SampleTable& samples, ValidationErrors& errors);

}  // namespace crossfold
