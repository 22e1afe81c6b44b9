#include "gate/house_rules.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::gate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::filesystem::path source_root() { return CROSSFOLD_SOURCE_DIR; }

HouseRules rules_of_this_tree() {
  std::ostringstream text;
  text << std::ifstream(source_root() / "src" / "README.md").rdbuf();
  return read_house_rules(text.str());
}

std::string all_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n" + line;
  return text;
}

TEST(ThisTree, KeepsToLayersAndFences) {
  const std::vector<std::string> violations =
      find_violations(rules_of_this_tree(), read_sources(source_root()));
  EXPECT_TRUE(violations.empty()) << all_lines(violations);
}

TEST(ThisTree, HasTheModulesOfTheTable) {
  std::set<std::string> in_table;
  for (const Module& module : rules_of_this_tree().modules) in_table.insert(module.name);
  std::set<std::string> in_tree;
  for (const auto& entry : std::filesystem::directory_iterator(source_root() / "src")) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name != "cmake") in_tree.insert(name);
  }
  EXPECT_EQ(in_tree, in_table);
}

// The gate itself: a small house with one thing wrong in it at a time.

std::string tables(const std::string& exceptions = "| src/low/a.cpp | made.h | by CMake |\n") {
  return "| level | module | owns | may include | third party |\n"
         "| --- | --- | --- | --- | --- |\n"
         "| 0 | low | numbers | - | - |\n"
         "| 1 | file | files | low | HDF5, nlohmann |\n"
         "| 2 | top | all of it | all | - |\n"
         "\n"
         "| library | headers | used by | in public headers |\n"
         "| --- | --- | --- | --- |\n"
         "| fmt | `fmt/` | all | no |\n"
         "| HDF5 | `hdf5.h`, `H5` | its rows | no |\n"
         "| nlohmann | `nlohmann/` | its rows | in `*_json.h` |\n"
         "\n"
         "| file | header | reason |\n"
         "| --- | --- | --- |\n" +
         exceptions;
}

/// A house in order, with `planted` put in place of a file or added.
std::vector<std::string> violations_with(const SourceFile& planted) {
  std::vector<SourceFile> files = {
      {"include/crossfold/file/file.h", "#include <vector>\n"},
      {"include/crossfold/file/file_json.h", "#include <nlohmann/json.hpp>\n"},
      {"include/crossfold/low/low.h", ""},
      {"src/file/file.cpp", "#include <hdf5.h>\n#include \"crossfold/file/file.h\"\n"},
      {"src/low/a.cpp", "#include <fmt/format.h>\n#include \"made.h\"\n"},
      {"src/low/own.h", ""},
      {"src/top/main.cpp",
       "#include \"crossfold/file/file.h\"\n#include \"crossfold/low/low.h\"\n"},
      {"tests/file/file_test.cpp", "#include <mpi.h>\n#include \"crossfold/file/file_json.h\"\n"},
  };
  if (!planted.path.empty()) {
    const auto old = std::ranges::find(files, planted.path, &SourceFile::path);
    if (old == files.end()) {
      files.push_back(planted);
    } else {
      *old = planted;
    }
  }
  return find_violations(read_house_rules(tables()), files);
}

TEST(FindViolations, FindsNoneInAHouseInOrder) { EXPECT_THAT(violations_with({}), IsEmpty()); }

TEST(FindViolations, NamesAnIncludeFromAHigherModule) {
  EXPECT_THAT(
      violations_with({"src/low/b.cpp", "// first\n#include \"crossfold/file/file.h\"\n"}),
      ElementsAre("src/low/b.cpp:2: includes crossfold/file/file.h (low may include nothing). "
                  "move what is needed down, or pass it in"));
}

TEST(FindViolations, SeesThroughSpacesAndAngleBrackets) {
  EXPECT_THAT(
      violations_with({"src/low/b.cpp", "  #  include <crossfold/file/file.h>\n"}),
      ElementsAre("src/low/b.cpp:1: includes crossfold/file/file.h (low may include nothing). "
                  "move what is needed down, or pass it in"));
}

TEST(FindViolations, NamesALibraryBehindAnotherModulesFence) {
  EXPECT_THAT(
      violations_with({"src/top/b.cpp", "#include <H5public.h>\n"}),
      ElementsAre("src/top/b.cpp:1: includes H5public.h (top may use nothing besides what all "
                  "may). reach HDF5 through the module that owns it"));
}

TEST(FindViolations, NamesALibraryThatNobodyHasHeardOf) {
  EXPECT_THAT(
      violations_with({"src/top/b.cpp", "#include <yaml/yaml.h>\n"}),
      ElementsAre("src/top/b.cpp:1: includes yaml/yaml.h (this header is neither of this module "
                  "nor of a library in src/README.md). add the library to the table, "
                  "with the modules that may use it"));
}

TEST(FindViolations, NamesAnotherModulesPrivateHeader) {
  EXPECT_THAT(
      violations_with({"src/top/b.cpp", "#include \"../low/own.h\"\n"}),
      ElementsAre("src/top/b.cpp:1: includes ../low/own.h (this header is neither of this module "
                  "nor of a library in src/README.md). add the library to the table, "
                  "with the modules that may use it"));
  EXPECT_THAT(violations_with({"src/low/b.cpp", "#include \"own.h\"\n"}), IsEmpty());
  EXPECT_THAT(violations_with({"src/low/room/c.cpp", "#include \"own.h\"\n"}), IsEmpty());
}

TEST(FindViolations, NamesALibraryInAPublicHeader) {
  EXPECT_THAT(
      violations_with({"include/crossfold/file/file.h", "#include <fmt/format.h>\n"}),
      ElementsAre("include/crossfold/file/file.h:1: includes fmt/format.h (fmt stays out of "
                  "public headers). include it in the source file"));
  EXPECT_THAT(
      violations_with({"include/crossfold/file/file.h", "#include <nlohmann/json.hpp>\n"}),
      ElementsAre("include/crossfold/file/file.h:1: includes nlohmann/json.hpp (nlohmann stays "
                  "out of public headers but *_json.h). include it in the source file"));
}

TEST(FindViolations, NamesAPublicHeaderThatOnlyItsOwnModuleReads) {
  EXPECT_THAT(
      violations_with({"include/crossfold/low/secret.h", ""}),
      ElementsAre("include/crossfold/low/secret.h: no other module, public header or test "
                  "includes this header (public headers are for others). move it to src/low"));
}

TEST(FindViolations, NamesAFileOfNoModule) {
  EXPECT_THAT(
      violations_with({"src/utils/b.cpp", "#include <vector>\n"}),
      ElementsAre("src/utils/b.cpp:1: includes vector (this file belongs to no module of the "
                  "table in src/README.md). move it"));
}

TEST(FindViolations, NamesAnExceptionThatIsNotUsed) {
  EXPECT_THAT(
      violations_with({"src/low/a.cpp", ""}),
      ElementsAre("src/README.md: the exception of src/low/a.cpp for made.h is not used (it "
                  "would hide an error made later). take it out"));
}

/// What reading the tables fails with after `from` has been replaced by `to`.
std::string failure_after(const std::string& from, const std::string& to) {
  std::string text = tables();
  text.replace(text.find(from), from.size(), to);
  try {
    static_cast<void>(read_house_rules(text));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no failure";
}

TEST(ReadHouseRules, RefusesTablesThatDoNotHold) {
  EXPECT_EQ(failure_after("numbers | - |", "numbers | file |"),
            "low (level 0) may include file (level 1), not below it");
  EXPECT_EQ(failure_after("files | low |", "files | lwo |"),
            "file may include 'lwo', which has no row");
  EXPECT_EQ(failure_after("HDF5, nlohmann", "HDF6"),
            "file uses the library 'HDF6', which has no row");
  EXPECT_EQ(failure_after("| all of it ", ""),
            "a row has 4 cells instead of 5: | 2 | top | all | - |");
  EXPECT_EQ(failure_after("| file | header |", "| files | header |"),
            "no rows under the head: | file | header | reason |");
  EXPECT_EQ(failure_after("| all | no |", "| all | never |"),
            "in public headers: 'never' is none of no, yes, in `*_json.h`");
}

}  // namespace
}  // namespace crossfold::gate
