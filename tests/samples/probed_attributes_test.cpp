#include "probed_attributes.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples/attribute_table.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

class ProbedAttributesTest : public testing::AttributeTable {
 protected:
  ExperimentSamples select(const std::vector<std::string>& probes) {
    experiment_.probe_attributes = probes;
    return AttributeTable::select();
  }
};

TEST_F(ProbedAttributesTest, HaveTheLevelsOfThePoolAndCountWhatIsMissing) {
  add_names("sex", {"", "M", "F", "F", "X"});
  add_numbers("age", {50, kMissing, 58, 61, 70});
  const ExperimentSamples selected = select({"sex", "age"});
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(selected.pool, ElementsAre(0, 1, 2, 3));
  ASSERT_EQ(selected.probed.size(), 2u);
  EXPECT_EQ(selected.probed[0].name, "sex");
  EXPECT_FALSE(selected.probed[0].is_number());
  const auto& sex = std::get<CodedColumn>(selected.probed[0].values);
  EXPECT_THAT(sex.levels, ElementsAre("M", "F"));
  EXPECT_THAT(sex.codes, ElementsAre(-1, 0, 1, 1, -1));
  EXPECT_EQ(selected.probed[0].missing, 1u);
  EXPECT_TRUE(selected.probed[1].is_number());
  EXPECT_EQ(selected.probed[1].missing, 1u);
}

TEST_F(ProbedAttributesTest, AreNoneUnlessAsked) {
  add_names("sex", {"M", "M", "F", "M", "X"});
  EXPECT_THAT(select({}).probed, IsEmpty());
}

TEST_F(ProbedAttributesTest, RefusesOneThatTheStoreHasNot) {
  add_names("sex", {"M", "M", "F", "M", "X"});
  select({"sexx", "sex", "weight"});
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/probe: has \"sexx\" (the store has no such attribute). "
                          "choose one of domain, sex",
                          "/experiments/0/probe: has \"weight\" (the store has no such attribute). "
                          "choose one of domain, sex"));
}

TEST_F(ProbedAttributesTest, RefusesOneThatIsTheSameForAll) {
  add_names("scanner", {"A", "A", "", "A", "B"});
  add_numbers("dose", {3.5, 3.5, 3.5, kMissing, 4});
  add_names("notes", {"", "", "", "", "B"});
  select({"scanner", "dose", "notes"});
  EXPECT_THAT(
      errors_.lines(),
      ElementsAre(
          "/experiments/0/probe: has \"scanner\" (it is 'A' for all samples of the pool "
          "that have a value, so there is nothing to tell apart). remove it or probe "
          "another one",
          "/experiments/0/probe: has \"dose\" (it is 3.5 for all samples of the pool that "
          "have a value, so there is nothing to tell apart). remove it or probe another one",
          "/experiments/0/probe: has \"notes\" (no sample of the pool has a value). remove "
          "it or probe another one"));
}

TEST_F(ProbedAttributesTest, RefusesTheTargetUnderAnotherName) {
  add_names("diagnosis", {"healthy", "ill", "", "ill", "ill"});
  add_numbers("severity", {0, 1, 0, 1, 0});
  add_numbers("score", {0, 1, 2, 1, 0});  // a class that two values share is something else
  select({"diagnosis", "severity", "score"});
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/probe: has \"diagnosis\" (in the pool it is the class, "
                          "the target, under another name). remove it or probe another one",
                          "/experiments/0/probe: has \"severity\" (in the pool it is the class, "
                          "the target, under another name). remove it or probe another one"));
}

TEST_F(ProbedAttributesTest, RefusesNamesThatAreAlmostIds) {
  const auto probe_doctors = [&](int doctors) {
    table_ = {};
    table_.role.levels = role_levels();
    std::vector<std::string> names;
    for (int i = 0; i < 2 * doctors; ++i) {
      table_.id.push_back("s" + std::to_string(i));
      table_.group.push_back(table_.id.back());
      table_.class_label.append(i % 2 == 0 ? "normal" : "covid19");
      table_.domain.append("rsna");
      table_.role.append("in");
      names.push_back("doctor" + std::to_string(i / 2));
    }
    add_names("doctor", names);
    select({"doctor"});
  };
  probe_doctors(100);
  EXPECT_THAT(errors_.lines(), IsEmpty());
  probe_doctors(101);
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/probe: has \"doctor\" (it has 101 levels in the pool, at "
                          "most 100 are probed). remove it or probe another one"));
}

TEST_F(ProbedAttributesTest, FurtherProbesGoThroughThePoolAndThenThroughTheClasses) {
  add_names("sex", {"M", "M", "F", "F", "X"});
  add_numbers("age", {50, 51, 52, 61, 70});
  experiment_.probe = Label::domain;
  const auto described = [&](const ExperimentSamples& selected) {
    std::vector<std::string> texts;
    for (const FurtherProbe& probe : further_probes(experiment_, selected))
      texts.push_back(probe.of + (probe.within ? " in " + std::to_string(*probe.within) : ""));
    return texts;
  };
  EXPECT_THAT(described(select({})), IsEmpty());
  EXPECT_THAT(described(select({"sex", "age"})), ElementsAre("sex", "age"));
  experiment_.probe_within = ProbeWithin::class_label;
  EXPECT_THAT(described(select({"sex"})),
              ElementsAre("sex", "domain in 0", "sex in 0", "domain in 1", "sex in 1"));
  EXPECT_THAT(described(select({})), ElementsAre("domain in 0", "domain in 1"));
  experiment_.probe.reset();
  EXPECT_THAT(described(select({"age"})), ElementsAre("age", "age in 0", "age in 1"));

  experiment_.target = Label::domain;  // of three levels; the classes stay two
  experiment_.probe = Label::class_label;
  table_.domain = {};
  for (const char* domain : {"rsna", "cohen", "nih", "nih", "rsna"}) table_.domain.append(domain);
  EXPECT_THAT(described(select({"age"})), ElementsAre("age", "age in 0", "age in 1"));

  const ExperimentSamples selected = select({"sex", "age"});
  const std::vector<FurtherProbe> probes = further_probes(experiment_, selected);
  EXPECT_THAT(levels_of(probes[0], selected), ElementsAre("M", "F"));
  EXPECT_THAT(levels_of(probes[1], selected),
              ElementsAre("lower third", "middle third", "upper third"));
}

}  // namespace
}  // namespace crossfold
