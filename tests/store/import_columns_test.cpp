// What an import says of several columns and several files: each is named under what it is itself.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "crossfold/store/store_import.h"

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"
#include "store/sixty_samples.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;

/// A column of numbers, by the sample of the manifest and the line of the file.
struct Column {
  std::string title;
  std::function<double(int sample, int line)> number;
};

/// Sixty samples of thirty patients, classes and domains crossed; their features stand in another
/// order, with ids.
class ImportColumns : public ::testing::Test {
 protected:
  ImportColumns() { test::write_bytes(folder_ / "m.csv", test::sixty_samples_csv()); }

  void write(const std::string& name, const std::vector<Column>& columns) const {
    std::string text = "id";
    for (const Column& column : columns) text += "," + column.title;
    for (int line = 0; line < 60; ++line) {
      const int sample = line * 7 % 60;
      text += fmt::format("\n{}", 1000 + sample);
      for (const Column& column : columns) text += fmt::format(",{}", column.number(sample, line));
    }
    test::write_bytes(folder_ / name, text + "\n");
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_ / name).string();
  }
  /// Each file is a set of its name.
  [[nodiscard]] ImportRequest request(const std::vector<std::string>& files) const {
    ImportRequest request;
    request.store = folder_ / "s.h5";
    request.manifest = folder_ / "m.csv";
    for (const std::string& name : files)
      request.matrices.push_back({"net/" + name, folder_ / (name + ".csv")});
    return request;
  }
  /// With these lines, which name the file themselves.
  void expect_refused(const std::vector<std::string>& files,
                      const std::vector<std::string>& lines) const {
    std::string text = fmt::format("{}: {} errors", file("s.h5"), lines.size());
    for (const std::string& line : lines) text += "\n  " + line;
    expect_error(ErrorCode::bad_input, text, [&] { (void)import_store(request(files)); });
    EXPECT_FALSE(std::filesystem::exists(folder_ / "s.h5"));
  }

  test::ScratchFolder folder_;
};

Column feature(const std::string& title, double speed) {
  return {title, [speed](int sample, int) { return std::sin(speed * sample + 0.5); }};
}

/// "column 'a'", or "column 'a', column 'b'" with the verb of several.
std::string named(const std::vector<std::string>& titles, const std::string& verb) {
  std::string text;
  for (const std::string& title : titles)
    text += fmt::format("{}column '{}'", text.empty() ? "" : ", ", title);
  return text + " " + verb + (titles.size() == 1 ? "s " : " ");
}

std::string index_error(const std::vector<std::string>& titles, const std::string& look) {
  return named(titles, "look") + "like an index or an id (" + look +
         "). name all features by --feature-columns, with what is one in spite of its look";
}

std::string label_error(const std::vector<std::string>& titles, const std::string& field) {
  return named(titles, "give") + "the " + field + " away (each number stands under one " + field +
         " alone, so the answer would be among the features). leave it out by --feature-columns, "
         "or say --allow-label-columns";
}

const char* const kOrdered = "in order from the first row to the last";
const char* const kDifferent = "whole numbers, no two equal";
const char* const kBeyond = "whole numbers beyond 16777216, which float32 cannot tell apart";

TEST_F(ImportColumns, ThatLookLikeAnIndexAreNamedByTheirLook) {
  std::vector<Column> columns = {
      {"when", [](int, int line) { return 0.5 * line + 0.25; }},
      {"who", [](int sample, int) { return 1000.0 + sample; }},
      feature("f", 1),
      {"large", [](int sample, int) { return 2e7 + 2.0 * (sample % 11); }},
      {"five", [](int sample, int) { return 5.0 * sample; }},
      {"back", [](int, int line) { return 9.5 - line; }}};
  write("a.csv", columns);
  expect_refused({"a"}, {file("a.csv") + ": " + index_error({"when", "back"}, kOrdered),
                         file("a.csv") + ": " + index_error({"large"}, kBeyond),
                         file("a.csv") + ": " + index_error({"who", "five"}, kDifferent)});
  std::reverse(columns.begin(), columns.end());
  write("a.csv", columns);
  expect_refused({"a"}, {file("a.csv") + ": " + index_error({"back", "when"}, kOrdered),
                         file("a.csv") + ": " + index_error({"large"}, kBeyond),
                         file("a.csv") + ": " + index_error({"five", "who"}, kDifferent)});
}

TEST_F(ImportColumns, ThatGiveLabelsAwayAreNamedByTheLabel) {
  std::vector<Column> columns = {
      {"x", [](int sample, int) { return 5.0 - sample % 3; }},
      {"y", [](int sample, int) { return sample / 7 % 2 * 0.5; }},
      feature("f", 1),
      {"z", [](int sample, int) { return (sample / 2 * 11 % 30) + 0.5; }},
      {"w", [](int sample, int) { return sample % 3 == 2 ? 0.25 : 2.0 * (sample % 3); }}};
  write("a.csv", columns);
  expect_refused({"a"}, {file("a.csv") + ": " + label_error({"x", "w"}, "class"),
                         file("a.csv") + ": " + label_error({"y"}, "domain"),
                         file("a.csv") + ": " + label_error({"z"}, "patient")});
  std::reverse(columns.begin(), columns.end());
  write("a.csv", columns);
  expect_refused({"a"}, {file("a.csv") + ": " + label_error({"w", "x"}, "class"),
                         file("a.csv") + ": " + label_error({"y"}, "domain"),
                         file("a.csv") + ": " + label_error({"z"}, "patient")});
}

/// What is wrong with one does not keep the others from being looked at, in the manifest's order as
/// well.
TEST_F(ImportColumns, OfSeveralFilesAreNamedWithTheirOwn) {
  write("index.csv", {feature("f", 1), {"n", [](int sample, int) { return 7.0 * sample; }}});
  write("label.csv", {{"n", [](int sample, int) { return 1.5 * (sample % 3); }}, feature("f", 2)});
  write("order.csv",
        {feature("f", 3), feature("g", 4), {"n", [](int sample, int) { return 0.37 * sample; }}});
  write("sound.csv", {feature("f", 5), feature("n", 6)});
  const std::vector<std::pair<std::string, std::string>> errors = {
      {"index", index_error({"n"}, kDifferent)},
      {"label", label_error({"n"}, "class")},
      {"order", index_error({"n"}, std::string(kOrdered) + ", in the manifest's order")},
      {"sound", ""}};
  for (std::size_t first = 0; first < errors.size(); ++first) {
    std::vector<std::string> files;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < errors.size(); ++i) {
      const auto& [name, error] = errors[(first + i) % errors.size()];
      files.push_back(name);
      if (!error.empty()) lines.push_back(fmt::format("{}: {}", file(name + ".csv"), error));
    }
    expect_refused(files, lines);
  }
}

/// Behind the manifest's own, those of the files in their order, each with its own samples.
TEST_F(ImportColumns, RowsOfZerosAreNotedOfEachFile) {
  const auto zeros_at = [](const std::vector<int>& samples, double speed) {
    const auto number = [samples, speed](int sample, int) {
      const bool is_zero = std::find(samples.begin(), samples.end(), sample) != samples.end();
      return is_zero ? 0.0 : std::cos(speed * sample + 0.5);
    };
    return std::vector<Column>{{"f", number}, {"g", number}};
  };
  write("one.csv", zeros_at({3}, 1));
  write("none.csv", {feature("f", 2), feature("g", 3)});
  write("two.csv", zeros_at({5, 6}, 4));
  const std::string why = " zeros alone (blank images or failed extractions, perhaps): ";
  const std::string one = file("one.csv") + ": 1 of 60 rows holds" + why + "'1003'";
  const std::string two = file("two.csv") + ": 2 of 60 rows hold" + why + "'1006', '1005'";
  const std::string manifest = "no column for role: all samples are in";
  EXPECT_THAT(import_store(request({"one", "none", "two"})).notes, ElementsAre(manifest, one, two));
  std::filesystem::remove(folder_ / "s.h5");
  EXPECT_THAT(import_store(request({"two", "none", "one"})).notes, ElementsAre(manifest, two, one));
}

}  // namespace
}  // namespace crossfold
