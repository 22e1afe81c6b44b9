#pragma once

#include <CLI/CLI.hpp>

#include "crossfold/manifest/manifest.h"

namespace crossfold::cli {

/// Options --id-column, --group-column, ... for commands that read a manifest.
void add_column_options(CLI::App& command, ColumnMapping& columns);

/// Options --missing-words, --spellings and --allow-large-group, likewise.
void add_value_options(CLI::App& command, ValueRules& rules);

/// Says on stderr what each column of a manifest was taken for, what was filled in, and what to
/// doubt.
void log_manifest(const std::vector<ManifestColumn>& columns, const std::vector<std::string>& notes,
                  const std::vector<std::string>& warnings);

}  // namespace crossfold::cli
