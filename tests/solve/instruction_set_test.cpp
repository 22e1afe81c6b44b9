#include "crossfold/solve/instruction_set.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(InstructionSets, HaveNamesByWhichTheyAreFound) {
  const std::vector<std::string> names{"portable", "avx2", "avx512", "amx"};
  ASSERT_EQ(std::size(kInstructionSets), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(name_of(kInstructionSets[i]), names[i]);
    EXPECT_EQ(instruction_set_named(names[i]), kInstructionSets[i]);
  }
  for (const char* text : {"", "avx", "AVX2", "avx2 ", "avx5122", "cpu"})
    EXPECT_FALSE(instruction_set_named(text)) << text;
}

/// Whatever the processor has: none is left out before the best.
TEST(InstructionSets, OfThisProcessorAreTheFirstOfAll) {
  const std::vector<InstructionSet> sets(instruction_sets().begin(), instruction_sets().end());
  ASSERT_FALSE(sets.empty());
  ASSERT_LE(sets.size(), std::size(kInstructionSets));
  EXPECT_TRUE(std::equal(sets.begin(), sets.end(), std::begin(kInstructionSets)));
  EXPECT_EQ(best_instruction_set(), sets.back());
}

}  // namespace
}  // namespace crossfold
