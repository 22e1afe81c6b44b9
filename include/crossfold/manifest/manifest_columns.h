#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/validation_errors.h"
#include "crossfold/manifest/manifest.h"

namespace crossfold {

/// A title without what public tables write in many ways: case, whitespace, underscores, dashes and
/// dots. "Patient ID", "patient_id" and "PatientID" are all "patientid".
[[nodiscard]] std::string plain_title(std::string_view title);

/// The field of manifest_fields() whose spelling a title is; nothing for all others. A fallback
/// counts too.
[[nodiscard]] const ManifestField* field_of_title(std::string_view title);

/// Whether a title is one of the names (no fallback) of a field: beside the field's own column it
/// would make a manifest ambiguous.
[[nodiscard]] bool names_a_field(std::string_view title);

/// The column that a user calls so: by its title, else by its number, counted from 1, up to
/// `width`.
[[nodiscard]] std::optional<std::size_t> column_called(std::string_view name,
                                                       const std::vector<std::string>& titles,
                                                       std::size_t width);

/// What column_called takes for each of the titles: one that is empty is "1 (it has no title)".
[[nodiscard]] std::vector<std::string> names_of_columns(const std::vector<std::string>& titles);

/// Which column has which meaning: by the mapping, else by a known spelling. Adds to `errors`: a
/// column that is not there, two that could be meant, one that would mean two things.
[[nodiscard]] std::map<std::string, std::size_t> assign_columns(
    const std::vector<std::string>& titles, const ColumnMapping& mapping, ValidationErrors& errors);

/// What the mapping names for a field.
[[nodiscard]] std::optional<std::string> mapped_column(const ColumnMapping& mapping,
                                                       std::string_view field);

}  // namespace crossfold
