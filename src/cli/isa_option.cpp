#include "isa_option.h"

#include <map>
#include <string>

namespace crossfold::cli {

void add_isa_option(CLI::App& command, IsaChoice& isa) {
  std::map<std::string, InstructionSet> sets;
  for (const InstructionSet set : kInstructionSets) sets.emplace(name_of(set), set);
  command
      .add_option(
          "--isa", isa,
          "Use no more of the processor than portable, avx2, avx512 or amx (default: its best), "
          "so that a run of a lesser machine can be repeated bit for bit")
      ->transform(CLI::CheckedTransformer(sets))
      ->type_name("SET");
}

void hold(const IsaChoice& isa) { hold_instruction_set(isa.value_or(instruction_sets().back())); }

}  // namespace crossfold::cli
