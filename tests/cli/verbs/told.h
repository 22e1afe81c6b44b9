#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"

#include "command.h"

/// Verbs of the program, called in the test's own process.
namespace crossfold::test {

using AddVerb = void (*)(CLI::App&, cli::Action&);

/// Exit code, standard output and standard error of a verb.
struct Told {
  int code = 0;
  std::string out;
  std::string err;
};

/// What the words ask for; nothing is done yet. CLI::ParseError or Error{usage} where they cannot
/// be read.
inline cli::Action action_of(AddVerb add, std::vector<std::string> words) {
  CLI::App program("", "crossfold");
  cli::Action chosen;
  add(program, chosen);
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  program.parse(words);
  return chosen;
}

inline Told told_by(AddVerb add, const std::vector<std::string>& words) {
  start_log(LogLevel::quiet);  // before, its lines would stand on standard output
  const cli::Action action = action_of(add, words);
  Told told;
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  try {
    told.code = action();
  } catch (const Error& error) {
    told.code = exit_code(error.code());
    told.err = error.what();
  }
  told.out = ::testing::internal::GetCapturedStdout();
  told.err += ::testing::internal::GetCapturedStderr();
  return told;
}

}  // namespace crossfold::test
