#include "crossfold/hdf5/group.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "crossfold/hdf5/file.h"

#include "hdf5/messages.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::hdf5 {
namespace {

using test::error_of;

class GroupTest : public testing::Test {
 protected:
  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
  File file_ = File::create(path_);
  Group root_ = file_.root();
};

TEST_F(GroupTest, ListsWhatItHoldsInOrderOfNames) {
  root_.create_group("zebra");
  root_.create_group("ant").create_group("leg");
  root_.write_texts("middle", std::vector<std::string>{"x"});
  EXPECT_EQ(root_.names(10), (std::vector<std::string>{"ant", "middle", "zebra"}));
  EXPECT_EQ(root_.find("ant"), NodeKind::group);
  EXPECT_EQ(root_.find("middle"), NodeKind::dataset);
  EXPECT_EQ(root_.find("fly"), std::nullopt);
  EXPECT_EQ(root_.open_group("ant").open_group("leg").path(), "/ant/leg");
  EXPECT_EQ(root_.open_dataset("middle").where(), path_.string() + ":/middle");
}

TEST_F(GroupTest, RefusesToListTooMuch) {
  for (const char* name : {"a", "b", "c"}) root_.create_group(name);
  const Error error = error_of([&] { (void)root_.names(2); });
  EXPECT_EQ(error.message(), "holds 3 entries (at most 2 are allowed)");
  EXPECT_EQ(error.where(), path_.string() + ":/");
}

TEST_F(GroupTest, SaysWhatCannotBeOpened) {
  root_.create_group("group");
  EXPECT_EQ(error_of([&] { (void)root_.open_dataset("group"); }).message(),
            "cannot be opened as a dataset");
  const Error missing = error_of([&] { (void)root_.open_group("missing"); });
  EXPECT_EQ(missing.code(), ErrorCode::bad_input);
  EXPECT_EQ(missing.message(), "cannot be opened as a group");
  EXPECT_EQ(missing.where(), path_.string() + ":/missing");
  EXPECT_THAT(missing.cause(), testing::HasSubstr("doesn't exist"));
}

TEST_F(GroupTest, SaysWhatCannotBeCreated) {
  root_.create_group("a");
  const std::vector<double> one = {1};
  EXPECT_EQ(error_of([&] { root_.create_group("a"); }).message(), "cannot be created as a group");
  const Error error = error_of([&] { root_.write<double>("a", one, {1}); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_EQ(error.message(), "cannot be created as a dataset");
  EXPECT_EQ(error.where(), path_.string() + ":/a");
}

}  // namespace
}  // namespace crossfold::hdf5
