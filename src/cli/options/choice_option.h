#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"

namespace crossfold::cli {

/// The words of an option, in the order in which help and messages show them.
template <class Value>
using Choices = std::vector<std::pair<std::string, Value>>;

/// "lockstep, reference".
template <class Value>
[[nodiscard]] std::string words_of(const Choices<Value>& choices, const char* between = ", ") {
  std::vector<std::string> words;
  for (const auto& [word, value] : choices) words.push_back(word);
  return fmt::format("{}", fmt::join(words, between));
}

/// The value of a word as it is written: neither its number nor another case of it. Error{usage}
/// naming `option`.
template <class Value>
[[nodiscard]] Value choice_called(const std::string& text, const Choices<Value>& choices,
                                  const std::string& option) {
  for (const auto& [word, value] : choices)
    if (word == text) return value;
  throw Error(ErrorCode::usage,
              fmt::format("is '{}' (not known here). choose one of {}", text, words_of(choices)),
              option);
}

/// An option, or a positional, that is one of some words. `target` may be a Value or an optional of
/// it.
template <class Value, class Target>
CLI::Option* add_choice(CLI::App& command, const std::string& name, Target& target,
                        const Choices<Value>& choices, const std::string& help) {
  return command
      .add_option_function<std::string>(
          name,
          [&target, choices, name](const std::string& text) {
            target = choice_called(text, choices, name);
          },
          help)
      ->type_name(words_of(choices, "|"));
}

}  // namespace crossfold::cli
