#include "voi_window.h"

#include <gtest/gtest.h>

namespace crossfold {
namespace {

/// The example of PS3.3 C.11.2.1.2.1: c = 2048, w = 4096 maps 0 to 0 and 4095 to the maximum; c =
/// 2048, w = 1 is black below 2047.5 and white above.
TEST(VoiWindow, LinearFollowsTheStandardsExamples) {
  const VoiWindow wide{2048, 4096, VoiWindow::Shape::linear};
  EXPECT_EQ(wide.gray(0), 0);
  EXPECT_EQ(wide.gray(4095), 255);
  EXPECT_EQ(wide.gray(2047.5), 128);
  const VoiWindow narrow{2048, 1, VoiWindow::Shape::linear};
  EXPECT_EQ(narrow.gray(2047.5), 0);
  EXPECT_EQ(narrow.gray(2048), 255);
}

TEST(VoiWindow, ExactHasItsCentreInTheMiddle) {
  const VoiWindow window{100, 10, VoiWindow::Shape::linear_exact};
  EXPECT_EQ(window.gray(95), 0);
  EXPECT_EQ(window.gray(100), 128);
  EXPECT_EQ(window.gray(105), 255);
}

TEST(VoiWindow, SigmoidNeverEnds) {
  const VoiWindow window{100, 10, VoiWindow::Shape::sigmoid};
  EXPECT_EQ(window.gray(100), 128);
  EXPECT_EQ(window.gray(105), 225);  // 255 / (1 + e^-2) = 224.6
  EXPECT_EQ(window.gray(1e9), 255);
  EXPECT_EQ(window.gray(-1e9), 0);
}

}  // namespace
}  // namespace crossfold
