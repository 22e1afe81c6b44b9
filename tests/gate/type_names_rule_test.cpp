#include "gate/type_names_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::gate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found_in(const std::string& one, const std::string& other,
                                  const std::string& path = "include/crossfold/b/b.h") {
  return find_types_defined_twice(std::vector<SourceFile>{{"src/a/a.cpp", one}, {path, other}});
}

const std::string kHeader =
    "#pragma once\n\nnamespace crossfold {\n\n/// Rows.\nstruct Rows {\n"
    "  int n = 0;\n};\n\n}  // namespace crossfold\n";

TEST(ThisTree, DefinesEachTypeOnce) {
  std::string all;
  for (const std::string& line : find_types_defined_twice(read_sources(CROSSFOLD_SOURCE_DIR)))
    all += "\n" + line;
  EXPECT_EQ(all, "");
}

TEST(FindTypesDefinedTwice, NamesBothPlaces) {
  EXPECT_THAT(found_in(kHeader, kHeader),
              ElementsAre("include/crossfold/b/b.h:6: defines crossfold::Rows, as src/a/a.cpp:6 "
                          "does (the linker takes the functions of one for both). give one of "
                          "them another name"));
}

TEST(FindTypesDefinedTwice, KnowsEveryKind) {
  for (const char* text :
       {"struct Rows {", "class Rows {", "class Rows final {", "class Rows final : public Base {",
        "class Rows : public Base,", "enum class Rows {", "enum class Rows : int { a, b };",
        "union Rows {", "struct alignas(64) Rows {", "struct Rows {};"})
    EXPECT_FALSE(found_in(std::string("namespace crossfold {\n") + text + "\n", kHeader).empty())
        << text;
}

TEST(FindTypesDefinedTwice, LetsPassWhatIsNotSeenElsewhereOrIsAnotherType) {
  for (const char* text :
       {"namespace crossfold {\nstruct Rows;\n", "namespace crossfold {\nstruct Rows::State {\n",
        "namespace crossfold {\nnamespace {\nstruct Rows {\n",
        "namespace crossfold::b {\nclass Rows {\n", "namespace crossfold {\n// struct Rows {\n",
        "namespace crossfold {\n  struct Rows {\n", "namespace crossfold {\nstruct hash<Rows> {\n"})
    EXPECT_THAT(found_in(text, kHeader), IsEmpty()) << text;
  EXPECT_FALSE(
      found_in("namespace crossfold {\nnamespace {\n}  // namespace\nstruct Rows {\n", kHeader)
          .empty());
  EXPECT_THAT(found_in(kHeader, kHeader, "tests/b/b.h"), IsEmpty());
  EXPECT_THAT(found_in(kHeader, kHeader, "src/a/a.cpp"), IsEmpty());  // by conditions
}

}  // namespace
}  // namespace crossfold::gate
