#include "crossfold/projection/project.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/projection/neighbors.h"
#include "crossfold/projection/pca.h"
#include "crossfold/projection/quality.h"
#include "crossfold/projection/tsne.h"
#include "crossfold/projection/umap.h"

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

/// No setting is lost on the way to its method.
TEST(Project, MapsAsTheMethodItselfDoes) {
  const OwnedPoints owned;
  const Points points = owned.points();
  EXPECT_EQ(
      project(points, {},
              {.method = Method::umap, .seed = 3, .neighbors = 20, .min_dist = 0.4, .epochs = 30})
          .points,
      umap(points, nearest_neighbors(points, 19, 1),
           {.neighbors = 20, .min_dist = 0.4, .epochs = 30, .seed = 3}));
  EXPECT_EQ(project(points, {}, {.method = Method::tsne, .perplexity = 12, .epochs = 30}).points,
            tsne(points, nearest_neighbors(points, tsne_neighbors(12), 1),
                 {.perplexity = 12, .exaggerated_epochs = 10, .epochs = 20}));
  EXPECT_EQ(project(points, {}, {.method = Method::pca}).points, principal_map(points, 1).points);
}

void expect_purity(const std::optional<NeighborPurity>& found, const Points& points,
                   const std::vector<MapPoint>& map, const std::vector<std::int32_t>& labels) {
  constexpr std::size_t kNeighbors = 9;
  const auto expected =
      neighbor_purity(nearest_neighbors(points, kNeighbors, 1),
                      nearest_neighbors(as_points(map), kNeighbors, 1), labels, kNeighbors);
  ASSERT_TRUE(found && expected);
  EXPECT_EQ(found->map, expected->map);
  EXPECT_EQ(found->points, expected->points);
  EXPECT_EQ(found->chance, expected->chance);
  EXPECT_EQ(found->labelled, expected->labelled);
}

/// Some points lack a class, others a domain.
TEST(Project, SaysHowPureTheMapIsByClassAndByDomain) {
  const OwnedPoints owned;
  std::vector<std::int32_t> classes, domains;
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(kTestPoints); ++i) {
    classes.push_back(i % 5 == 4 ? -1 : i % 5);
    domains.push_back(i % 7 == 6 ? -1 : i % 2);
  }
  const ProjectSettings settings{.method = Method::pca, .quality_neighbors = 9};
  const ProjectedMap map =
      project(owned.points(), {.classes = classes, .domains = domains}, settings);
  expect_purity(map.quality.by_class, owned.points(), map.points, classes);
  expect_purity(map.quality.by_domain, owned.points(), map.points, domains);
  ASSERT_TRUE(map.quality.by_class && map.quality.by_domain);
  EXPECT_NE(map.quality.by_class->chance, map.quality.by_domain->chance);
  const ProjectedMap by_domain =
      project(owned.points(), {.classes = {}, .domains = domains}, settings);
  EXPECT_FALSE(by_domain.quality.by_class);
  EXPECT_TRUE(by_domain.quality.by_domain);
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
