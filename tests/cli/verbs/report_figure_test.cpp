// `report --figure`: which files it takes, what it writes into them, and what the list says.

#include "report_figure.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/figure/csv.h"
#include "crossfold/figure/pdf.h"
#include "crossfold/figure/svg.h"

#include "hdf5/scratch_folder.h"
#include "report/figures/figure_study.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;

/// Which option is complained of; empty: none.
std::string complained_of(const std::string& name, const std::optional<fs::path>& file) {
  try {
    check_figure_file(name, file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage) << error.what();
    return error.where();
  }
  return "";
}

TEST(CheckFigureFile, NeedsANewFileWhoseEndingSaysTheFormat) {
  const test::ScratchFolder folder;
  EXPECT_EQ(complained_of("list", std::nullopt), "");
  EXPECT_EQ(complained_of("list", folder / "list.svg"), "--out");
  EXPECT_EQ(complained_of("roc", std::nullopt), "--figure");
  for (const char* name : {"roc.svg", "roc.pdf", "roc.csv", "a.b.svg"})
    EXPECT_EQ(complained_of("roc", folder / name), "") << name;
  for (const char* name : {"roc", "roc.png", "roc.SVG", "roc.svg.txt", ".svg", "svg", "roc.html"})
    EXPECT_EQ(complained_of("roc", folder / name), "--out") << name;
  test::write_bytes(folder / "there.svg", "mine");
  try {
    check_figure_file("roc", folder / "there.svg");
    ADD_FAILURE() << "would be written over";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input) << error.what();
  }
}

/// With its features and so many samples it has maps, which a page has not.
testing::Drawn drawn_study() {
  Job job = testing::small_study().job;
  job.output.features = FeatureOutput::all;
  RunRecords records =
      testing::empty_run(job, testing::make_samples({{"normal", "rsna", "in", 80, 1},
                                                     {"pneumonia", "rsna", "in", 60, 1},
                                                     {"covid19", "cohen", "in", 60, 1},
                                                     {"normal", "new_site", "oos", 40, 1}}));
  testing::record_all(records,
                      [&](const Fit& fit) { return testing::even_result(records, fit, 0.7); });
  return testing::Drawn(std::move(records));
}

TEST(WriteFigure, WritesTheFormatThatTheEndingSays) {
  const test::ScratchFolder folder;
  const testing::Drawn drawn = drawn_study();
  const figure::Figure made = make_figure(drawn.source(), "roc");
  for (const char* name : {"roc.svg", "roc.pdf", "roc.csv"})
    write_figure(drawn.source(), "roc", folder / name);
  EXPECT_TRUE(test::bytes_of(folder / "roc.svg") == figure::svg(made));
  EXPECT_TRUE(test::bytes_of(folder / "roc.pdf") == figure::pdf(made));
  EXPECT_TRUE(test::bytes_of(folder / "roc.csv") == figure::csv(made));
}

/// A line for each, in their order: its title, or why the run has it not.
TEST(WriteFigure, ListsEachFigureWithItsTitleOrTheReason) {
  const testing::Drawn drawn = drawn_study();
  const std::vector<FigureEntry> entries = figure_list(drawn.source());
  std::size_t width = 0;
  for (const FigureEntry& entry : entries)
    if (entry.id.size() > width) width = entry.id.size();
  std::string expected;
  std::size_t in_page = 0;
  std::size_t on_request = 0;
  std::size_t missing = 0;
  for (const FigureEntry& entry : entries) {
    expected += entry.id + std::string(width - entry.id.size() + 2, ' ');
    if (!entry.why_not.empty()) {
      expected += "not there: " + entry.why_not;
      ++missing;
    } else if (entry.occasion == FigureOccasion::on_request) {
      expected += entry.title + " (not in the page)";
      ++on_request;
    } else {
      expected += entry.title;
      ++in_page;
    }
    expected += "\n";
  }
  EXPECT_GT(in_page, 0U);
  EXPECT_GT(on_request, 0U);
  EXPECT_GT(missing, 0U);
  ::testing::internal::CaptureStdout();
  write_figure(drawn.source(), "list", std::nullopt);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), expected);
}

}  // namespace
}  // namespace crossfold::cli
