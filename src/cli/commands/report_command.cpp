#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/log.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

#include "choice_option.h"
#include "command.h"
#include "report_figure.h"
#include "run_argument.h"

namespace crossfold::cli {
namespace {

/// By the words of the command line, which are the endings of the files as well (text: txt).
const Choices<ReportFormat>& formats() {
  static const Choices<ReportFormat> kFormats{{"text", ReportFormat::text},
                                              {"md", ReportFormat::markdown},
                                              {"tex", ReportFormat::latex},
                                              {"csv", ReportFormat::csv},
                                              {"json", ReportFormat::json}};
  return kFormats;
}

struct ReportArguments {
  std::filesystem::path directory;
  std::vector<std::string> formats{"text"};
  std::optional<std::filesystem::path> out;
  std::optional<std::string> figure;
  bool formats_given = false;
  bool fits = false;
  bool corrected = false;
  bool no_classes = false;
  bool all_candidates = false;
  int digits = 2;
};

/// Options that exclude each other or would change nothing.
void check(const ReportArguments& arguments) {
  Mistakes mistakes;
  const std::set<std::string> names(arguments.formats.begin(), arguments.formats.end());
  if (names.size() < arguments.formats.size())
    mistakes.add("--format", "names a format twice (one file would be written twice). remove one");
  if (arguments.formats.size() > 1 && !arguments.out)
    mistakes.add("--format",
                 "has several formats (they cannot share stdout). name a folder for the files "
                 "with --out");
  if (arguments.fits && !names.contains("json"))
    mistakes.add("--fits",
                 "is for the format json (the others have no rows of fits). add "
                 "--format json, or leave it out");
  mistakes.throw_if_any(ErrorCode::usage, "");
}

/// Options that would change nothing of a figure.
void check_figure(const ReportArguments& arguments) {
  Mistakes mistakes;
  if (arguments.formats_given)
    mistakes.add("--format",
                 "is for tables (a figure has the format of its file's ending). leave it out");
  if (arguments.fits)
    mistakes.add("--fits", "is for the format json (figures show all fits). leave it out");
  if (arguments.no_classes)
    mistakes.add("--no-classes", "is for tables (figures have no classes). leave it out");
  mistakes.throw_if_any(ErrorCode::usage, "");
}

std::filesystem::path file_of(const std::filesystem::path& folder, ReportFormat format) {
  const auto named = std::find_if(formats().begin(), formats().end(),
                                  [&](const auto& choice) { return choice.second == format; });
  const std::string ending = format == ReportFormat::text ? "txt" : named->first;
  return folder / ("report." + ending);
}

/// Error{bad_input} naming every file that is there and is no earlier report of this study; then
/// none is written.
void write_reports(const std::filesystem::path& folder, const Report& report,
                   const std::vector<ReportFormat>& wanted, const RenderOptions& options) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;
  create_writable_folder(folder);
  Mistakes mistakes;
  std::vector<std::string> texts;
  for (const ReportFormat format : wanted) {
    texts.push_back(render_report(report, format, options));
    const std::filesystem::path file = file_of(folder, format);
    if (std::filesystem::exists(file) &&
        !is_earlier_report(read_file(file, kMostBytes), texts.back(), format))
      mistakes.add(file.string(),
                   "is no report of this study (it would be written over). move it away, or choose "
                   "another --out");
  }
  mistakes.throw_if_any(ErrorCode::bad_input, folder.string());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    write_file_whole(file_of(folder, wanted[i]), texts[i]);
}

int make_report(const ReportArguments& arguments) {
  std::vector<ReportFormat> wanted;
  for (const std::string& name : arguments.formats)
    wanted.push_back(choice_called(name, formats(), "--format"));
  arguments.figure ? check_figure(arguments) : check(arguments);
  if (arguments.figure) check_figure_file(*arguments.figure, arguments.out);
  const RunRecords records = load_merged_run(arguments.directory);
  for (const std::string& line : lost_artefacts(arguments.directory, records)) log_warning(line);
  ArtefactReader reader(arguments.directory, records);
  const Report report = build_report(
      records,
      {.corrected = arguments.corrected || arguments.figure ? CorrectedErrors::shown
                                                            : CorrectedErrors::hidden,
       .fits = arguments.fits || arguments.figure ? FitRows::included : FitRows::left_out,
       .swept = arguments.all_candidates ? SweptRows::complete : SweptRows::chosen},
      [&](const FitId& id) { return reader.read(id); });
  const RenderOptions options{
      .digits = arguments.digits,
      .classes = arguments.no_classes ? ClassTables::hidden : ClassTables::shown};
  if (arguments.figure)
    write_figure({records, report, [&](const FitId& id) { return reader.read(id); }},
                 *arguments.figure, arguments.out);
  else if (arguments.out)
    write_reports(*arguments.out, report, wanted, options);
  else
    write_output(render_report(report, wanted.front(), options));
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
      "Works at any time, also while the run goes on. Exit code 1 when fits are missing or "
      "failed.\n"
      "Examples:\n  crossfold report cxr.run\n"
      "  crossfold report cxr.run --format md,tex,csv,json --out tables\n"
      "  crossfold report cxr.run --format json --fits\n"
      "  crossfold report cxr.run --figure list\n"
      "  crossfold report cxr.run --figure roc -o roc.pdf");
  const auto arguments = std::make_shared<ReportArguments>();  // shared by parser and action
  command->add_option("directory", arguments->directory, "Run directory")
      ->required()
      ->type_name("DIR");
  command->add_option("--format", arguments->formats, words_of(formats()) + "; several with commas")
      ->delimiter(',')
      ->type_name("LIST")
      ->capture_default_str();
  command
      ->add_option("-o,--out", arguments->out,
                   "Folder for files report.txt, report.md, ...; with --figure the file")
      ->type_name("PATH");
  command
      ->add_option(
          "--figure", arguments->figure,
          "A figure instead of tables, as the file's ending says: svg, pdf, or csv for its "
          "numbers; list: which there are")
      ->type_name("NAME");
  command->add_flag("--fits", arguments->fits, "One row per fit as well (json)");
  command->add_flag("--corrected", arguments->corrected,
                    "Nadeau-Bengio corrected errors, intervals and paired tests");
  command->add_flag("--no-classes", arguments->no_classes, "Leave the tables per class out");
  command->add_flag("--all-candidates", arguments->all_candidates,
                    "A row for every complete candidate of a sweep, not only for those chosen");
  command->add_option("--digits", arguments->digits, "Digits behind the decimal point")
      ->check(CLI::Range(0, 17))
      ->type_name("N")
      ->capture_default_str();
  command->callback([arguments, command, &chosen] {
    arguments->formats_given = command->count("--format") > 0;
    chosen = [arguments] { return make_report(*arguments); };
  });
}

}  // namespace crossfold::cli
