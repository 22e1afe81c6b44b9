#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/core/validation_errors.h"

namespace crossfold {

/// Finds the rows that hold zeros alone in a matrix that comes in blocks of rows. A file keeps
/// zeros where nothing was written, so many at the end mean that its writer was stopped. Of one
/// column alone zeros tell nothing.
class ZeroRows {
 public:
  explicit ZeroRows(std::size_t dim) : dim_(dim) {}

  void add(std::span<const float> block);
  /// Adds an error where the last rows, two or more, hold zeros alone and others do not; whether it
  /// did.
  bool refuse_unwritten(const std::string& where, ValidationErrors& errors) const;
  /// "3 of 60 rows hold zeros alone ...", with the first of their ids; nothing where none does.
  [[nodiscard]] std::optional<std::string> note(const std::vector<std::string>& ids) const;

 private:
  std::size_t dim_;
  std::size_t rows_ = 0;
  std::size_t last_ = 0;  ///< how many at the end
  std::vector<std::size_t> zeros_;
};

}  // namespace crossfold
