#include "isa_option.h"

#include "choice_option.h"

namespace crossfold::cli {

void add_isa_option(CLI::App& command, IsaChoice& isa) {
  Choices<InstructionSet> sets;
  for (const InstructionSet set : kInstructionSets) sets.emplace_back(name_of(set), set);
  add_choice(
      command, "--isa", isa, sets,
      "Use no more of the processor than this (default: its best), so that a run of a lesser "
      "machine can be repeated bit for bit");
}

InstructionSet hold(const IsaChoice& isa) {
  const InstructionSet set = isa.value_or(best_instruction_set());
  hold_product_library(set);
  return set;
}

}  // namespace crossfold::cli
