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
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/report/figures.h"
#include "crossfold/report/page.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

#include "choice_option.h"
#include "command.h"
#include "locale_signs.h"
#include "report_figure.h"

namespace crossfold::cli {
namespace {

/// By the words of the command line, which are the endings of the files as well (text: txt).
const Choices<ReportFormat>& formats() {
  static const Choices<ReportFormat> kFormats{
      {"text", ReportFormat::text}, {"md", ReportFormat::markdown}, {"tex", ReportFormat::latex},
      {"csv", ReportFormat::csv},   {"json", ReportFormat::json},   {"html", ReportFormat::html}};
  return kFormats;
}

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

/// Options that exclude each other or would change nothing.
void check(const ReportArguments& arguments) {
  ValidationErrors errors;
  const std::set<std::string> names(arguments.formats.begin(), arguments.formats.end());
  if (names.size() < arguments.formats.size())
    errors.add("--format", "names a format twice (one file would be written twice). remove one");
  if (arguments.formats.size() > 1 && !arguments.out)
    errors.add("--format",
               "has several formats (they cannot share stdout). name a folder for the files "
               "with --out");
  if (arguments.fits && !names.contains("json"))
    errors.add("--fits",
               "is for the format json (the others have no rows of fits). add "
               "--format json, or leave it out");
  const auto are_all_of = [&](const std::set<std::string>& some) {
    return std::includes(some.begin(), some.end(), names.begin(), names.end());
  };
  if (arguments.digits_given && are_all_of({"csv", "json"}))
    errors.add("--digits",
               "is for text, md, tex and html (csv and json have all digits). leave it out");
  if (arguments.corrected && are_all_of({"html"}))
    errors.add(
        "--corrected",
        "is for tables (a page has the corrected errors and tests without it). leave it out");
  if (arguments.no_classes && are_all_of({"csv", "json", "html"}))
    errors.add("--no-classes",
               "is for text, md and tex (the other formats have no tables per class to leave "
               "out). leave it out");
  errors.throw_if_any(ErrorCode::usage, "");
}

/// Options that would change nothing of a figure.
void check_figure(const ReportArguments& arguments) {
  ValidationErrors errors;
  if (arguments.formats_given)
    errors.add("--format",
               "is for tables (a figure has the format of its file's ending). leave it out");
  if (arguments.fits)
    errors.add("--fits", "is for the format json (figures show all fits). leave it out");
  if (arguments.corrected)
    errors.add("--corrected",
               "is for tables (figures show corrected intervals without it). leave it out");
  if (arguments.no_classes)
    errors.add("--no-classes", "is for tables (figures have no classes). leave it out");
  if (arguments.digits_given)
    errors.add("--digits",
               "is for tables (a figure's numbers have digits of their own). leave it "
               "out");
  if (arguments.intervals > 0)
    errors.add("--intervals", "is for tables (figures have no intervals). leave it out");
  errors.throw_if_any(ErrorCode::usage, "");
}

std::string ending_of(ReportFormat format) {
  const auto named = std::find_if(formats().begin(), formats().end(),
                                  [&](const auto& choice) { return choice.second == format; });
  return format == ReportFormat::text ? ".txt" : "." + named->first;
}

/// Whether --out names the one file to write: it ends as the format's files do, and is no folder.
bool names_a_file(const std::filesystem::path& out, const std::vector<ReportFormat>& wanted) {
  return wanted.size() == 1 && out.extension() == ending_of(wanted.front()) &&
         !std::filesystem::is_directory(out);
}

/// By format, the file it goes to.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& out,
                                            const std::vector<ReportFormat>& wanted) {
  if (names_a_file(out, wanted)) return {out};
  std::vector<std::filesystem::path> files;
  files.reserve(wanted.size());
  for (const ReportFormat format : wanted) files.push_back(out / ("report" + ending_of(format)));
  return files;
}

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
  const std::vector<std::filesystem::path> files = files_of(out, wanted);
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
  std::vector<ReportFormat> wanted;
  for (const std::string& name : arguments.formats)
    wanted.push_back(choice_called(name, formats(), "--format"));
  arguments.figure ? check_figure(arguments) : check(arguments);
  if (arguments.figure) check_figure_file(*arguments.figure, arguments.out);
  const RunRecords records = load_run(arguments.directory);
  for (const std::string& line : lost_artefacts(arguments.directory, records)) log_warning(line);
  ArtefactReader reader(arguments.directory, records);
  const bool page = std::find(wanted.begin(), wanted.end(), ReportFormat::html) != wanted.end();
  const bool draws = page || arguments.figure;
  const auto read = [&](const FitId& id) { return reader.read(id); };
  const Reported of{
      .records = records,
      .report =
          build_report(records,
                       {.corrected = arguments.corrected || draws ? CorrectedErrors::shown
                                                                  : CorrectedErrors::hidden,
                        .fits = arguments.fits || draws ? FitRows::included : FitRows::left_out,
                        .swept = arguments.all_candidates ? SweptRows::complete : SweptRows::chosen,
                        .bags = arguments.intervals},
                       read),
      .read = read,
      .corrected = arguments.corrected ? CorrectedErrors::shown : CorrectedErrors::hidden,
      .fits = arguments.fits ? FitRows::included : FitRows::left_out};
  const RenderOptions options{
      .digits = arguments.digits,
      .classes = arguments.no_classes ? ClassTables::hidden : ClassTables::shown,
      .plus_minus = arguments.out ? PlusMinus::ascii : plus_minus_of_locale()};
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
  command->add_option("directory", arguments->directory, "Run directory")
      ->required()
      ->type_name("DIR");
  command->add_option("--format", arguments->formats, words_of(formats()) + "; several with commas")
      ->delimiter(',')
      ->type_name("LIST")
      ->capture_default_str();
  command
      ->add_option("-o,--out", arguments->out,
                   "Folder for files report.txt, report.md, ...; of one format, or with --figure,"
                   " also the file, by its ending")
      ->type_name("PATH");
  command
      ->add_option(
          "--figure", arguments->figure,
          "A figure instead of tables, as the file's ending says: svg, pdf, or csv for its "
          "numbers; list: which there are")
      ->type_name("NAME");
  command->add_flag("--fits", arguments->fits, "One row per fit as well (json)");
  command->add_flag(
      "--corrected", arguments->corrected,
      "Nadeau-Bengio corrected errors, intervals and paired tests (html has them anyway)");
  command->add_flag("--no-classes", arguments->no_classes,
                    "Leave the tables per class out (text, md, tex)");
  command->add_flag("--all-candidates", arguments->all_candidates,
                    "A row for every complete candidate of a sweep, not only for those chosen");
  command
      ->add_option("--intervals", arguments->intervals,
                   "95 % intervals from N bootstrap bags of patients, where all fits of a row are "
                   "scored on the same samples")
      ->check(CLI::Range(100, 100'000))
      ->type_name("N");
  command
      ->add_option("--digits", arguments->digits,
                   "Digits behind the decimal point (text, md, tex, html)")
      ->check(CLI::Range(0, 17))
      ->type_name("N")
      ->capture_default_str();
  command->callback([arguments, command, &chosen] {
    arguments->formats_given = command->count("--format") > 0;
    arguments->digits_given = command->count("--digits") > 0;
    chosen = [arguments] { return make_report(*arguments); };
  });
}

}  // namespace crossfold::cli
