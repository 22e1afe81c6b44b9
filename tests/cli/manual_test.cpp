// The man page and the shells' completions: all that --help tells stands in them, and the shells
// that are there can read them.

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::string manual(const std::string& form) {
  const Ended ended = run_crossfold({"manual", form});
  EXPECT_EQ(ended.code, 0) << ended.err;
  return ended.out;
}

std::vector<std::string> words_in(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// "--out", "--store", ... of what `--help` prints.
std::set<std::string> long_options(const std::string& help) {
  std::set<std::string> options;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find("--");
    if (!line.starts_with("  -") || at == std::string::npos || at > 6) continue;
    options.insert(line.substr(at, line.find_first_of(" ,", at) - at));
  }
  return options;
}

class Completions : public ::testing::Test {
 protected:
  Completions() { write_text(folder_.file("crossfold.bash"), manual("bash")); }

  /// What bash offers at the end of this command line.
  [[nodiscard]] std::vector<std::string> offered(const std::string& line) const {
    const std::string script = "source crossfold.bash; compopt() { :; }; COMP_WORDS=(" + line +
                               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _crossfold; "
                               "printf '%s\\n' \"${COMPREPLY[@]}\"";
    const Ended ended =
        Child({"bash", "-c", "cd " + folder_.path().string() + " && " + script}, folder_.path())
            .wait();
    EXPECT_EQ(ended.err, "");
    return words_in(ended.out);
  }

  ScratchFolder folder_;
};

TEST_F(Completions, OfBashOfferCommandsAndTheirOptions) {
  EXPECT_THAT(offered("crossfold re"), ElementsAre("report"));
  EXPECT_THAT(offered("crossfold store ''"), IsSupersetOf({"info", "import", "synth"}));
  EXPECT_THAT(offered("crossfold run --war"), ElementsAre("--warm-start"));
  EXPECT_THAT(offered("crossfold store import --man"), ElementsAre("--manifest"));
}

TEST_F(Completions, OfBashOfferTheWordsOfAnOption) {
  EXPECT_THAT(offered("crossfold run --isa avx"), ElementsAre("avx2", "avx512"));
  EXPECT_THAT(offered("crossfold manual ''"), Not(Contains("run")));
}

TEST_F(Completions, OfBashOfferFilesWherePathsStand) {
  write_text(folder_.file("cxr.json"), "{}");
  EXPECT_THAT(offered("crossfold run cxr"), ElementsAre("cxr.json"));
  EXPECT_THAT(offered("crossfold run --store cxr"), ElementsAre("cxr.json"));
  EXPECT_THAT(offered("crossfold embed --masks cxr"), ElementsAre("cxr.json"));
  EXPECT_THAT(offered("crossfold manifest duplicates -o cxr"), ElementsAre("cxr.json"));
  EXPECT_THAT(offered("crossfold run --out cxr"), ElementsAre()) << "a folder is asked for";
}

TEST(Manual, OfZshOffersFilesWherePathsStand) {
  const std::string zsh = manual("zsh");
  EXPECT_THAT(zsh, HasSubstr("'*:CSV:_files'"));
  EXPECT_THAT(zsh, HasSubstr("'*:STORE|RUN:_files'"));
}

TEST(Manual, HasEveryOptionThatHelpPrints) {
  const std::string man = manual("man");
  const std::string fish = manual("fish");
  const std::string zsh = manual("zsh");
  for (const std::vector<std::string>& verb : std::vector<std::vector<std::string>>{
           {"run"}, {"audit"}, {"report"}, {"export"}, {"store", "import"}, {"embed"}}) {
    std::vector<std::string> words = verb;
    words.emplace_back("--help");
    const std::set<std::string> options = long_options(run_crossfold(words).out);
    EXPECT_FALSE(options.empty()) << verb.back();
    for (const std::string& option : options) {
      std::string escaped;
      for (const char c : option) escaped += c == '-' ? "\\-" : std::string(1, c);
      EXPECT_THAT(man, HasSubstr("\\fB" + escaped + "\\fR"));
      EXPECT_THAT(fish, HasSubstr(" -l " + option.substr(2) + " "));
      EXPECT_THAT(zsh, HasSubstr("'" + option + "["));
    }
  }
}

TEST(Manual, IsAPageThatManPrintsWithoutAWarning) {
  const ScratchFolder folder;
  write_text(folder.file("crossfold.1"), manual("man"));
  const Ended ended = Child({"sh", "-c",
                             "command -v groff > /dev/null || exit 77; groff -man -ww -Tascii "
                             "-P-cbou -rLL=90n " +
                                 folder.file("crossfold.1")},
                            folder.path())
                          .wait();
  if (ended.code == 77) GTEST_SKIP() << "groff is not installed";
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(ended.out, HasSubstr("crossfold store synth"));
  EXPECT_THAT(ended.out, HasSubstr("EXIT STATUS"));
}

TEST(Manual, IsAPageThatMandocFindsNoFaultIn) {
  const ScratchFolder folder;
  write_text(folder.file("crossfold.1"), manual("man"));
  const Ended ended = Child({"sh", "-c",
                             "command -v mandoc > /dev/null || exit 77; mandoc -Tlint " +
                                 folder.file("crossfold.1")},
                            folder.path())
                          .wait();
  if (ended.code == 77) GTEST_SKIP() << "mandoc is not installed";
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out, "");
}

}  // namespace
}  // namespace crossfold
