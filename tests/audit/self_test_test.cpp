#include "crossfold/audit/self_test.h"

#include <gtest/gtest.h>

#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

using test::ScratchFolder;

/// One test a rule, so that they run beside each other and one that fails has its name.
class AuditRule : public ::testing::TestWithParam<const Rule*> {};

TEST_P(AuditRule, FindsWhatIsPlantedAndIsSilentWhereNothingIs) {
  const ScratchFolder folder;
  const SelfTestReport report = run_self_test(folder.path(), {GetParam()->id});
  EXPECT_GT(report.count(SelfTestResult::Kind::planted), 0U);
  EXPECT_GT(report.count(SelfTestResult::Kind::clean), 0U);
  EXPECT_TRUE(report.all_passed()) << render_self_test(report);
}

std::string name_of_rule(const ::testing::TestParamInfo<const Rule*>& info) {
  std::string name = info.param->id;
  name.erase(name.find('-'), 1);
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, AuditRule,
                         ::testing::ValuesIn(all_rules().begin(), all_rules().end()), name_of_rule);

}  // namespace
}  // namespace crossfold::audit
