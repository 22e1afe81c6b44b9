#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "crossfold/report/render.h"
#include "crossfold/report/report.h"

namespace crossfold::cli {

/// The command line of `report`.
struct ReportArguments {
  std::filesystem::path directory;
  std::vector<std::string> formats{"text"};
  std::optional<std::filesystem::path> out;
  std::optional<std::string> figure;
  bool formats_given = false;
  bool digits_given = false;
  bool fits = false;
  bool corrected = false;
  bool no_classes = false;
  bool all_candidates = false;
  int digits = 2;
  std::size_t intervals = 0;
};

void add_report_arguments(CLI::App& command, ReportArguments& arguments);

/// Error{usage} for a word that is no format.
[[nodiscard]] std::vector<ReportFormat> wanted_formats(const ReportArguments& arguments);

/// Error{usage} naming options that exclude each other or would change nothing of the formats, or
/// of the figure, that is asked for.
void check_report_arguments(const ReportArguments& arguments);

/// What the report must hold for all that is to be made of it.
[[nodiscard]] ReportOptions report_options(const ReportArguments& arguments);
[[nodiscard]] RenderOptions render_options(const ReportArguments& arguments);

/// The file that each format goes to: --out itself where it ends as the files of the one format do,
/// else one in the folder that it names.
[[nodiscard]] std::vector<std::filesystem::path> report_files(
    const std::filesystem::path& out, const std::vector<ReportFormat>& wanted);

}  // namespace crossfold::cli
