#pragma once

#include <CLI/CLI.hpp>

#include "crossfold/data/manifest.h"

namespace crossfold::cli {

/// Options --id-column, --group-column, ... for commands that read a manifest.
void add_column_options(CLI::App& command, ColumnMapping& columns);

/// Says on stderr what each column of a manifest was taken for.
void log_columns(const std::vector<ManifestColumn>& columns, const std::vector<std::string>& notes);

}  // namespace crossfold::cli
