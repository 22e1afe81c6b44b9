#include "model_input.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

ModelInput plain_input(int width, int height) {
  return {.width = width, .height = height, .channels = 1, .high = 255, .mean = {0}, .std = {1}};
}

TEST(ModelInput, ASideThatShrinksIsAveragedAlsoWhereTheOtherGrows) {
  const GrayImage wide{.width = 4, .height = 2, .pixels = {10, 20, 100, 200, 10, 20, 100, 200}};
  EXPECT_THAT(plain_input(2, 2).of(wide), ElementsAre(15, 150, 15, 150));
  EXPECT_THAT(plain_input(2, 4).of(wide), ElementsAre(15, 150, 15, 150, 15, 150, 15, 150));
  // Of more than two pixels each counts, not the middle ones alone.
  const GrayImage wider{.width = 8,
                        .height = 2,
                        .pixels = {0, 0, 0, 80, 20, 100, 100, 100, 0, 0, 0, 80, 20, 100, 100, 100}};
  EXPECT_THAT(plain_input(2, 4).of(wider), ElementsAre(20, 80, 20, 80, 20, 80, 20, 80));
  const GrayImage high{.width = 1, .height = 4, .pixels = {10, 20, 100, 200}};
  EXPECT_THAT(plain_input(2, 2).of(high), ElementsAre(15, 15, 150, 150));
}

TEST(ModelInput, ChannelsAreScaledOneByOne) {
  const GrayImage image{.width = 2, .height = 1, .pixels = {0, 255}};
  const ModelInput input{.width = 2,
                         .height = 1,
                         .channels = 3,
                         .low = -1,
                         .high = 1,
                         .mean = {0, 1, 0},
                         .std = {1, 1, 2}};
  EXPECT_THAT(input.of(image),
              Pointwise(FloatNear(1e-6F), std::vector<float>{-1, 1, -2, 0, -0.5, 0.5}));
}

}  // namespace
}  // namespace crossfold
