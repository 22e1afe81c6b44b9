#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "crossfold/core/csv.h"
#include "crossfold/core/validation_errors.h"

#include "collection_layouts.h"

namespace crossfold {

/// A collection's CSV table whose columns are found by any of their published names.
class PublishedTable {
 public:
  /// The first of `names` found in `places`; Error{bad_input} when none is, or it is no CSV.
  PublishedTable(std::span<const std::filesystem::path> places, const Names& names);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t rows() const { return table_.rows.size(); }
  [[nodiscard]] std::size_t line(std::size_t row) const { return table_.lines[row]; }
  /// The column of the first of `names` there is; its absence is an error.
  [[nodiscard]] std::size_t required(const Names& names, ValidationErrors& errors) const;
  [[nodiscard]] std::optional<std::size_t> find(const Names& names) const;
  /// Without blanks at its ends; empty where `column` is nothing.
  [[nodiscard]] std::string field(std::size_t row, std::optional<std::size_t> column) const;

 private:
  std::string name_;
  CsvTable table_;
};

}  // namespace crossfold
