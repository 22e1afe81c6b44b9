#include "crossfold/hdf5/node.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "crossfold/hdf5/file.h"

#include "hdf5/messages.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::hdf5 {
namespace {

using test::error_of;

class NodeAttributes : public testing::Test {
 protected:
  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
  File file_ = File::create(path_);
  Group root_ = file_.root();
};

TEST_F(NodeAttributes, ComeBackAsTheyWereWritten) {
  root_.write_attribute("text", "größer");
  root_.write_attribute("empty", "");
  root_.write_attribute("count", std::int64_t{-5});
  root_.write_attribute("share", 0.1);
  const std::vector<std::string> levels = {"normal", "", "covid19"};
  root_.write_attribute("levels", levels);
  root_.write_attribute("none", std::vector<std::string>{});
  EXPECT_EQ(root_.text_attribute("text"), "größer");
  EXPECT_EQ(root_.text_attribute("empty"), "");
  EXPECT_EQ(root_.integer_attribute("count"), -5);
  EXPECT_EQ(root_.number_attribute("share"), 0.1);
  EXPECT_EQ(root_.number_attribute("count"), -5.0);
  EXPECT_EQ(root_.texts_attribute("levels", 3), levels);
  EXPECT_TRUE(root_.texts_attribute("none", 3).empty());
  EXPECT_TRUE(root_.has_attribute("text"));
  EXPECT_FALSE(root_.has_attribute("other"));
  EXPECT_EQ(root_.attribute_names(),
            (std::vector<std::string>{"count", "empty", "levels", "none", "share", "text"}));
}

TEST_F(NodeAttributes, MayHoldMoreThanSixtyFourKilobytes) {
  std::vector<std::string> levels;
  for (int i = 0; i < 20000; ++i) levels.push_back("level " + std::to_string(i));
  root_.write_attribute("levels", levels);
  EXPECT_EQ(root_.texts_attribute("levels", levels.size()), levels);
}

TEST_F(NodeAttributes, OfAnotherTypeAreRefused) {
  root_.write_attribute("text", "a");
  root_.write_attribute("share", 0.5);
  root_.write_attribute("levels", std::vector<std::string>{"a", "b"});
  const auto message = [](const std::function<void()>& action) {
    return error_of(action).message();
  };
  EXPECT_EQ(message([&] { (void)root_.integer_attribute("text"); }),
            "the attribute 'text' is not an integer");
  EXPECT_EQ(message([&] { (void)root_.integer_attribute("share"); }),
            "the attribute 'share' is not an integer");
  EXPECT_EQ(message([&] { (void)root_.number_attribute("text"); }),
            "the attribute 'text' is not a number");
  EXPECT_EQ(message([&] { (void)root_.text_attribute("share"); }),
            "the attribute 'share' is not text");
  EXPECT_EQ(message([&] { (void)root_.text_attribute("levels"); }),
            "the attribute 'levels' has 2 texts (one is wanted)");
  EXPECT_EQ(message([&] { (void)root_.texts_attribute("levels", 1); }),
            "the attribute 'levels' has 2 entries (at most 1 are allowed)");
  const Error missing = error_of([&] { (void)root_.text_attribute("other"); });
  EXPECT_EQ(missing.message(), "cannot open the attribute 'other'");
  EXPECT_EQ(missing.where(), path_.string() + ":/");
  EXPECT_THAT(missing.cause(), testing::StartsWith("HDF5: "));
}

TEST_F(NodeAttributes, AreWrittenOnce) {
  root_.write_attribute("a", 1.0);
  const Error error = error_of([&] { root_.write_attribute("a", 2.0); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_EQ(error.message(), "cannot write the attribute 'a'");
  EXPECT_THAT(error.cause(), testing::HasSubstr("already exists"));
}

}  // namespace
}  // namespace crossfold::hdf5
