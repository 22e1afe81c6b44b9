#include "crossfold/stats/leave_group_out_auc.h"

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/stats/scores.h"

#include "stats/recorded.h"

namespace crossfold::stats {
namespace {

TEST(LeaveGroupOutAuc, EqualsScikitLearnsOfTheSamplesThatAreLeft) {
  const nlohmann::json recorded = read_recorded("leave_group_out_cases.json");
  ASSERT_GE(recorded["cases"].size(), 6U);
  for (const auto& one : recorded["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const auto probabilities = one["probabilities"].get<std::vector<double>>();
    const auto labels = one["labels"].get<std::vector<std::int32_t>>();
    const auto groups = one["groups"].get<std::vector<std::uint32_t>>();
    const auto classes = one["classes"].get<std::size_t>();
    const LeaveGroupOutAuc found = leave_group_out_auc(probabilities, labels, classes, groups);
    const nlohmann::json& expected = one["expected"];
    EXPECT_TRUE(agrees(found.all, expected["all"]));
    EXPECT_EQ(found.all, score_probabilities(probabilities, labels, classes).auc);
    EXPECT_EQ(found.groups, expected["groups"].get<std::vector<std::uint32_t>>());
    ASSERT_EQ(found.without.size(), expected["without"].size());
    for (std::size_t g = 0; g < found.without.size(); ++g)
      EXPECT_TRUE(agrees(found.without[g], expected["without"][g])) << g;
  }
}

TEST(LeaveGroupOutAuc, OfNoSamplesIsUndefined) {
  const LeaveGroupOutAuc found = leave_group_out_auc({}, {}, 3, {});
  EXPECT_EQ(found.all, std::nullopt);
  EXPECT_TRUE(found.groups.empty());
}

TEST(LeaveGroupOutAuc, RefusesWhatIsNoProbability) {
  const std::vector<double> probabilities{0.5, 1.5};
  const std::vector<std::int32_t> labels{0};
  const std::vector<std::uint32_t> groups{0};
  EXPECT_THROW(static_cast<void>(leave_group_out_auc(probabilities, labels, 2, groups)), Error);
}

TEST(JackknifeError, EqualsNumpys) {
  for (const auto& one : read_recorded("leave_group_out_cases.json")["jackknife"])
    EXPECT_TRUE(
        agrees(jackknife_error(one["without"].get<std::vector<double>>()), one["expected"]));
  EXPECT_EQ(jackknife_error(std::vector<double>{0.5}), std::nullopt);
}

}  // namespace
}  // namespace crossfold::stats
