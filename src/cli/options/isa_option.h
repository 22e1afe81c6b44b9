#pragma once

#include <optional>

#include <CLI/CLI.hpp>

#include "crossfold/solve/instruction_set.h"

namespace crossfold::cli {

/// Nothing: the best that the processor has.
using IsaChoice = std::optional<InstructionSet>;

/// The option --isa.
void add_isa_option(CLI::App& command, IsaChoice& isa);

/// What is chosen, and the product library held to it; before anything is trained.
[[nodiscard]] InstructionSet hold(const IsaChoice& isa);

}  // namespace crossfold::cli
