// `audit --explain`: the rule that is named, or all of them.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/rule.h"

#include "cli/verbs/told.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;

test::Told explained(const std::string& rule) {
  return test::told_by(cli::add_audit_command, {"audit", "--explain", rule});
}

/// Each alone, and all in their order with an empty line between two.
TEST(AuditExplain, TellsOfTheRuleThatIsNamedOrOfEach) {
  std::string all;
  for (const audit::Rule* rule : audit::all_rules()) {
    const test::Told one = explained(rule->id);
    EXPECT_EQ(one.code, 0) << one.err;
    EXPECT_TRUE(one.out.starts_with(std::string(rule->id) + " (version ")) << one.out;
    EXPECT_EQ(one.out.find("\n\n"), std::string::npos) << "one rule alone: " << one.out;
    all += (all.empty() ? "" : "\n") + one.out;
  }
  ASSERT_FALSE(all.empty());
  const test::Told told = explained("all");
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_TRUE(told.out == all);
}

TEST(AuditExplain, OfARuleThatThereIsNotIsUsage) {
  const test::Told told = explained("CON-99");
  EXPECT_EQ(told.code, 2);
  EXPECT_EQ(told.out, "");
  EXPECT_THAT(told.err, HasSubstr("there is no rule 'CON-99'"));
}

}  // namespace
}  // namespace crossfold
