#include "engine_bench.h"

#include <gtest/gtest.h>

namespace crossfold::cli {
namespace {

TEST(MemoryBeside, IsNeverLessThanNothing) {
  EXPECT_EQ(memory_beside(100, 40), 60U);
  EXPECT_EQ(memory_beside(40, 40), 0U);
  EXPECT_EQ(memory_beside(39, 40), 0U) << "parts of the copy may be on the disk";
  EXPECT_EQ(memory_beside(0, 1'000'000), 0U);
}

}  // namespace
}  // namespace crossfold::cli
