#include "aligned_pair.h"

#include <optional>

#include <gtest/gtest.h>

#include "imaging/duplicates/blobs.h"

namespace crossfold {
namespace {

/// However many inliers are asked for: what is found one way only counts, whichever way that is.
TEST(Align, DoesNotDependOnWhichImageComesFirst) {
  const GrayImage film = test::blobs(1);
  const AlignableImage whole = alignable_image(film);
  for (const int margin : {15, 30, 45}) {
    SCOPED_TRACE(margin);
    const AlignableImage crop = alignable_image(test::remade(
        film, 200 - 2 * margin, 240 - margin,
        [margin](const GrayImage& from, int x, int y) { return from.at(x + margin, y + margin); }));
    ASSERT_TRUE(align(whole, crop, 10));
    for (int least = 10; least <= 400; ++least) {
      const std::optional<Alignment> there = align(whole, crop, least);
      const std::optional<Alignment> back = align(crop, whole, least);
      ASSERT_EQ(there.has_value(), back.has_value()) << least;
      if (!there) break;
      EXPECT_EQ(there->inliers, back->inliers);
      EXPECT_EQ(there->score, back->score);
      EXPECT_GE(there->inliers, least);
    }
    EXPECT_FALSE(align(whole, crop, 400));
  }
}

}  // namespace
}  // namespace crossfold
