// What numbers of the command line are read as, what is refused and in which words, and what help
// shows of them.

#include "number_option.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/expect_error.h"

namespace crossfold::cli {
namespace {

template <class Value>
NumberBounds<Value> all_of() {
  return {std::numeric_limits<Value>::lowest(), std::numeric_limits<Value>::max()};
}

/// The text is refused for this reason, and told what to give.
template <class Value>
void expect_refused(const std::string& text, const NumberBounds<Value>& bounds,
                    const std::string& why, const std::string& wanted) {
  expect_error(ErrorCode::usage, "--n: is '" + text + "' (" + why + "). give " + wanted,
               [&] { static_cast<void>(read_number(text, bounds, "--n")); });
}

TEST(NumberOption, OfWholeNumbersIsDecimal) {
  const std::vector<std::pair<std::string, int>> values{
      {"1", 1}, {"08", 8},       {"010", 10}, {"0100", 100}, {"+7", 7},
      {"0", 0}, {"-0100", -100}, {"+007", 7}, {"-0", 0},     {std::string(40, '0') + "9", 9}};
  for (const auto& [text, value] : values)
    EXPECT_EQ(read_number(text, NumberBounds{-100, 100}, "--n"), value) << text;
  EXPECT_EQ(read_number("4294967295", all_of<std::uint32_t>(), "--n"), 4294967295U);
  EXPECT_EQ(read_number("+018446744073709551615", all_of<std::uint64_t>(), "--n"),
            18446744073709551615U);
}

TEST(NumberOption, OfRealNumbersIsTheNearest) {
  const std::vector<std::pair<std::string, double>> values{
      {"0.1", 0.1},
      {"+.5", 0.5},
      {"5.", 5},
      {"007.5", 7.5},
      {"010", 10},
      {"1e3", 1000},
      {"-2.5E+1", -25},
      {"1e-400", 0},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"9007199254740993", 9007199254740992.0},  // half-way between two
      {"9007199254740993.0000000001", 9007199254740994.0}};
  for (const auto& [text, value] : values)
    EXPECT_EQ(read_number(text, all_of<double>(), "--n"), value) << text;
}

TEST(NumberOption, OfWholeNumbersRefusesWhatIsNone) {
  for (const char* text : {"1e1", "5x", "x", "0x10", "1.5", "5.", "nan", "inf", " 5", "5 ", "+",
                           "-", "--5", "++5", "+-5", "1,000", "0b1"}) {
    expect_refused(text, NumberBounds{1, 100}, "no whole number in decimal digits",
                   "a whole number of 1 to 100");
    expect_refused(text, all_of<std::uint64_t>(), "no whole number in decimal digits",
                   "a whole number of 0 to 18446744073709551615");
  }
}

TEST(NumberOption, OfWholeNumbersRefusesWhatIsBeyond) {
  for (const char* text : {"0", "-0", "101", "00101", "-1", "2147483648", "4294967297",
                           "18446744073709551617", "-18446744073709551615"})
    expect_refused(text, NumberBounds{1, 100}, "out of range", "a whole number of 1 to 100");
  for (const char* text : {"-1", "-0", "4294967296", "18446744073709551615"})
    expect_refused(text, all_of<std::uint32_t>(), "out of range",
                   "a whole number of 0 to 4294967295");
  for (const char* text : {"-1", "18446744073709551616", "99999999999999999999999999"})
    expect_refused(text, all_of<std::uint64_t>(), "out of range",
                   "a whole number of 0 to 18446744073709551615");
}

TEST(NumberOption, OfRealNumbersRefusesWhatIsNone) {
  for (const char* text : {"nan", "NaN", "-nan", "nan(1)", "x", "5x", "0x1p-1", "0,5", " 0.5", ".",
                           "1e", "e1", "+", "--1", "+-1"}) {
    expect_refused(text, NumberBounds{0.0, 0.5}, "no number", "a number of 0 to 0.5");
    expect_refused(text, all_of<double>(), "no number", "a finite number, such as 0.5");
  }
}

TEST(NumberOption, OfRealNumbersRefusesWhatIsBeyond) {
  for (const char* text : {"inf", "-inf", "infinity", "1e400", "-1E400"}) {
    expect_refused(text, NumberBounds{0.0, 0.5}, "out of range", "a number of 0 to 0.5");
    expect_refused(text, all_of<double>(), "out of range", "a finite number, such as 0.5");
  }
  for (const char* text : {"0.50000000000000012", "-0.1", "-1e-300", "2"})
    expect_refused(text, NumberBounds{0.0, 0.5}, "out of range", "a number of 0 to 0.5");
}

TEST(NumberOption, SaysWhereAnEmptyTextMayComeFrom) {
  expect_refused("", NumberBounds{1, 9}, "empty: is a variable of the shell unset?",
                 "a whole number of 1 to 9");
  expect_refused("", NumberBounds{0.0, 9.0}, "empty: is a variable of the shell unset?",
                 "a number of 0 to 9");
}

TEST(NumberOption, ShowsTypeBoundsAndDefaultAndSetsItsTarget) {
  CLI::App app("", "verb");
  std::uint32_t nodes = 3;
  double share = 0.2;
  std::uint64_t seed = 7;
  std::optional<std::size_t> lines;
  const CLI::Option* const of_nodes = add_number(app, "--nodes", nodes, NumberBounds{1, 9}, "Nodes")
                                          ->type_name("N")
                                          ->capture_default_str();
  const CLI::Option* const of_share =
      add_number(app, "--share", share, NumberBounds{0.01, 0.9}, "Share")->capture_default_str();
  const CLI::Option* const of_seed = add_number(app, "--seed", seed, "Seed")->capture_default_str();
  const CLI::Option* const of_lines =
      add_number(app, "--lines", lines, NumberBounds{std::size_t{0}, std::size_t{20}}, "Lines");
  EXPECT_EQ(of_nodes->get_type_name(), "N:INT in [1 - 9]");
  EXPECT_EQ(of_nodes->get_default_str(), "3");
  EXPECT_EQ(of_share->get_type_name(), "FLOAT:FLOAT in [0.01 - 0.9]");
  EXPECT_EQ(of_share->get_default_str(), "0.2");
  EXPECT_EQ(of_seed->get_type_name(), "UINT");
  EXPECT_EQ(of_seed->get_default_str(), "7");
  EXPECT_EQ(of_lines->get_type_name(), "UINT:UINT in [0 - 20]");
  EXPECT_EQ(of_lines->get_default_str(), "");

  app.parse("--nodes 08 --share=+5e-1 --seed 18446744073709551615");
  EXPECT_EQ(nodes, 8U);
  EXPECT_EQ(share, 0.5);
  EXPECT_EQ(seed, std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(lines.has_value());
  app.parse("--lines 010");
  EXPECT_EQ(lines, 10U);
}

}  // namespace
}  // namespace crossfold::cli
