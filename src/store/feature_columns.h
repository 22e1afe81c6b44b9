#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/validation_errors.h"

namespace crossfold {

/// Columns that a list names: each item is a title, a number counted from 1, or FIRST..LAST of
/// either; a title goes before a number. `titles` may be empty. In the list's order; what is not
/// there or is duplicated is an error.
[[nodiscard]] std::vector<std::size_t> choose_features(const std::vector<std::string>& list,
                                                       const std::vector<std::string>& titles,
                                                       std::size_t width, ValidationErrors& errors);

/// Titles that name a row and no property: index, Unnamed: 0, row, no, the empty one of pandas.
[[nodiscard]] bool is_index_title(std::string_view title);

/// Titles whose last word says that the column names something: sensor_id, deviceId, StudyUID, Scan
/// No. Not those that end in the letters alone: grid, acid.
[[nodiscard]] bool ends_in_id_word(std::string_view title);

/// Why a column of numbers looks like an index or an id: "whole numbers, no two equal". Nothing for
/// one that may well be a feature. Few rows tell nothing.
[[nodiscard]] std::optional<std::string> index_look(std::span<const float> column);

/// Whether the numbers give the labels away: every number stands under one label alone, though
/// most of them stand there repeatedly. `labels` are codes, -1 = missing. A feature whose numbers
/// are nearly all different does so in no case.
[[nodiscard]] bool determines_labels(std::span<const float> column,
                                     std::span<const std::int32_t> labels);

}  // namespace crossfold
