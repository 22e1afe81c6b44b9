#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold::test {

using Words = std::vector<std::string>;
/// Every field of what a command line was read as, by name.
using Fields = std::map<std::string, std::string>;

/// A field as text, with all that tells two values of its type apart.
template <class Value>
std::string text_of(const Value& value) {
  std::ostringstream text;
  if constexpr (std::is_enum_v<Value>)
    text << static_cast<int>(value);
  else
    text << value;
  return text.str();
}
template <class Value>
std::string text_of(const std::optional<Value>& value) {
  return value ? text_of(*value) : "none";
}
template <class Value>
std::string text_of(const std::vector<Value>& values) {
  std::string text;
  for (const Value& value : values) text += "[" + text_of(value) + "]";
  return text;
}

/// Words that a user adds, and what is to become of it.
template <class Options>
struct OptionRow {
  std::string option;  ///< "--out"; of a positional, its name
  Words words;
  std::function<void(Options&)> set;
};

/// Values that an option takes, and some that it does not.
struct OptionBounds {
  std::string option;
  Words within;
  Words beyond;
};

/// Whether words cannot be read, which is an error of usage.
inline bool is_refused(const std::function<void()>& read) {
  try {
    read();
  } catch (const CLI::ParseError&) {
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage) << error.what();
    return true;
  }
  return false;
}

/// The command line of one verb.
template <class Options>
class OptionTable {
 public:
  using Add = std::function<void(CLI::App&, Options&)>;
  OptionTable(Add add, std::function<Fields(const Options&)> fields, Words required)
      : add_(std::move(add)), fields_(std::move(fields)), required_(std::move(required)) {}

  /// What the required words and `more` are read as.
  [[nodiscard]] Options parsed(const Words& more = {}) const {
    Options options;
    CLI::App app("", "verb");
    add_(app, options);
    Words words = required_;
    words.insert(words.end(), more.begin(), more.end());
    std::reverse(words.begin(), words.end());  // as CLI11 takes them
    app.parse(words);
    return options;
  }
  [[nodiscard]] Fields fields(const Options& options) const { return fields_(options); }
  /// Whether the required words and `more` cannot be read.
  [[nodiscard]] bool refuses(const Words& more) const {
    return is_refused([&] { static_cast<void>(parsed(more)); });
  }
  /// Each option takes the one and refuses the other values, and two at once.
  void expect_bounds(const std::vector<OptionBounds>& rows) const {
    for (const OptionBounds& row : rows) {
      for (const std::string& value : row.within)
        EXPECT_FALSE(refuses({row.option, value})) << row.option << ' ' << value;
      for (const std::string& value : row.beyond)
        EXPECT_TRUE(refuses({row.option, value})) << row.option << ' ' << value;
      EXPECT_TRUE(refuses({row.option, row.within.front(), row.option, row.within.back()}))
          << row.option << " has one value";
    }
  }

  /// Each option alone, and one of each together, set their own fields and no others; none is
  /// without a row.
  void expect_each_sets_its_own(const std::vector<OptionRow<Options>>& rows) const {
    const Options plain = parsed();
    Words all;
    Options with_all = plain;
    std::set<std::string> covered;
    for (const OptionRow<Options>& row : rows) {
      Options expected = plain;
      row.set(expected);
      EXPECT_NE(fields_(expected), fields_(plain)) << "the row of " << row.option << " is void";
      EXPECT_EQ(fields_(parsed(row.words)), fields_(expected))
          << ::testing::PrintToString(row.words);
      if (!covered.insert(row.option).second) continue;
      all.insert(all.end(), row.words.begin(), row.words.end());
      row.set(with_all);
    }
    EXPECT_EQ(fields_(parsed(all)), fields_(with_all)) << ::testing::PrintToString(all);
    Options unused;
    CLI::App app("", "verb");
    add_(app, unused);
    for (const CLI::Option* option : app.get_options()) {
      const std::string name = option->get_name();
      const bool needs_row = name != "--help" && !option->get_required();
      EXPECT_TRUE(!needs_row || covered.contains(name)) << name << " has no row";
    }
  }

 private:
  Add add_;
  std::function<Fields(const Options&)> fields_;
  Words required_;
};

}  // namespace crossfold::test
