#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "crossfold/report/figures.h"

namespace crossfold::cli {

/// Before any work. Error{usage} when a figure has no file with an ending that says its format, or
/// the list has one; Error{bad_input} when the file is there.
void check_figure_file(const std::string& name, const std::optional<std::filesystem::path>& file);

/// The figure `name` into `file`; for the name "list", to standard output which figures the run
/// has, and why it has not the others. Errors as make_figure.
void write_figure(const FigureSource& source, const std::string& name,
                  const std::optional<std::filesystem::path>& file);

}  // namespace crossfold::cli
