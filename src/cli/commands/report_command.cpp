#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/report/figures.h"
#include "crossfold/report/page.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

#include "command.h"
#include "report_arguments.h"
#include "report_figure.h"

namespace crossfold::cli {
namespace {

/// A run and its report, with all that any of the wanted formats has.
struct Reported {
  const RunRecords& records;
  Report report;
  ReadArtefacts read;
  // In all formats but html:
  CorrectedErrors corrected = CorrectedErrors::hidden;
  FitRows fits = FitRows::left_out;
};

/// Those that the run has. One whose artefacts are all lost is left out, with a warning.
std::vector<figure::Figure> figures_of(const Reported& of) {
  const FigureSource source{of.records, of.report, of.read};
  std::vector<figure::Figure> figures;
  for (const FigureEntry& entry : figure_list(source)) {
    if (!entry.is_for_page()) continue;
    try {
      figures.push_back(make_figure(source, entry.id));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::bad_input) throw;
      log_warning(fmt::format("the page has no figure {}: {}", entry.id, error.message()));
    }
  }
  return figures;
}

std::string rendered(const Reported& of, ReportFormat format, const RenderOptions& options) {
  if (format == ReportFormat::html)
    return render_page(of.records, of.report, figures_of(of), options);
  Report report = of.report;
  report.corrected = of.corrected;
  report.fit_rows = of.fits;
  return render_report(report, format, options);
}

/// Error{bad_input} naming every file that is there and is no earlier report of this study; then
/// none is written.
void write_reports(const std::filesystem::path& out, const Reported& of,
                   const std::vector<ReportFormat>& wanted, const RenderOptions& options) {
  const std::vector<std::filesystem::path> files = report_files(out, wanted);
  create_writable_folder(std::filesystem::absolute(files.front()).parent_path());
  ValidationErrors errors;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    texts.push_back(rendered(of, wanted[i], options));
    if (std::filesystem::exists(files[i]) &&
        !is_earlier_report(read_file(files[i], kMostFileBytes), texts.back(), wanted[i]))
      errors.add(files[i].string(),
                 "is no report of this study (it would be written over). move it away, or choose "
                 "another --out");
  }
  errors.throw_if_any(ErrorCode::bad_input, out.string());
  for (std::size_t i = 0; i < wanted.size(); ++i) write_file_whole(files[i], texts[i]);
}

int make_report(const ReportArguments& arguments) {
  const std::vector<ReportFormat> wanted = wanted_formats(arguments);
  check_report_arguments(arguments);
  if (arguments.figure) check_figure_file(*arguments.figure, arguments.out);
  const RunRecords records = load_run(arguments.directory);
  for (const std::string& line : lost_artefacts(arguments.directory, records)) log_warning(line);
  ArtefactReader reader(arguments.directory, records);
  const auto read = [&](const FitId& id) { return reader.read(id); };
  const Reported of{
      .records = records,
      .report = build_report(records, report_options(arguments), read),
      .read = read,
      .corrected = arguments.corrected ? CorrectedErrors::shown : CorrectedErrors::hidden,
      .fits = arguments.fits ? FitRows::included : FitRows::left_out};
  const RenderOptions options = render_options(arguments);
  if (arguments.figure)
    write_figure({records, of.report, read, static_cast<unsigned>(usable_cores().size())},
                 *arguments.figure, arguments.out);
  else if (arguments.out)
    write_reports(*arguments.out, of, wanted, options);
  else
    write_output(rendered(of, wanted.front(), options));
  const Report& report = of.report;
  if (report.complete) return 0;
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
      "Works at any time, also while the run goes on. Exit code 1 when fits are missing\n"
      "or failed.\n"
      "On stdout, text has the plus-minus sign between mean and sd where the locale is UTF-8,\n"
      "else +-. Files of --out always have +-: their bytes do not depend on the locale.\n"
      "Examples:\n  crossfold report cxr.run\n"
      "  crossfold report cxr.run --format md,tex,csv,json --out tables\n"
      "  crossfold report cxr.run --format html -o report.html\n"
      "  crossfold report cxr.run --format json --fits\n"
      "  crossfold report cxr.run --figure list\n"
      "  crossfold report cxr.run --figure roc -o roc.pdf");
  const auto arguments = std::make_shared<ReportArguments>();  // shared by parser and action
  add_report_arguments(*command, *arguments);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return make_report(*arguments); }; });
}

}  // namespace crossfold::cli
