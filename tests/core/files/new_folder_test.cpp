#include "crossfold/core/new_folder.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "core/empty_folder.h"
#include "core/expect_error.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

class NewFolderTest : public testing::EmptyFolder {
 protected:
  fs::path target_ = root_ / "a";
  fs::path unfinished_ = root_ / "a.unfinished";
};

TEST_F(NewFolderTest, AppearsWhenItIsRenamed) {
  NewFolder folder(target_, {.what = "a store", .verb = "export"});
  std::ofstream(folder.path() / "b") << "b";
  EXPECT_FALSE(fs::exists(target_));
  folder.rename_to_target();
  EXPECT_TRUE(fs::exists(target_ / "b"));
  EXPECT_FALSE(fs::exists(unfinished_));
}

TEST_F(NewFolderTest, GoesWithTheObject) {
  {
    const NewFolder folder(target_ / "", {.what = "a store", .verb = "export"});
    EXPECT_EQ(folder.path(), unfinished_) << "beside the folder, not in it";
    EXPECT_TRUE(fs::exists(unfinished_));
  }
  EXPECT_TRUE(fs::is_empty(root_));
}

TEST_F(NewFolderTest, IsNeverPutOverAnything) {
  const std::string refused = target_.string() +
                              ": is there already (a store is never written over anything). name "
                              "another place, or move it away";
  const NewFolder::Made made{.what = "a store", .verb = "export"};
  NewFolder folder(target_, made);
  std::ofstream(target_) << "mine";
  expect_error(ErrorCode::bad_input, refused, [&] { folder.rename_to_target(); });
  expect_error(ErrorCode::bad_input, refused, [&] { const NewFolder other(target_, made); });
  fs::remove(target_);
  expect_error(ErrorCode::bad_input,
               unfinished_.string() +
                   ": is there already (a store is made under this name; a killed `crossfold "
                   "export` leaves it). move it away",
               [&] { const NewFolder other(target_, made); });
}

}  // namespace
}  // namespace crossfold
