#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/validation_errors.h"

namespace crossfold {

/// Whether all rows of a matrix that comes in blocks of rows are the same: then nothing can be
/// learned from it.
class EqualRows {
 public:
  explicit EqualRows(std::size_t dim) : dim_(dim) {}

  void add(std::span<const float> block) {
    for (; all_ && !block.empty(); block = block.subspan(dim_)) {
      const auto row = block.first(dim_);
      if (rows_++ == 0)
        first_.assign(row.begin(), row.end());
      else
        all_ = std::equal(row.begin(), row.end(), first_.begin());
    }
  }
  /// Adds an error where there are several rows, and all are one.
  void report(const std::string& where, ValidationErrors& errors) const {
    if (all_ && rows_ > 1)
      errors.add(where, fmt::format("all of its {} rows are equal (what made them gives the same "
                                    "for every sample, so nothing can be learned). make it anew",
                                    rows_));
  }

 private:
  std::size_t dim_;
  std::size_t rows_ = 0;
  bool all_ = true;
  std::vector<float> first_;
};

}  // namespace crossfold
