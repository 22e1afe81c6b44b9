#include "crossfold/solve/instruction_set.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/solve/products.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace crossfold {
namespace {

/// Whether the processor has tiles of bfloat16, and the system lets this process use them: it must
/// be asked, as their registers make every thread's saved state 8 KiB larger.
bool take_tiles() {
#if defined(__x86_64__) && defined(__linux__)
  constexpr unsigned kBfloat16Tiles = 1U << 22, kTiles = 1U << 24;  // leaf 7, EDX
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  if ((d & kBfloat16Tiles) == 0 || (d & kTiles) == 0) return false;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // asm/prctl.h; XSAVE's component
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

std::vector<InstructionSet> detect() {
  std::vector<InstructionSet> sets = {InstructionSet::portable};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    sets.push_back(InstructionSet::avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      sets.push_back(InstructionSet::avx512);
      if (take_tiles()) sets.push_back(InstructionSet::amx);
    }
  }
#endif
  return sets;
}

}  // namespace

std::span<const InstructionSet> instruction_sets() {
  static const std::vector<InstructionSet> sets = detect();
  return sets;
}

std::string_view name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable:
      return "portable";
    case InstructionSet::avx2:
      return "avx2";
    case InstructionSet::avx512:
      return "avx512";
    case InstructionSet::amx:
      return "amx";
  }
  throw_contract_error("a known instruction set", __FILE__, __LINE__);
}

std::optional<InstructionSet> instruction_set_named(std::string_view name) {
  for (const InstructionSet set : kInstructionSets)
    if (name == name_of(set)) return set;
  return std::nullopt;
}

InstructionSet best_instruction_set() { return instruction_sets().back(); }

void hold_product_library(InstructionSet set) {
  const std::span<const InstructionSet> sets = instruction_sets();
  std::vector<std::string_view> names;
  for (const InstructionSet one : sets) names.push_back(name_of(one));
  CF_VALIDATE(std::find(sets.begin(), sets.end(), set) != sets.end(), ErrorCode::usage,
              fmt::format("instruction set {} cannot be used (this processor does not have it, or "
                          "the system does not allow it). choose one of {}",
                          name_of(set), fmt::join(names, ", ")));
  CF_VALIDATE(solve::limit_product_library(set), ErrorCode::usage,
              fmt::format("instruction set {} cannot be chosen any more (the product library has "
                          "made its choice). choose it when the program starts",
                          name_of(set)));
}

}  // namespace crossfold
