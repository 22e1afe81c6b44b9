#include "gate/output_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::gate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found_in(const std::string& text,
                                  const std::string& path = "src/a/b.cpp") {
  const SourceFile file{path, text};
  return find_other_output({&file, 1});
}

TEST(ThisTree, WritesToStandardOutputInOnePlace) {
  const std::vector<std::string> violations = find_other_output(read_sources(CROSSFOLD_SOURCE_DIR));
  std::string all;
  for (const std::string& line : violations) all += "\n" + line;
  EXPECT_TRUE(violations.empty()) << all;
}

TEST(FindOtherOutput, NamesFileAndLine) {
  EXPECT_THAT(found_in("// first\nint f() {\n  fmt::print(\"{}\", 1);\n}\n"),
              ElementsAre("src/a/b.cpp:3: uses print (what goes wrong there is not heard of). use "
                          "core/standard_output.h"));
}

TEST(FindOtherOutput, KnowsEveryWay) {
  for (const char* text :
       {"std::cout << 1;", "std::printf(\"x\");", "puts (\"x\");", "std::fputs(\"x\", stdout);",
        "fmt::print(\n    \"x\");", "fmt::println(\"x\");", "putchar('x');",
        "::write(STDOUT_FILENO, \"x\", 1);", "fmt::print(stdout, \"x\");", "std::wcout << 1;",
        "call(1'000, \"a\"); std::cout << 1;", "auto x = R\"(\" )\"; puts(\"x\");"})
    EXPECT_FALSE(found_in(text).empty()) << text;
}

TEST(FindOtherOutput, LetsPassWhatIsNone) {
  for (const char* text :
       {"fmt::print(stderr, \"x\");", "fmt::print(\n  stderr, \"x\");", "// printf(stdout)",
        "/* std::cout\n << 1 */", "help(\"File to write instead of stdout\");",
        "auto c = '\"'; f(\"cout\");", "R\"x(puts(\"a\"))x\";", "snprintf(a, 1, \"x\");",
        "print_error(text);", "int printed = 1;", "write_output(text);"})
    EXPECT_THAT(found_in(text), IsEmpty()) << text;
  EXPECT_THAT(found_in("std::cout << 1;", "tests/a/b.cpp"), IsEmpty());
  EXPECT_THAT(found_in("::write(STDOUT_FILENO, a, 1);", "src/core/files/standard_output.cpp"),
              IsEmpty());
}

}  // namespace
}  // namespace crossfold::gate
