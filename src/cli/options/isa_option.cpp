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

void hold(const IsaChoice& isa) { hold_instruction_set(isa.value_or(instruction_sets().back())); }

}  // namespace crossfold::cli
