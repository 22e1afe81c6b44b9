#include "report_arguments.h"

#include <algorithm>
#include <set>

#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"

#include "choice_option.h"
#include "locale_signs.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

/// By the words of the command line, which are the endings of the files as well (text: txt).
const Choices<ReportFormat>& formats() {
  static const Choices<ReportFormat> kFormats{
      {"text", ReportFormat::text}, {"md", ReportFormat::markdown}, {"tex", ReportFormat::latex},
      {"csv", ReportFormat::csv},   {"json", ReportFormat::json},   {"html", ReportFormat::html}};
  return kFormats;
}

/// Options that exclude each other or would change nothing of tables.
void check_tables(const ReportArguments& arguments) {
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
  if (arguments.no_classes && are_all_of({"csv", "json"}))
    errors.add("--no-classes",
               "is for text, md, tex and html (csv and json have no tables per class). leave it "
               "out");
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

}  // namespace

void add_report_arguments(CLI::App& command, ReportArguments& arguments) {
  command.add_option("directory", arguments.directory, "Run directory")
      ->required()
      ->type_name("DIR");
  CLI::Option* const format =
      command
          .add_option("--format", arguments.formats, words_of(formats()) + "; several with commas")
          ->delimiter(',')
          ->type_name("LIST")
          ->capture_default_str();
  command
      .add_option("-o,--out", arguments.out,
                  "Folder for files report.txt, report.md, ...; of one format, or with --figure,"
                  " also the file, by its ending")
      ->type_name("PATH");
  command
      .add_option("--figure", arguments.figure,
                  "A figure instead of tables, as the file's ending says: svg, pdf, or csv for its "
                  "numbers; list: which there are")
      ->type_name("NAME");
  command.add_flag("--fits", arguments.fits, "One row per fit as well (json)");
  command.add_flag(
      "--corrected", arguments.corrected,
      "Nadeau-Bengio corrected errors, intervals and paired tests (html has them anyway)");
  command.add_flag("--no-classes", arguments.no_classes,
                   "Leave the tables per class out (text, md, tex, html)");
  command.add_flag("--all-candidates", arguments.all_candidates,
                   "A row for every complete candidate of a sweep, not only for those chosen");
  add_number(command, "--intervals", arguments.intervals, NumberBounds{100, 100'000},
             "95 % intervals from N bootstrap bags of patients, where all fits of a row are "
             "scored on the same samples")
      ->type_name("N");
  CLI::Option* const digits = add_number(command, "--digits", arguments.digits, NumberBounds{0, 17},
                                         "Digits behind the decimal point (text, md, tex, html)")
                                  ->type_name("N")
                                  ->capture_default_str();
  command.parse_complete_callback([&arguments, format, digits] {
    arguments.formats_given = format->count() > 0;
    arguments.digits_given = digits->count() > 0;
  });
}

std::vector<ReportFormat> wanted_formats(const ReportArguments& arguments) {
  std::vector<ReportFormat> wanted;
  for (const std::string& name : arguments.formats)
    wanted.push_back(choice_called(name, formats(), "--format"));
  return wanted;
}

void check_report_arguments(const ReportArguments& arguments) {
  arguments.figure ? check_figure(arguments) : check_tables(arguments);
}

ReportOptions report_options(const ReportArguments& arguments) {
  const std::vector<ReportFormat> wanted = wanted_formats(arguments);
  const bool draws = arguments.figure ||
                     std::find(wanted.begin(), wanted.end(), ReportFormat::html) != wanted.end();
  return {
      .corrected = arguments.corrected || draws ? CorrectedErrors::shown : CorrectedErrors::hidden,
      .fits = arguments.fits || draws ? FitRows::included : FitRows::left_out,
      .swept = arguments.all_candidates ? SweptRows::complete : SweptRows::chosen,
      .bags = arguments.intervals};
}

RenderOptions render_options(const ReportArguments& arguments) {
  return {.digits = arguments.digits,
          .classes = arguments.no_classes ? ClassTables::hidden : ClassTables::shown,
          .plus_minus = arguments.out ? PlusMinus::ascii : plus_minus_of_locale()};
}

std::vector<std::filesystem::path> report_files(const std::filesystem::path& out,
                                                const std::vector<ReportFormat>& wanted) {
  if (names_a_file(out, wanted)) return {out};
  std::vector<std::filesystem::path> files;
  files.reserve(wanted.size());
  for (const ReportFormat format : wanted) files.push_back(out / ("report" + ending_of(format)));
  return files;
}

}  // namespace crossfold::cli
