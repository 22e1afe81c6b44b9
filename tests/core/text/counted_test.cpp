#include "crossfold/core/counted.h"

#include <gtest/gtest.h>

namespace crossfold {
namespace {

TEST(Counted, AgreesWithTheNumber) {
  EXPECT_EQ(counted(0, "fit"), "0 fits");
  EXPECT_EQ(counted(1, "fit"), "1 fit");
  EXPECT_EQ(counted(2, "fit"), "2 fits");
  EXPECT_EQ(counted(1, "class"), "1 class");
  EXPECT_EQ(counted(2, "class"), "2 classes");
  EXPECT_EQ(counted_are(1, "image"), "1 image is");
  EXPECT_EQ(counted_are(3, "image"), "3 images are");
}

}  // namespace
}  // namespace crossfold
