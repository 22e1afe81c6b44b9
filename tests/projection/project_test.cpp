#include "crossfold/projection/project.h"

#include <gtest/gtest.h>

#include "crossfold/core/error.h"

#include "projection/test_points.h"

namespace crossfold::projection {
namespace {

TEST(Project, MapsByEveryMethodAndSaysWhatTheMapKeeps) {
  const OwnedPoints owned;
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < kTestPoints; ++i) labels.push_back(static_cast<std::int32_t>(i % 5));
  for (const Method method : {Method::umap, Method::tsne, Method::pca}) {
    const ProjectedMap map = project(owned.points(), {.classes = labels, .domains = {}},
                                     {.method = method, .epochs = 90, .threads = 2});
    EXPECT_EQ(map.points.size(), kTestPoints);
    EXPECT_GT(map.quality.trustworthiness, 0.8);
    EXPECT_LE(map.quality.trustworthiness, 1);
    ASSERT_TRUE(map.quality.by_class);
    EXPECT_GT(map.quality.by_class->points, map.quality.by_class->chance);
    EXPECT_FALSE(map.quality.by_domain);
  }
}

TEST(Project, OfTooFewPointsSaysHowManyItNeeds) {
  const OwnedPoints owned;
  const auto message_of = [&](const ProjectSettings& settings, std::size_t count) -> std::string {
    try {
      (void)project(owned.first(count), {}, settings);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input);
      return error.message();
    }
    return "";
  };
  EXPECT_EQ(message_of({.method = Method::tsne}, 90),
            "90 points are too few (a map with these settings needs 91 or more, as it looks at so "
            "many neighbours). lower --neighbors or --perplexity, or map more samples");
  EXPECT_EQ(message_of({.method = Method::tsne, .epochs = 3}, 91), "");
  EXPECT_NE(message_of({}, 23), "");
  EXPECT_EQ(message_of({.epochs = 3}, 24), "");
  EXPECT_EQ(message_of({.method = Method::pca}, 24), "");
}

}  // namespace
}  // namespace crossfold::projection
