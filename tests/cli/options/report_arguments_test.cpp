// What the words of `report` are read as, what the report must then hold, and what is refused.

#include "report_arguments.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"

#include "cli/options/option_rows.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;
using test::Fields;
using test::OptionTable;
using test::text_of;
using test::Words;
using ::testing::ElementsAre;

OptionTable<ReportArguments> table() {
  return {add_report_arguments,
          [](const ReportArguments& of) {
            return Fields{{"directory", text_of(of.directory)},
                          {"formats", text_of(of.formats)},
                          {"out", text_of(of.out)},
                          {"figure", text_of(of.figure)},
                          {"formats given", text_of(of.formats_given)},
                          {"digits given", text_of(of.digits_given)},
                          {"fits", text_of(of.fits)},
                          {"corrected", text_of(of.corrected)},
                          {"no classes", text_of(of.no_classes)},
                          {"all candidates", text_of(of.all_candidates)},
                          {"digits", text_of(of.digits)},
                          {"intervals", text_of(of.intervals)}};
          },
          {"a.run"}};
}

TEST(ReportArguments, AreReadIntoFieldsOfTheirOwn) {
  using To = ReportArguments;
  table().expect_each_sets_its_own(
      {{"--format",
        {"--format", "md,json"},
        [](To& to) {
          to.formats = {"md", "json"};
          to.formats_given = true;
        }},
       {"--format",
        {"--format", "md", "--format", "csv,json"},
        [](To& to) {
          to.formats = {"md", "csv", "json"};
          to.formats_given = true;
        }},
       {"--format", {"--format", "text"}, [](To& to) { to.formats_given = true; }},
       {"--out", {"--out", "t"}, [](To& to) { to.out = "t"; }},
       {"--out", {"-o", "t"}, [](To& to) { to.out = "t"; }},
       {"--figure", {"--figure", "roc"}, [](To& to) { to.figure = "roc"; }},
       {"--fits", {"--fits"}, [](To& to) { to.fits = true; }},
       {"--corrected", {"--corrected"}, [](To& to) { to.corrected = true; }},
       {"--no-classes", {"--no-classes"}, [](To& to) { to.no_classes = true; }},
       {"--all-candidates", {"--all-candidates"}, [](To& to) { to.all_candidates = true; }},
       {"--intervals", {"--intervals", "300"}, [](To& to) { to.intervals = 300; }},
       {"--digits",
        {"--digits", "4"},
        [](To& to) {
          to.digits = 4;
          to.digits_given = true;
        }},
       {"--digits", {"--digits", "2"}, [](To& to) { to.digits_given = true; }}});
}

TEST(ReportArguments, HaveBounds) {
  table().expect_bounds({{"--digits", {"0", "17"}, {"-1", "18", "1.5", "1e1"}},
                         {"--intervals", {"100", "100000"}, {"0", "99", "100001"}},
                         {"--figure", {"roc", "list"}, {}},
                         {"--out", {"t", "u"}, {}}});
  EXPECT_TRUE(table().refuses({"b.run"})) << "one run is reported";
  const ReportArguments plain = table().parsed();
  EXPECT_EQ(plain.digits, 2);
  EXPECT_EQ(plain.intervals, 0U) << "no bags are drawn unasked";
  EXPECT_THAT(plain.formats, ElementsAre("text"));
}

/// The options that are refused, in the order of the message.
std::vector<std::string> refused(const Words& words) {
  try {
    check_report_arguments(table().parsed(words));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    std::vector<std::string> options;
    const std::string text = std::string("\n  ") + error.what();
    for (std::size_t at = text.find("\n  --"); at != std::string::npos;
         at = text.find("\n  --", at + 1))
      options.push_back(text.substr(at + 3, text.find(": ", at) - at - 3));
    return options;
  }
  return {};
}

/// Each option with each format alone: who uses it is as the help says.
TEST(ReportArguments, AreForTheFormatsThatTheHelpNames) {
  const std::vector<std::string> formats{"text", "md", "tex", "csv", "json", "html"};
  const std::map<std::string, std::pair<Words, std::vector<std::string>>> unused{
      {"--fits", {{"--fits"}, {"text", "md", "tex", "csv", "html"}}},
      {"--digits", {{"--digits", "3"}, {"csv", "json"}}},
      {"--corrected", {{"--corrected"}, {"html"}}},
      {"--no-classes", {{"--no-classes"}, {"csv", "json"}}},
      {"--all-candidates", {{"--all-candidates"}, {}}},
      {"--intervals", {{"--intervals", "200"}, {}}}};
  const auto is_in = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  for (const auto& [option, row] : unused) {
    for (const std::string& format : formats) {
      Words words = row.first;
      words.insert(words.end(), {"--format", format});
      EXPECT_EQ(refused(words), is_in(row.second, format) ? std::vector<std::string>{option}
                                                          : std::vector<std::string>{})
          << option << ' ' << format;
      for (const std::string& other : formats) {
        if (other == format) continue;
        Words both = row.first;
        both.insert(both.end(), {"--out", "t", "--format", format + "," + other});
        const bool is_void = is_in(row.second, format) && is_in(row.second, other);
        EXPECT_EQ(refused(both),
                  is_void ? std::vector<std::string>{option} : std::vector<std::string>{})
            << option << ' ' << format << ' ' << other;
      }
    }
  }
}

TEST(ReportArguments, OfTablesAreNoneOfAFigure) {
  const std::map<std::string, Words> of_tables{
      {"--format", {"--format", "text"}}, {"--fits", {"--fits"}},
      {"--corrected", {"--corrected"}},   {"--no-classes", {"--no-classes"}},
      {"--digits", {"--digits", "2"}},    {"--intervals", {"--intervals", "200"}}};
  EXPECT_TRUE(refused({"--figure", "roc"}).empty());
  EXPECT_TRUE(refused({"--figure", "roc", "--all-candidates", "-o", "roc.svg"}).empty());
  for (const auto& [option, given] : of_tables) {
    Words words = given;
    words.insert(words.end(), {"--figure", "roc"});
    EXPECT_THAT(refused(words), ElementsAre(option));
  }
}

TEST(ReportArguments, OfSeveralFormatsNeedAFolderAndEachOnce) {
  EXPECT_THAT(refused({"--format", "md,csv"}), ElementsAre("--format"));
  EXPECT_TRUE(refused({"--format", "md,csv", "--out", "t"}).empty());
  EXPECT_THAT(refused({"--format", "md,csv,md", "--out", "t"}), ElementsAre("--format"));
  EXPECT_THAT(refused({"--format", "md,md"}), ElementsAre("--format", "--format"));
}

TEST(ReportArguments, NameFormatsByTheirWords) {
  EXPECT_THAT(wanted_formats(table().parsed({})), ElementsAre(ReportFormat::text));
  EXPECT_THAT(wanted_formats(table().parsed({"--format", "html,json,csv,tex,md,text"})),
              ElementsAre(ReportFormat::html, ReportFormat::json, ReportFormat::csv,
                          ReportFormat::latex, ReportFormat::markdown, ReportFormat::text));
  for (const char* word : {"pdf", "TEXT", "md,pdf", "latex"})
    EXPECT_THROW(static_cast<void>(wanted_formats(table().parsed({"--format", word}))), Error)
        << word;
}

TEST(ReportArguments, SayWhatTheReportHolds) {
  const auto options = [](const Words& words) { return report_options(table().parsed(words)); };
  const ReportOptions plain = options({});
  EXPECT_EQ(plain.corrected, CorrectedErrors::hidden);
  EXPECT_EQ(plain.fits, FitRows::left_out);
  EXPECT_EQ(plain.swept, SweptRows::chosen);
  EXPECT_EQ(plain.bags, 0U);
  EXPECT_EQ(options({"--corrected"}).corrected, CorrectedErrors::shown);
  EXPECT_EQ(options({"--corrected"}).fits, FitRows::left_out);
  EXPECT_EQ(options({"--fits", "--format", "json"}).fits, FitRows::included);
  EXPECT_EQ(options({"--fits", "--format", "json"}).corrected, CorrectedErrors::hidden);
  EXPECT_EQ(options({"--all-candidates"}).swept, SweptRows::complete);
  EXPECT_EQ(options({"--intervals", "300"}).bags, 300U);
  for (const char* formats : {"md", "html", "md,html", "html,csv,json"}) {
    const Words words{"--intervals", "300", "--all-candidates", "--out", "t", "--format", formats};
    EXPECT_EQ(options(words).bags, 300U) << formats;
    EXPECT_EQ(options(words).swept, SweptRows::complete) << formats;
  }
  for (const Words& drawing : {Words{"--figure", "roc"}, Words{"--format", "html"},
                               Words{"--format", "md,csv,html", "--out", "t"}}) {
    EXPECT_EQ(options(drawing).corrected, CorrectedErrors::shown);
    EXPECT_EQ(options(drawing).fits, FitRows::included);
  }
}

TEST(ReportArguments, SayHowItIsWritten) {
  const auto options = [](const Words& words) { return render_options(table().parsed(words)); };
  EXPECT_EQ(options({}).digits, 2);
  EXPECT_EQ(options({"--digits", "17"}).digits, 17);
  EXPECT_EQ(options({}).classes, ClassTables::shown);
  EXPECT_EQ(options({"--no-classes"}).classes, ClassTables::hidden);
  EXPECT_EQ(options({"--out", "t"}).plus_minus, PlusMinus::ascii);
}

TEST(ReportArguments, NameTheFileOfEachFormat) {
  const test::ScratchFolder folder;
  using enum ReportFormat;
  EXPECT_THAT(report_files("t", {text, markdown, latex, csv, json, html}),
              ElementsAre("t/report.txt", "t/report.md", "t/report.tex", "t/report.csv",
                          "t/report.json", "t/report.html"));
  EXPECT_THAT(report_files("t", {csv}), ElementsAre("t/report.csv"));
  EXPECT_THAT(report_files("a.csv", {csv}), ElementsAre("a.csv"));
  EXPECT_THAT(report_files("a.txt", {text}), ElementsAre("a.txt"));
  EXPECT_THAT(report_files("a.csv", {json}), ElementsAre("a.csv/report.json"));
  EXPECT_THAT(report_files("a.csv", {csv, json}),
              ElementsAre("a.csv/report.csv", "a.csv/report.json"));
  fs::create_directory(folder / "b.csv");
  EXPECT_THAT(report_files(folder / "b.csv", {csv}), ElementsAre(folder / "b.csv/report.csv"));
}

}  // namespace
}  // namespace crossfold::cli
