#include <gmock/gmock.h>

#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Reads one object that stands at /here.
class ObjectReaderTest : public ::testing::Test {
 protected:
  ObjectReader read(const std::string& json) {
    document_ = parse_json(json, "job.json");
    errors_ = {};
    return ObjectReader(document_, "/here", errors_);
  }
  [[nodiscard]] const std::vector<std::string>& lines() const { return errors_.lines(); }

  nlohmann::json document_;
  ValidationErrors errors_;
};

TEST_F(ObjectReaderTest, ReadsEveryKindOfValue) {
  ObjectReader reader = read(
      R"({"rate": 1e-3, "whole": 2, "folds": 10, "seed": 18446744073709551615, "probe": true,
          "name": "t3", "kind": "linear", "one": "a", "many": ["a", "b"], "table": [1, 0.5],
          "raw": {"grid": [1]}})");
  EXPECT_EQ(reader.number("rate", {}, std::nullopt), 1e-3);
  EXPECT_EQ(reader.number("whole", {}, 0.5), 2.0);
  EXPECT_EQ(reader.integer("folds", 2, 1000, std::nullopt), 10);
  EXPECT_EQ(reader.unsigned_integer("seed", 1), 18446744073709551615U);
  EXPECT_TRUE(reader.boolean("probe", false));
  EXPECT_EQ(reader.text("name", std::nullopt), "t3");
  EXPECT_EQ(reader.choice("kind", {"baseline", "linear"}, std::nullopt), 1U);
  EXPECT_THAT(reader.texts("one"), ElementsAre("a"));
  EXPECT_THAT(reader.texts("many"), ElementsAre("a", "b"));
  EXPECT_THAT(reader.numbers("table", {}), ElementsAre(1.0, 0.5));
  ASSERT_NE(reader.child("raw"), nullptr);
  EXPECT_TRUE(reader.child("raw")->contains("grid"));
  EXPECT_TRUE(reader.has("raw"));
  reader.finish();
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(ObjectReaderTest, GivesFallbacksForWhatIsAbsent) {
  ObjectReader reader = read("{}");
  EXPECT_EQ(reader.number("rate", {}, 0.25), 0.25);
  EXPECT_EQ(reader.integer("folds", 2, 1000, 10), 10);
  EXPECT_EQ(reader.unsigned_integer("seed", 7), 7U);
  EXPECT_TRUE(reader.boolean("probe", true));
  EXPECT_EQ(reader.text("name", "none"), "none");
  EXPECT_EQ(reader.choice("kind", {"a", "b"}, 1), 1U);
  EXPECT_THAT(reader.texts("many"), IsEmpty());
  EXPECT_EQ(reader.child("raw"), nullptr);
  EXPECT_FALSE(reader.has("raw"));
  reader.finish();
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(ObjectReaderTest, NamesWhatIsMissing) {
  ObjectReader reader = read("{}");
  (void)reader.number("rate", {}, std::nullopt);
  (void)reader.integer("folds", 2, 1000, std::nullopt);
  (void)reader.text("name", std::nullopt);
  (void)reader.choice("kind", {"a"}, std::nullopt);
  (void)reader.numbers("table", {});
  (void)reader.required("raw");
  EXPECT_THAT(lines(), ElementsAre("/here/rate: is missing (there is no default). add it",
                                   "/here/folds: is missing (there is no default). add it",
                                   "/here/name: is missing (there is no default). add it",
                                   "/here/kind: is missing (there is no default). add it",
                                   "/here/table: is missing (there is no default). add it",
                                   "/here/raw: is missing (there is no default). add it"));
}

TEST_F(ObjectReaderTest, TakesNoTypeForAnother) {
  ObjectReader reader = read(
      R"({"rate": true, "folds": 1.9, "more": 10.0, "seed": -1, "probe": 1, "name": "", "kind": 2,
          "many": ["a", 3], "none": [], "table": 0.5})");
  EXPECT_EQ(reader.number("rate", {}, 0.25), 0.25);
  EXPECT_EQ(reader.integer("folds", 2, 1000, 10), 10);
  EXPECT_EQ(reader.integer("more", 2, 1000, 5), 5);
  EXPECT_EQ(reader.unsigned_integer("seed", 7), 7U);
  EXPECT_FALSE(reader.boolean("probe", false));
  EXPECT_EQ(reader.text("name", "none"), "none");
  EXPECT_EQ(reader.choice("kind", {"a", "b"}, 1), 1U);
  EXPECT_THAT(reader.texts("many"), IsEmpty());
  EXPECT_THAT(reader.texts("none"), IsEmpty());
  EXPECT_THAT(reader.numbers("table", {.low = 0}), IsEmpty());
  EXPECT_THAT(
      lines(),
      ElementsAre(
          "/here/rate: must be a number (true was found)",
          "/here/folds: must be a whole number (1.9 was found)",
          "/here/more: must be a whole number (10.0 was found)",
          "/here/seed: must be a whole number of 0 to 18446744073709551615 (-1 was found)",
          "/here/probe: must be true or false (1 was found)",
          "/here/name: must be a text that is not empty (\"\" was found)",
          "/here/kind: is 2 (not known here). choose one of a, b",
          "/here/many: must be a text or a list of texts that are not empty ([\"a\",3] was found)",
          "/here/none: must be a text or a list of texts that are not empty ([] was found)",
          "/here/table: must be a list of numbers at least 0 (0.5 was found)"));
}

TEST_F(ObjectReaderTest, NamesTheRangeOfANumber) {
  ObjectReader reader = read(R"({"a": -0.5, "b": 0, "c": 1.5, "d": 7, "e": 0.5})");
  EXPECT_EQ(reader.number("a", {.low = 0}, 1), 1.0);
  EXPECT_EQ(reader.number("b", {.low = 0, .low_end = Bounds::Low::open}, 1), 1.0);
  EXPECT_EQ(reader.number("c", {.low = 0, .high = 1}, 1), 1.0);
  EXPECT_EQ(reader.number("d", {.high = 5}, 1), 1.0);
  EXPECT_EQ(reader.number("e", {.low = 0.5, .high = 0.5}, 1), 0.5);
  EXPECT_THAT(lines(),
              ElementsAre("/here/a: is -0.5 (out of range). take a number at least 0",
                          "/here/b: is 0 (out of range). take a number above 0",
                          "/here/c: is 1.5 (out of range). take a number at least 0 and at most 1",
                          "/here/d: is 7 (out of range). take a number at most 5"));
}

TEST_F(ObjectReaderTest, NamesTheRangeOfAWholeNumber) {
  ObjectReader reader =
      read(R"({"a": 1, "b": 1001, "c": -9223372036854775808, "d": 18446744073709551615})");
  EXPECT_EQ(reader.integer("a", 2, 1000, 10), 10);
  EXPECT_EQ(reader.integer("b", 2, 1000, 10), 10);
  EXPECT_EQ(reader.integer("c", 2, 1000, 10), 10);
  EXPECT_EQ(reader.integer("d", -5, -1, -2), -2);  // -1 when its bits are taken for a signed one
  EXPECT_THAT(
      lines(),
      ElementsAre(
          "/here/a: is 1 (out of range). take a whole number of 2 to 1000",
          "/here/b: is 1001 (out of range). take a whole number of 2 to 1000",
          "/here/c: is -9223372036854775808 (out of range). take a whole number of 2 to 1000",
          "/here/d: is 18446744073709551615 (out of range). take a whole number of -5 to -1"));
}

TEST_F(ObjectReaderTest, TakesBothEndsOfARangeAndNothingBeyond) {
  ObjectReader reader = read(
      R"({"least": 2, "most": 1000, "low": 0.25, "high": 0.75, "none": 0,
          "beyond": 18446744073709551616, "list": [0.25, 0.75]})");
  EXPECT_EQ(reader.integer("least", 2, 1000, 10), 2);
  EXPECT_EQ(reader.integer("most", 2, 1000, 10), 1000);
  const Bounds bounds{.low = 0.25, .high = 0.75};
  EXPECT_EQ(reader.number("low", bounds, 0.5), 0.25);
  EXPECT_EQ(reader.number("high", bounds, 0.5), 0.75);
  EXPECT_EQ(reader.unsigned_integer("none", 7), 0U);
  EXPECT_THAT(reader.numbers("list", bounds), ElementsAre(0.25, 0.75));
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_EQ(reader.unsigned_integer("beyond", 7), 7U);
  EXPECT_THAT(lines(), ElementsAre("/here/beyond: must be a whole number of 0 to "
                                   "18446744073709551615 (1.8446744073709552e+19 was found)"));
}

TEST_F(ObjectReaderTest, NamesEachNumberOfAListThatDoesNotFit) {
  ObjectReader reader = read(R"({"table": [1, -2, "x", 3], "free": [null]})");
  EXPECT_THAT(reader.numbers("table", {.low = 0}), IsEmpty());
  EXPECT_THAT(reader.numbers("free", {}), IsEmpty());
  EXPECT_THAT(lines(), ElementsAre("/here/table/1: must be a number at least 0 (-2 was found)",
                                   "/here/table/2: must be a number at least 0 (\"x\" was found)",
                                   "/here/free/0: must be a number of any size (null was found)"));
}

TEST_F(ObjectReaderTest, NamesTheChoicesThereAre) {
  ObjectReader reader = read(R"({"kind": "baselin"})");
  EXPECT_EQ(reader.choice("kind", {"linear", "baseline"}, std::nullopt), 0U);
  EXPECT_THAT(lines(),
              ElementsAre("/here/kind: is \"baselin\" (not known here). choose one of linear, "
                          "baseline"));
}

TEST_F(ObjectReaderTest, NamesKeysThatNobodyReadAndTheNearestKnownOne) {
  ObjectReader reader = read(R"({"folds": 10, "seats": 5, "a/b": 1})");
  (void)reader.integer("folds", 2, 1000, 10);
  (void)reader.integer("seeds", 1, 1000, 5);
  reader.finish();
  EXPECT_THAT(lines(),
              ElementsAre("/here/a~1b: is not a known key (known here: folds, seeds). remove it",
                          "/here/seats: is not a known key (known here: folds, seeds). remove it"));
  for (const char* written : {"fold", "fodls"}) {
    ObjectReader slip = read(nlohmann::json{{written, 10}}.dump());
    (void)slip.integer("folds", 2, 1000, 10);
    slip.finish();
    EXPECT_THAT(lines(), ElementsAre("/here/" + std::string(written) +
                                     ": is not a known key. did you mean 'folds'?"));
  }
}

TEST_F(ObjectReaderTest, SaysWhyAKnownKeyMayNotBeUsed) {
  ObjectReader reader = read(R"({"kind": "baseline", "lambda": {}})");
  (void)reader.choice("kind", {"baseline"}, std::nullopt);
  reader.refuse("lambda", "is not used by a baseline (it has no domain head). remove it");
  reader.refuse("probe_on", "is never said, as the key is absent");
  reader.finish();
  EXPECT_THAT(lines(), ElementsAre("/here/lambda: is not used by a baseline (it has no domain "
                                   "head). remove it"));
}

TEST_F(ObjectReaderTest, NeedsAnObject) {
  ObjectReader reader = read("[1, 2]");
  EXPECT_EQ(reader.integer("folds", 2, 1000, 10), 10);
  reader.finish();
  EXPECT_THAT(lines(), ElementsAre("/here: must be an object ([1,2] was found)"));
}

TEST_F(ObjectReaderTest, NamesTheRootBySlash) {
  ValidationErrors errors;
  const nlohmann::json document = 3;
  const ObjectReader reader(document, "", errors);
  EXPECT_THAT(errors.lines(), ElementsAre("/: must be an object (3 was found)"));
  EXPECT_EQ(reader.pointer_to("a~b"), "/a~0b");
}

}  // namespace
}  // namespace crossfold
