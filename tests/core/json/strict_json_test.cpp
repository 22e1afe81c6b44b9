#include "crossfold/core/strict_json.h"

#include <cmath>

#include <gmock/gmock.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

using ::testing::Optional;

void expect_json_error(const std::string& text, const std::string& json) {
  expect_error(ErrorCode::bad_input, text, [&] { (void)parse_json(json, "job.json"); });
}

TEST(ParseJson, ReadsWhatIsWritten) {
  const nlohmann::json document = parse_json(R"({"a": [1, -2, 0.5, "x", null], "b": {}})", "j");
  EXPECT_EQ(document["a"][1], -2);
  EXPECT_TRUE(document["b"].is_object());
}

TEST(ParseJson, NamesEveryKeyThatStandsTwice) {
  const std::string twice = ": the key stands here twice (only one value can hold). remove one";
  expect_json_error("job.json: /seed" + twice, R"({"seed": 1, "name": "a", "seed": 2})");
  expect_json_error("job.json: 2 errors\n  /list/1/a~1b" + twice + "\n  /list/2/0/c" + twice,
                    R"({"list": [{"d": 1}, {"a/b": 1, "a/b": 1}, [{"c": 1, "c": {}, "c": []}]]})");
}

TEST(ParseJson, TakesEqualKeysOfDifferentObjects) {
  EXPECT_NO_THROW((void)parse_json(R"({"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": 1}})", "j"));
}

TEST(ParseJson, NamesLineAndColumnOfASyntaxError) {
  expect_json_error(
      "job.json: is not valid JSON (parse error at line 2, column 7: syntax error while parsing "
      "value - unexpected ','; expected '[', '{', or a literal)",
      "{\n \"a\": , \n}");
  expect_json_error("job.json: is empty (a JSON document was expected). was it written whole?",
                    " \n");
  expect_json_error(
      "job.json: is not valid JSON (parse error at line 1, column 4: syntax error while parsing "
      "value - invalid literal; last read: '{} x'; expected end of input)",
      "{} x");
}

TEST(ParseJson, RefusesANumberThatNoDoubleHolds) {
  expect_json_error("job.json: is not valid JSON (number overflow parsing '1e999')", "[1e999]");
  expect_json_error("job.json: is not valid JSON (number overflow parsing '-1E+999')", "[-1E+999]");
}

TEST(ParseJson, RefusesDepthThatWouldExhaustTheStack) {
  EXPECT_NO_THROW((void)parse_json(std::string(100, '[') + std::string(100, ']'), "j"));
  const std::string text =
      "job.json: is nested deeper than 100 levels (no file of crossfold is). look for brackets "
      "that do not belong there";
  expect_json_error(text, std::string(101, '[') + std::string(101, ']'));
  expect_json_error(text, std::string(1'000'000, '['));
}

TEST(ShortJson, IsCutBetweenCharacters) {
  EXPECT_EQ(short_json({{"a", 1}}), R"({"a":1})");
  EXPECT_EQ(short_json(std::string(50, 'x')), "\"" + std::string(39, 'x') + "...");
  std::string umlauts;
  for (int i = 0; i < 30; ++i) umlauts += "\u00e4";  // two bytes each; the cut falls inside one
  EXPECT_EQ(short_json(umlauts), "\"" + umlauts.substr(0, 38) + "...");
  EXPECT_EQ(short_json("\xFF"), "\"\uFFFD\"");
}

TEST(PointerPart, EscapesSlashAndTilde) { EXPECT_EQ(pointer_part("a/b~c"), "a~1b~0c"); }

TEST(NearestName, IsFoundOnlyForASlip) {
  const std::vector<std::string> known = {"learning_rate", "batch", "epochs", "seed"};
  EXPECT_THAT(nearest_name("learning_rat", known), Optional(std::string("learning_rate")));
  EXPECT_THAT(nearest_name("epoch", known), Optional(std::string("epochs")));
  EXPECT_THAT(nearest_name("sede", known), Optional(std::string("seed")));  // two swapped: one slip
  EXPECT_THAT(nearest_name("bacth", known), Optional(std::string("batch")));
  EXPECT_THAT(nearest_name("deed", {"dude"}), std::nullopt);  // two letters of four: too far
  EXPECT_THAT(nearest_name("colour", known), std::nullopt);
  EXPECT_THAT(nearest_name("seed", {}), std::nullopt);
}

TEST(JsonNumber, NamesWhatJsonCannotHold) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(json_number(0.1).dump(), "0.1");
  EXPECT_EQ(json_number(std::nan("")), "nan");
  EXPECT_EQ(json_number(kInfinity), "inf");
  EXPECT_EQ(json_number(-kInfinity), "-inf");
  for (const double value : {0.0, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, kInfinity, -kInfinity})
    EXPECT_EQ(number_from_json(nlohmann::json::parse(json_number(value).dump())), value);
  EXPECT_TRUE(std::isnan(number_from_json("nan")));
}

TEST(JsonNumber, IsNothingElse) {
  expect_error(ErrorCode::bad_input,
               "null is no number (a number, \"nan\", \"inf\" or \"-inf\" is needed)",
               [] { (void)number_from_json(nullptr); });
  expect_error(ErrorCode::bad_input,
               "\"NaN\" is no number (a number, \"nan\", \"inf\" or \"-inf\" is needed)",
               [] { (void)number_from_json("NaN"); });
}

TEST(WholeNumberFromJson, TakesWholeNumbersUpToTheBoundAlone) {
  EXPECT_EQ(whole_number_from_json(7, 7), 7U);
  EXPECT_EQ(whole_number_from_json(nlohmann::json::parse("0"), 7), 0U);
  for (const char* text : {"8", "-1", "1.0", "true", "\"1\"", "null"})
    expect_error(ErrorCode::bad_input, std::string(text) + " is no whole number of 0 to 7",
                 [&] { (void)whole_number_from_json(nlohmann::json::parse(text), 7); });
}

TEST(ParseJson, RoundsWhatIsTooSmallToZeroHoweverItIsWritten) {
  for (const char* text : {"1e-400", "1E-400", "0.001e-330", "123E-500"})
    EXPECT_EQ(parse_json(text, "job.json").get<double>(), 0) << text;
  EXPECT_EQ(parse_json("1E-3", "job.json").get<double>(), 1e-3);
}

}  // namespace
}  // namespace crossfold
