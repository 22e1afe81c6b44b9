#include "rigid_motion.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "imaging/test_images.h"

namespace crossfold {
namespace {

TEST(RigidMotion, ShiftsToTheRightAndDown) {
  const GrayImage image = test::pattern(50, 40);
  const GrayImage to = moved(image, {.degrees = 0, .shift_x = 0.1, .shift_y = 0.05}, Border::black);
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 50; ++x)
      ASSERT_EQ(to.at(x, y), x < 5 || y < 2 ? 0 : image.at(x - 5, y - 2)) << x << ", " << y;
}

TEST(RigidMotion, RepeatsTheBorderOrIsBlackThere) {
  const GrayImage white{30, 30, std::vector<std::uint8_t>(900, 200)};
  const RigidMotion motion{.degrees = 7, .shift_x = 0.05, .shift_y = -0.03};
  EXPECT_EQ(moved(white, motion, Border::edge), white);
  const GrayImage to = moved(white, motion, Border::black);
  EXPECT_EQ(to.at(0, 15), 0);
  EXPECT_EQ(to.at(15, 15), 200);
}

TEST(RigidMotion, TurnsAboutTheMiddle) {
  GrayImage image{41, 41, std::vector<std::uint8_t>(41 * 41, 0)};
  for (int y = 18; y <= 22; ++y)
    for (int x = 33; x <= 37; ++x) image.pixels[static_cast<std::size_t>(y * 41 + x)] = 255;
  const GrayImage to = moved(image, {.degrees = 90, .shift_x = 0, .shift_y = 0}, Border::black);
  EXPECT_EQ(to.at(20, 5), 255);  // counter-clockwise
  EXPECT_EQ(to.at(35, 20), 0);
  EXPECT_EQ(to.at(20, 35), 0);
}

TEST(RigidMotion, IsDrawnWithinItsBounds) {
  RandomStream random({.root_seed = 1}, "test-motion");
  double most_degrees = 0;
  double most_shift = 0;
  for (int i = 0; i < 2000; ++i) {
    const RigidMotion motion = random_rigid_motion(random);
    most_degrees = std::max(most_degrees, std::abs(motion.degrees));
    most_shift = std::max({most_shift, std::abs(motion.shift_x), std::abs(motion.shift_y)});
  }
  EXPECT_LE(most_degrees, 10);
  EXPECT_GT(most_degrees, 9.9);
  EXPECT_LE(most_shift, 0.06);
  EXPECT_GT(most_shift, 0.059);
}

}  // namespace
}  // namespace crossfold
