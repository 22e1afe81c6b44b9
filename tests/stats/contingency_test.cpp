#include "crossfold/stats/contingency.h"

#include <gtest/gtest.h>

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

RandomStream stream() { return RandomStream({.root_seed = 3, .seed = {}, .fold = {}}, "test"); }

TEST(CramersV, EqualsScipys) {
  const nlohmann::json recorded = read_recorded("association_cases.json");
  ASSERT_GE(recorded["tables"].size(), 5U);
  for (const auto& one : recorded["tables"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    EXPECT_TRUE(agrees(cramers_v(one["table"].get<std::vector<std::uint64_t>>(),
                                 one["rows"].get<std::size_t>(), one["columns"].get<std::size_t>()),
                       one["v"]));
  }
}

TEST(CramersV, IsUndefinedWhereOneSideHasOneLevel) {
  EXPECT_FALSE(cramers_v(std::vector<std::uint64_t>{4, 0, 9, 0}, 2, 2));
  EXPECT_FALSE(cramers_v({}, 0, 0));
}

TEST(TestAssociation, CountsTheGivenOrderIn) {
  RandomStream random = stream();
  PairedLabels same{.a = {}, .b = {}, .a_levels = 2, .b_levels = 2};
  for (int i = 0; i < 40; ++i) {
    same.a.push_back(i % 2);
    same.b.push_back(i % 2);
  }
  const auto found = test_association(same, 99, random);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->v, 1.0);
  EXPECT_EQ(found->p, 0.01);
}

TEST(TestAssociation, IsLevelWhereLabelsAreIndependent) {
  RandomStream random = stream();
  int rejected = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    PairedLabels labels{.a = {}, .b = {}, .a_levels = 3, .b_levels = 4};
    for (int i = 0; i < 60; ++i) {
      labels.a.push_back(static_cast<std::int32_t>(random.below(3)));
      labels.b.push_back(static_cast<std::int32_t>(random.below(4)));
    }
    rejected += test_association(labels, 39, random)->p <= 0.05;
  }
  EXPECT_GE(rejected, 2);  // 10 are expected, standard deviation 3
  EXPECT_LE(rejected, 20);
}

TEST(TestAssociation, RepeatsWithItsStream) {
  const PairedLabels labels{
      .a = {0, 1, 0, 1, 1, 0, 0}, .b = {0, 1, 1, 1, 0, 0, 0}, .a_levels = 2, .b_levels = 2};
  RandomStream first = stream();
  RandomStream second = stream();
  EXPECT_EQ(test_association(labels, 50, first)->p, test_association(labels, 50, second)->p);
}

}  // namespace
}  // namespace crossfold::stats
