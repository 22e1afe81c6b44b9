#include "crossfold/site/file_system.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hdf5/scratch_folder.h"

namespace crossfold::site {
namespace {

namespace fs = std::filesystem;

TEST(CheckFileSystem, FindsAnOrdinaryFolderSoundAndLeavesNothing) {
  const test::ScratchFolder folder;
  const auto findings = check_file_system(folder / "");
  ASSERT_EQ(findings.size(), 5U);
  for (const char* id : {"folder-is-writable", "second-run-refused", "files-appear-whole"})
    EXPECT_THAT(findings, ::testing::Contains(::testing::AllOf(
                              ::testing::Field(&Finding::id, id),
                              ::testing::Field(&Finding::verdict, Verdict::holds))));
  EXPECT_TRUE(fs::is_empty(folder / ""));
}

TEST(CheckFileSystem, NamesAFolderThatIsNotThere) {
  const test::ScratchFolder folder;
  const auto findings = check_file_system(folder / "none");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].verdict, Verdict::broken);
  EXPECT_EQ(findings[0].text,
            (folder / "none").string() + ": is no folder. name one that is there");
  EXPECT_FALSE(fs::exists(folder / "none"));
}

TEST(CheckFileSystem, NamesAFolderThatCannotBeWrittenTo) {
  const auto findings = check_file_system("/proc");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].text,
              ::testing::StartsWith("/proc: cannot write into this folder (No such file"));
}

}  // namespace
}  // namespace crossfold::site
