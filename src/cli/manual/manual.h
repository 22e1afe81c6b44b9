#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace crossfold::cli {

/// One option, or one positional, as its user meets it.
struct ManualOption {
  std::vector<std::string> names;    ///< "-o", "--out"; of a positional: "RUN"
  std::string value;                 ///< "FILE"; empty: a flag
  std::string description;           ///< with its default, where it has one
  std::vector<std::string> choices;  ///< where the value is one of some words
  enum class Kind { option, positional } kind = Kind::option;
  enum class Files { none, any, directories } files = Files::none;  ///< what a shell may complete
};

/// A command with what belongs to it.
struct ManualCommand {
  std::string path;  ///< "store import"; empty: the program itself
  std::string description;
  std::string footer;
  std::vector<ManualOption> options;
  std::vector<ManualCommand> commands;
};

/// What a program and all its commands say of themselves: the source of the man page and of the
/// shells' completions, so that neither can differ from --help.
[[nodiscard]] ManualCommand manual_of(const CLI::App& program);

/// The man page in section 1, in the language of man(7). `version`: "0.1.0". Equal for equal
/// programs, on whichever day: its date is that of the version.
[[nodiscard]] std::string man_page(const ManualCommand& program, const std::string& version);

enum class Shell { bash, zsh, fish };
/// A script that the shell reads when it starts, or on demand where it lies in the shell's folder
/// for completions.
[[nodiscard]] std::string completions(const ManualCommand& program, Shell shell);

}  // namespace crossfold::cli
