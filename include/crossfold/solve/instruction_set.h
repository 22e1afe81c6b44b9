#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace crossfold {

/// What the kernels may use of the processor. Two sets differ in the last bits of their numbers.
/// `amx` is avx512 with the products of the first layer on tiles of bfloat16, three of which make
/// up a float32.
enum class InstructionSet { portable, avx2, avx512, amx };
/// All there are, each including those before it.
inline constexpr InstructionSet kInstructionSets[] = {
    InstructionSet::portable, InstructionSet::avx2, InstructionSet::avx512, InstructionSet::amx};

/// Those that this processor has and the system allows, the best one last.
[[nodiscard]] std::span<const InstructionSet> instruction_sets();
[[nodiscard]] std::string_view name_of(InstructionSet set);
/// "portable", "avx2", "avx512" or "amx"; nothing for another text.
[[nodiscard]] std::optional<InstructionSet> instruction_set_named(std::string_view name);

/// The last of instruction_sets().
[[nodiscard]] InstructionSet best_instruction_set();

/// Holds the product library to `set` and what it includes, so that a lesser machine's run can be
/// repeated bit for bit. The library decides once for the whole process, so this comes before
/// anything is trained; our own kernels are told the set by whoever calls them. Error{usage} when
/// `set` is not one of instruction_sets(), or when it is too late.
void hold_product_library(InstructionSet set);

}  // namespace crossfold
