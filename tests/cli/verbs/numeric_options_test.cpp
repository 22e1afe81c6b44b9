// The rule for numbers that every option of every verb keeps: the whole text counts, in decimal,
// finite and within the bounds that help shows; what is refused is named with its option.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"

#include "command.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

/// An option of the program that is a number.
struct Numeric {
  std::string name;  ///< "segment train --epochs"
  CLI::Option* option = nullptr;
  std::string low;  ///< as help shows them; empty: all that its type holds
  std::string high;
};

class NumericOptions : public ::testing::Test {
 protected:
  NumericOptions() {
    for (const auto add :
         {cli::add_check_command, cli::add_plan_command, cli::add_run_command,
          cli::add_status_command, cli::add_submit_command, cli::add_doctor_command,
          cli::add_report_command, cli::add_compare_command, cli::add_audit_command,
          cli::add_package_command, cli::add_timeline_command, cli::add_project_command,
          cli::add_export_command, cli::add_store_command, cli::add_manifest_command,
          cli::add_segment_command, cli::add_embed_command, cli::add_bench_command,
          cli::add_manual_command})
      add(program_, chosen_);
    collect(program_, "");
  }

  std::vector<Numeric> whole_;
  std::vector<Numeric> real_;

 private:
  /// By what help calls their values.
  void collect(CLI::App& command, const std::string& path) {
    static const std::set<std::string> kWhole{"N", "D", "SECONDS", "INT", "UINT"};
    static const std::set<std::string> kReal{"X", "FLOAT"};
    for (CLI::Option* option : command.get_options()) {
      const std::string type = option->get_type_name();
      const std::string value = type.substr(0, type.find(':'));
      if (!kWhole.contains(value) && !kReal.contains(value)) continue;
      Numeric found{path + option->get_name(), option, "", ""};
      if (const std::size_t at = type.find(" in ["); at != std::string::npos) {
        const std::size_t between = type.find(" - ", at);
        found.low = type.substr(at + 5, between - at - 5);
        found.high = type.substr(between + 3, type.size() - between - 4);
      }
      (kWhole.contains(value) ? whole_ : real_).push_back(found);
    }
    for (CLI::App* inner : command.get_subcommands({}))
      collect(*inner, path + inner->get_name() + " ");
  }

  CLI::App program_{"", "crossfold"};
  cli::Action chosen_;
};

/// What is said of a text, whatever else the verb needs; empty: it is taken.
std::string refusal(const Numeric& of, const std::string& text) {
  of.option->clear();
  of.option->add_result(text);
  try {
    of.option->run_callback();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  } catch (const CLI::ParseError& error) {
    ADD_FAILURE() << of.name << " '" << text << "' is refused by CLI11: " << error.what();
    return error.what();
  }
  return "";
}

void expect_taken(const Numeric& of, const Words& texts) {
  for (const std::string& text : texts) EXPECT_EQ(refusal(of, text), "") << of.name << ' ' << text;
}

void expect_refused(const Numeric& of, const Words& texts) {
  for (const std::string& text : texts) {
    const std::string told = refusal(of, text);
    EXPECT_TRUE(told.starts_with(of.option->get_name() + ": is '" + text + "' ("))
        << of.name << " '" << text << "': " << told;
    EXPECT_THAT(told, HasSubstr("). give a ")) << of.name;
  }
}

TEST_F(NumericOptions, AreFoundInEveryVerb) {
  EXPECT_GE(whole_.size(), 39U);
  std::vector<std::string> real;
  for (const Numeric& of : real_) real.push_back(of.name);
  EXPECT_THAT(
      real, UnorderedElementsAre("project --min-dist", "project --perplexity",
                                 "segment train --validation", "manifest duplicates --least-score",
                                 "compare --tolerance", "store synth --scale"));
}

TEST_F(NumericOptions, OfWholeNumbersAreDigitsAlone) {
  for (const Numeric& of : whole_) {
    expect_refused(of, {"", "nan", "inf", "-inf", "1e3", "1e1", "5x", "x5", " 5", "5 ", "0x10",
                        "1.5", "100.", "+-1", "++1", "1,000"});
    expect_refused(of,
                   {"-1", "18446744073709551616", "-18446744073709551615", "36893488147419103233"});
  }
}

TEST_F(NumericOptions, OfWholeNumbersAreDecimalWithinTheirBounds) {
  for (const Numeric& of : whole_) {
    const std::string low = of.low.empty() ? "0" : of.low;
    expect_taken(of, {low, "+" + low, "0" + low, "+00" + low, std::string(40, '0') + low});
    if (std::stoi(low) <= 8) expect_taken(of, {"08", "010"});
    if (of.high.empty()) continue;
    expect_taken(of, {of.high, "0" + of.high});
    expect_refused(of, {of.high + "0", "0" + of.high + "0"});
  }
}

TEST_F(NumericOptions, OfRealNumbersAreFinite) {
  for (const Numeric& of : real_)
    expect_refused(of, {"", "nan", "NaN", "-nan", "inf", "-inf", "infinity", "1e400", "-1e400",
                        "5x", "x", ".", "0,5", "0x1p0", " 0.5", "0.5 ", "+-0.5"});
}

TEST_F(NumericOptions, OfRealNumbersAreDecimalWithinTheirBounds) {
  for (const Numeric& of : real_) {
    const std::string low = of.low.empty() ? "0.5" : of.low;
    expect_taken(
        of, {low, "+" + low, "00" + low, low + (low.find('.') == std::string::npos ? ".0" : "0")});
    if (of.high.empty()) continue;
    expect_taken(of, {of.high, "0" + of.high, of.high + "e0"});
    expect_refused(of, {of.high + "e1", "-" + of.high});
  }
}

}  // namespace
}  // namespace crossfold
