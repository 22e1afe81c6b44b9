#include "crossfold/core/build_info.h"

#include <gmock/gmock.h>

namespace crossfold {
namespace {

using ::testing::MatchesRegex;

TEST(BuildInfo, NamesVersionCommitAndCompiler) {
  const BuildInfo info = build_info();
  EXPECT_THAT(info.version, MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(info.git_hash, MatchesRegex("unknown|[0-9a-f]+(-dirty)?"));
  EXPECT_FALSE(info.compiler.empty());
}

}  // namespace
}  // namespace crossfold
