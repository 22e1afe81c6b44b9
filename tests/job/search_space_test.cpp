#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/job/search_space_json.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

SearchSpace space_of(const std::string& text) {
  ValidationErrors errors;
  SearchSpace space = SearchSpace::read(json::parse(text), "/c", errors);
  EXPECT_THAT(errors.lines(), IsEmpty());
  return space;
}

std::vector<std::string> errors_in(const json& candidate) {
  ValidationErrors errors;
  static_cast<void>(SearchSpace::read(candidate, "/c", errors));
  return errors.lines();
}

std::vector<std::string> keys_of(const SearchSpace& space) {
  std::vector<std::string> keys;
  for (const SearchDimension& dimension : space.dimensions()) keys.push_back(dimension.key);
  return keys;
}

/// Schedules as a tagged union, as in a job.
constexpr const char* kBranches = R"({"kind": "disentangled",
  "lambda": {"choice": [
    {"schedule": "exponential", "from": {"log": [0.1, 100]}, "over": {"choice": [20, 40]}},
    {"schedule": "constant", "from": {"log": [0.01, 30]}}]},
  "training": {"epochs": {"int": [10, 12]}, "weight_decay": {"uniform": [0, 0.1]}}})";

TEST(SearchSpace, HasADimensionForEachDrawInTheOrderOfTheKeys) {
  const SearchSpace space = space_of(kBranches);
  EXPECT_THAT(keys_of(space), ElementsAre("lambda", "lambda.from", "lambda.over", "lambda.from",
                                          "training.epochs", "training.weight_decay"));
  EXPECT_EQ(space.dimensions()[0].options, 2U);
  EXPECT_FALSE(space.dimensions()[0].only_if.has_value());
  EXPECT_EQ(space.dimensions()[3].only_if->dimension, 0U);
  EXPECT_EQ(space.dimensions()[3].only_if->option, 1U);
  EXPECT_EQ(space.dimensions()[3].kind, DimensionKind::log);
  EXPECT_EQ(space.dimensions()[4].kind, DimensionKind::whole);
}

TEST(SearchSpace, KeysOfABranchThatIsNotTakenDoNotExist) {
  const SearchSpace space = space_of(kBranches);
  const std::vector<double> exponential{0.2, 0.5, 0.9, 0.3, 0.0, 0.5};
  EXPECT_EQ(space.settings_at(exponential), json::parse(R"({"kind": "disentangled",
    "lambda": {"schedule": "exponential", "from": 3.16228, "over": 40},
    "training": {"epochs": 10, "weight_decay": 0.05}})"));
  EXPECT_THAT(space.parameters_at(exponential),
              ElementsAre(Parameter{"lambda", "exponential"}, Parameter{"lambda.from", 3.16228},
                          Parameter{"lambda.over", 40.0}, Parameter{"training.epochs", 10.0},
                          Parameter{"training.weight_decay", 0.05}));
  const std::vector<double> constant{0.5, 0.5, 0.9, 0.0, 0.99, 0.0};
  EXPECT_EQ(space.settings_at(constant), json::parse(R"({"kind": "disentangled",
    "lambda": {"schedule": "constant", "from": 0.01},
    "training": {"epochs": 12, "weight_decay": 0.0}})"));
}

TEST(SearchSpace, RoundsToSixDigitsAndKeepsWholeNumbersAndChoicesAsTheyAre) {
  const SearchSpace space = space_of(
      R"({"a": {"uniform": [1234567.8, 2234567.8]}, "b": {"log": [1e-7, 1]},
          "c": {"int": [0, 99999999]}, "d": {"choice": [0.123456789, 2]}, "e": {"choice": ["x"]}})");
  const json settings = space.settings_at(std::vector<double>{0.7654321, 0.5, 0.5, 0.0, 0.7});
  EXPECT_EQ(settings.dump(),
            R"({"a":2000000.0,"b":0.000316228,"c":50000000,"d":0.123456789,"e":"x"})");
}

/// Points that are spread evenly come to values that are: each whole number, and each option, as
/// often as the others; numbers on their line, and on that of their logarithms.
TEST(SearchSpace, GivesEachPartOfADimensionItsShare) {
  const SearchSpace space = space_of(R"({"a": {"int": [3, 7]}, "b": {"choice": ["x", "y", "z"]},
      "c": {"uniform": [-2, 6]}, "d": {"log": [0.01, 100]}, "e": {"int": [-1, 0]}})");
  constexpr int kPoints = 300;
  std::map<std::string, int> counts;
  for (int i = 0; i < kPoints; ++i) {
    const double u = (i + 0.5) / kPoints;
    const json settings = space.settings_at(std::vector<double>(5, u));
    for (const char* key : {"a", "b", "e"}) ++counts[key + settings.at(key).dump()];
    EXPECT_NEAR(settings.at("c").get<double>(), -2 + 8 * u, 1e-5);
    EXPECT_NEAR(std::log10(settings.at("d").get<double>()), -2 + 4 * u, 1e-5);
  }
  EXPECT_EQ(counts, (std::map<std::string, int>{{"a3", 60},
                                                {"a4", 60},
                                                {"a5", 60},
                                                {"a6", 60},
                                                {"a7", 60},
                                                {"b\"x\"", 100},
                                                {"b\"y\"", 100},
                                                {"b\"z\"", 100},
                                                {"e-1", 150},
                                                {"e0", 150}}));
}

TEST(SearchSpace, ABranchIsCalledByItsScheduleWhereTheseDifferElseByItsIndex) {
  const std::vector<double> second{0.9};
  EXPECT_THAT(space_of(R"({"x": {"choice": [{"schedule": "a"}, {"schedule": "b"}]}})")
                  .parameters_at(second),
              ElementsAre(Parameter{"x", "b"}));
  EXPECT_THAT(space_of(R"({"x": {"choice": [{"schedule": "a", "f": 1}, {"schedule": "a"}]}})")
                  .parameters_at(second),
              ElementsAre(Parameter{"x", "1"}));
}

TEST(SearchSpace, BranchesMayHoldBranches) {
  const SearchSpace space = space_of(
      R"({"x": {"choice": [{"p": 1}, {"y": {"choice": [{"q": {"int": [1, 2]}}, {"r": 5}]}}]}})");
  EXPECT_EQ(space.size(), 4U);
  EXPECT_EQ(space.settings_at(std::vector<double>{0.6, 0.1, 0.9}),
            json::parse(R"({"x": {"y": {"q": 2}}})"));
  EXPECT_EQ(space.settings_at(std::vector<double>{0.1, 0.1, 0.9}),
            json::parse(R"({"x": {"p": 1}})"));
}

TEST(SearchSpace, CountsItsPointsWhereTheyCanBeCounted) {
  EXPECT_EQ(space_of(R"({"a": {"int": [3, 7]}, "b": {"choice": [1, "x", 3]}})").size(), 15U);
  EXPECT_EQ(space_of(R"({"a": {"int": [3, 7]}, "b": {"uniform": [0, 1]}})").size(), std::nullopt);
  EXPECT_EQ(space_of(R"({"a": 1})").size(), 1U);
}

std::vector<double> random_point(const SearchSpace& space, RandomStream& random) {
  std::vector<double> point(space.dimensions().size());
  for (double& u : point) u = random.uniform();
  return point;
}

/// What is found from the parameters of a point, and means the same.
std::vector<std::optional<double>> found_again(const SearchSpace& space,
                                               const std::vector<double>& point) {
  const std::vector<Parameter> parameters = space.parameters_at(point);
  std::vector<std::optional<double>> found = space.point_of(parameters);
  std::vector<double> again;
  again.reserve(found.size());
  for (const auto& u : found) again.push_back(u.value_or(0.0));
  EXPECT_EQ(space.parameters_at(again), parameters);
  EXPECT_EQ(space.settings_at(again), space.settings_at(point));
  return found;
}

TEST(SearchSpace, PointsAreFoundAgainFromTheirParameters) {
  const SearchSpace space = space_of(kBranches);
  RandomStream random({.root_seed = 3}, "test");
  for (int i = 0; i < 500; ++i) {
    const std::vector<double> point = random_point(space, random);
    const std::vector<std::optional<double>> found = found_again(space, point);
    EXPECT_EQ(found[1].has_value(), point[0] < 0.5);
    EXPECT_EQ(found[3].has_value(), point[0] >= 0.5);
  }
}

/// A choice in a branch of a choice in a branch of a choice.
constexpr const char* kDeep = R"({"x": {"choice": [
  {"p": {"int": [1, 2]}},
  {"y": {"choice": [
    {"q": {"log": [0.1, 10]}},
    {"z": {"choice": [{"r": {"int": [5, 7]}}, {"s": {"uniform": [0, 1]}}]}}]}}]}})";

TEST(SearchSpace, PointsInBranchesOfBranchesAreFoundAgain) {
  const SearchSpace space = space_of(kDeep);
  ASSERT_THAT(keys_of(space),
              ElementsAre("x", "x.p", "x.y", "x.y.q", "x.y.z", "x.y.z.r", "x.y.z.s"));
  RandomStream random({.root_seed = 4}, "test");
  for (int i = 0; i < 300; ++i) {
    const std::vector<double> point = random_point(space, random);
    const std::vector<std::optional<double>> found = found_again(space, point);
    const bool y = point[0] >= 0.5;
    const bool z = y && point[2] >= 0.5;
    const bool s = z && point[4] >= 0.5;
    const std::vector<bool> exists{true, !y, y, y && !z, z, z && !s, s};
    for (std::size_t d = 0; d < exists.size(); ++d) EXPECT_EQ(found[d].has_value(), exists[d]) << d;
  }
}

/// What is drawn has six digits, and so have the ends: both may be drawn and are found again.
TEST(SearchSpace, EndsWithMoreDigitsAreRounded) {
  for (const char* kind : {"uniform", "log"})
    for (const auto& [low, high, first, last] :
         {std::tuple(0.1234564, 0.7654326, 0.123456, 0.765433),
          std::tuple(0.1234566, 0.7654324, 0.123457, 0.765432)}) {
      const json draw{{kind, json::array({low, high})}};
      SCOPED_TRACE(draw.dump());
      const SearchSpace space = space_of(json{{"x", draw}}.dump());
      const std::vector<double> start{0.0}, end{1 - 0x1.0p-53};
      EXPECT_THAT(space.parameters_at(start), ElementsAre(Parameter{"x", first}));
      EXPECT_THAT(space.parameters_at(end), ElementsAre(Parameter{"x", last}));
      static_cast<void>(found_again(space, start));
      static_cast<void>(found_again(space, end));
    }
}

/// Whole numbers and options lie in the middle of what comes to them; other numbers where they are.
TEST(SearchSpace, PutsEachValueIntoTheMiddleOfItsShare) {
  const SearchSpace space = space_of(R"({"a": {"int": [3, 7]}, "b": {"choice": ["x", "y", "z"]},
      "c": {"uniform": [-2, 6]}, "d": {"log": [0.01, 100]}})");
  const auto expect_at = [&](const std::vector<double>& point, const std::vector<double>& found) {
    const std::vector<std::optional<double>> again = space.point_of(space.parameters_at(point));
    ASSERT_EQ(again.size(), found.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(again[i].value(), found[i], 1e-6);
  };
  for (int number = 0; number < 5; ++number)
    for (const double within : {0.01, 0.5, 0.99})
      for (int option = 0; option < 3; ++option)
        expect_at({(number + within) / 5, (option + within) / 3, 0.25, 0.75},
                  {(number + 0.5) / 5, (option + 0.5) / 3, 0.25, 0.75});
}

TEST(SearchSpace, RefusesParametersThatAreNoneOfItsPoints) {
  const auto message = [](const std::vector<Parameter>& parameters) {
    try {
      static_cast<void>(space_of(R"({"a": {"int": [3, 7]}})").point_of(parameters));
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("no error");
  };
  EXPECT_EQ(message({}),
            "lacks the parameter 'a' (it is drawn there). take the job as the program "
            "wrote it");
  EXPECT_EQ(message({{"a", 8.0}}),
            "the parameter 'a' has a value that is never drawn. take the job "
            "as the program wrote it");
  EXPECT_EQ(message({{"a", 4.0}, {"b", 4.0}}),
            "has more parameters than are drawn there. take the job as the program wrote it");
}

TEST(SearchSpace, RefusesEveryValueThatNoPointHas) {
  const SearchSpace space = space_of(R"({"a": {"int": [3, 7]}, "b": {"choice": ["x", 2]},
      "c": {"uniform": [-2, 6]}, "d": {"log": [0.01, 100]}})");
  const std::vector<Parameter> lowest{{"a", 3.0}, {"b", "x"}, {"c", -2.0}, {"d", 0.01}};
  const std::vector<Parameter> highest{{"a", 7.0}, {"b", 2.0}, {"c", 6.0}, {"d", 100.0}};
  const std::vector<Parameter> wrong{{"a", 3.5}, {"a", 2.0},   {"a", 8.0},   {"a", "x"},
                                     {"b", "y"}, {"b", 3.0},   {"c", 6.1},   {"c", -2.1},
                                     {"c", "x"}, {"d", 0.009}, {"d", 101.0}, {"d", "100"}};
  for (const std::vector<Parameter>& sound : {lowest, highest}) {
    EXPECT_NO_THROW(static_cast<void>(space.point_of(sound)));
    for (const Parameter& one : wrong) {
      std::vector<Parameter> parameters = sound;
      for (Parameter& parameter : parameters)
        if (parameter.key == one.key) parameter = one;
      EXPECT_THROW(static_cast<void>(space.point_of(parameters)), Error) << one.key;
    }
  }
}

/// data-schemas/job.schema.json: both ends at most a billion away from zero.
TEST(SearchSpace, DrawsReachToABillionAndNoFurther) {
  constexpr std::int64_t kBillion = 1'000'000'000;
  const auto are_sound = [](const char* kind, std::int64_t low, std::int64_t high) {
    return errors_in({{"x", {{kind, json::array({low, high})}}}}).empty();
  };
  for (const char* kind : {"uniform", "log", "int"}) {
    EXPECT_TRUE(are_sound(kind, 1, kBillion)) << kind;
    EXPECT_FALSE(are_sound(kind, 1, kBillion + 1)) << kind;
  }
  for (const char* kind : {"uniform", "int"}) {
    EXPECT_TRUE(are_sound(kind, -kBillion, 1)) << kind;
    EXPECT_FALSE(are_sound(kind, -kBillion - 1, 1)) << kind;
  }
}

/// "/lambda/from=0.1" for each value that an end point has.
std::set<std::string> ends_of(const SearchSpace& space) {
  std::set<std::string> seen;
  for (const auto& point : space.end_points()) {
    const json settings = space.settings_at(point).flatten();
    for (const auto& [key, value] : settings.items()) seen.insert(key + "=" + value.dump());
  }
  return seen;
}

TEST(SearchSpace, EndPointsTakeEveryEndOfBranchesInBranches) {
  EXPECT_THAT(ends_of(space_of(kDeep)),
              ElementsAre("/x/p=1", "/x/p=2", "/x/y/q=0.1", "/x/y/q=10.0", "/x/y/z/r=5",
                          "/x/y/z/r=7", "/x/y/z/s=0.0", "/x/y/z/s=1.0"));
}

TEST(SearchSpace, EndPointsTakeEveryEndAndEveryOption) {
  const std::set<std::string> seen = ends_of(space_of(kBranches));
  for (const char* end :
       {"/lambda/from=0.1", "/lambda/from=100.0", "/lambda/from=0.01", "/lambda/from=30.0",
        "/lambda/over=20", "/lambda/over=40", "/training/epochs=10", "/training/epochs=12",
        "/training/weight_decay=0.0", "/training/weight_decay=0.1"})
    EXPECT_TRUE(seen.contains(end)) << end;
}

TEST(SearchSpace, RefusesDrawsThatCannotBe) {
  const auto only = [](const char* draw) { return errors_in({{"x", json::parse(draw)}}); };
  EXPECT_THAT(only(R"({"log": [0, 1]})"),
              ElementsAre("/c/x/log: is [0,1] (0 and below have no logarithm). take numbers above "
                          "0, or 'uniform'"));
  EXPECT_THAT(
      only(R"({"uniform": [2, 1]})"),
      ElementsAre("/c/x/uniform: is [2,1] (nothing lies between). give the lower end first, "
                  "then the higher one"));
  EXPECT_THAT(only(R"({"int": [2, 2]})"),
              ElementsAre("/c/x/int: is [2,2] (nothing lies between). give the lower end first, "
                          "then the higher one"));
  EXPECT_THAT(
      only(R"({"int": [1, 2.5]})"),
      ElementsAre("/c/x/int: must be [low, high], two whole numbers of at most 1e9 ([1,2.5] "
                  "was found)"));
  EXPECT_THAT(only(R"({"uniform": [1]})"),
              ElementsAre("/c/x/uniform: must be [low, high], two numbers of at most 1e9 ([1] was "
                          "found)"));
  EXPECT_THAT(
      only(R"({"uniform": [0, 1], "step": 2})"),
      ElementsAre("/c/x: has other keys beside its draw ({\"step\":2,\"uniform\":[0,1]} was "
                  "found; it stands for one value). leave one key"));
  EXPECT_THAT(only(R"({"choice": []})"),
              ElementsAre("/c/x/choice: must be a list of numbers, words or objects that is not "
                          "empty ([] was found)"));
  EXPECT_THAT(only(R"({"choice": [1, 1.0, true]})"),
              ElementsAre("/c/x/choice/1: is 1.0 a second time (each has the same chance). remove "
                          "one",
                          "/c/x/choice/2: must be a number, a word or an object (true was found)"));
  EXPECT_THAT(only(R"({"choice": [1, {"a": 1}]})"),
              ElementsAre("/c/x/choice/1: is {\"a\":1} (objects do not mix with numbers and "
                          "words). choose between objects only"));
  EXPECT_THAT(only(R"({"choice": [{"log": [1, 2]}]})"),
              ElementsAre("/c/x/choice/0: is a draw itself ({\"log\":[1,2]}). choose between "
                          "objects, and draw inside them"));
  EXPECT_THAT(only(R"({"choice": [{"a": {"grid": [1, 2]}}]})"),
              ElementsAre("/c/x/choice/0/a: is a grid inside a choice (how many candidates there "
                          "are would depend on the draw). draw it by 'choice', or move the grid "
                          "out"));
}

TEST(SearchSpace, HasAtMost256Dimensions) {
  json candidate = json::object();
  for (int i = 0; i < 256; ++i) candidate["k" + std::to_string(i)] = {{"uniform", {0, 1}}};
  EXPECT_THAT(errors_in(candidate), IsEmpty());
  candidate["more"] = {{"uniform", {0, 1}}};
  EXPECT_THAT(
      errors_in(candidate),
      ElementsAre("/c: draws 257 numbers and words (at most 256 can be). fix some of them"));
}

}  // namespace
}  // namespace crossfold
