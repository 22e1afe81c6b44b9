#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/log.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"
#include "crossfold/results/shards.h"

#include "command.h"

namespace crossfold::cli {
namespace {

struct NamedFormat {
  const char* name;  ///< on the command line, and the ending of its file
  ReportFormat format;
};
constexpr std::array<NamedFormat, 5> kFormats{{{"text", ReportFormat::text},
                                               {"md", ReportFormat::markdown},
                                               {"tex", ReportFormat::latex},
                                               {"csv", ReportFormat::csv},
                                               {"json", ReportFormat::json}}};

struct ReportArguments {
  std::filesystem::path directory;
  std::vector<std::string> formats{"text"};
  std::optional<std::filesystem::path> out;
  bool fits = false;
  bool corrected = false;
  bool no_classes = false;
  int digits = 2;
};

ReportFormat format_called(const std::string& name) {
  for (const NamedFormat& format : kFormats)
    if (name == format.name) return format.format;
  throw Error(
      ErrorCode::usage,
      fmt::format("--format has '{}' (not known). take one or more of text, md, tex, csv, json",
                  name));
}

int make_report(const ReportArguments& arguments) {
  std::vector<ReportFormat> formats;
  for (const std::string& name : arguments.formats) formats.push_back(format_called(name));
  CF_VALIDATE(formats.size() == 1 || arguments.out, ErrorCode::usage,
              "several formats cannot share stdout. name a folder for the files with --out");

  CF_VALIDATE(
      std::filesystem::exists(arguments.directory / "job.json") ||
          find_shards(arguments.directory).empty(),
      ErrorCode::bad_input,
      "holds shards that were not taken together yet. `crossfold run` with the same job and "
      "--out, and --merge, does that",
      arguments.directory.string());
  const RunRecords records = load_run(arguments.directory);
  const Report report = build_report(
      records, {.corrected = arguments.corrected ? CorrectedErrors::shown : CorrectedErrors::hidden,
                .fits = arguments.fits ? FitRows::included : FitRows::left_out});
  const RenderOptions options{
      .digits = arguments.digits,
      .classes = arguments.no_classes ? ClassTables::hidden : ClassTables::shown};
  if (arguments.out) create_writable_folder(*arguments.out);
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const std::string text = render_report(report, formats[i], options);
    if (arguments.out) {
      const std::string ending = arguments.formats[i] == "text" ? "txt" : arguments.formats[i];
      write_file_whole(*arguments.out / ("report." + ending), text);
    } else {
      fmt::print("{}", text);
    }
  }
  if (report.complete) return 0;
  std::fflush(stdout);
  log_warning(
      fmt::format("{} of {} fits are done, {} failed, {} are missing. `crossfold run` with the "
                  "same job and --out trains what is not done",
                  report.fits.done, report.fits.expected, report.fits.failed, report.fits.missing));
  return 1;
}

}  // namespace

void add_report_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand("report", "Make tables of a run directory");
  command->footer(
      "Works at any time, also while the run goes on. Exit code 1 when fits are missing or "
      "failed.\n"
      "Examples:\n  crossfold report cxr.run\n"
      "  crossfold report cxr.run --format md,tex,csv,json --out tables\n"
      "  crossfold report cxr.run --format json --fits");
  const auto arguments = std::make_shared<ReportArguments>();  // shared by parser and action
  command->add_option("directory", arguments->directory, "Run directory")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--format", arguments->formats, "text, md, tex, csv, json; several with commas")
      ->delimiter(',')
      ->type_name("LIST")
      ->capture_default_str();
  command->add_option("-o,--out", arguments->out, "Folder for files report.txt, report.md, ...")
      ->type_name("FOLDER");
  command->add_flag("--fits", arguments->fits, "One row per fit as well (json)");
  command->add_flag("--corrected", arguments->corrected,
                    "Nadeau-Bengio corrected errors, intervals and paired tests");
  command->add_flag("--no-classes", arguments->no_classes, "Leave the tables per class out");
  command->add_option("--digits", arguments->digits, "Digits behind the decimal point")
      ->capture_default_str();
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return make_report(*arguments); }; });
}

}  // namespace crossfold::cli
