#include "adversary_attributes.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples/attribute_table.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AdversaryAttributesTest : public testing::AttributeTable {
 protected:
  AdversaryAttributesTest() { table_.domain.codes[0] = -1; }

  ExperimentSamples select(const std::vector<std::string>& adversaries) {
    Candidate candidate;
    candidate.model = default_model(CandidateKind::disentangled);
    std::get<DisentangledModel>(candidate.model).adversaries.clear();
    for (const std::string& name : adversaries)
      std::get<DisentangledModel>(candidate.model).adversaries.push_back({.of = name});
    experiment_.candidates = {candidate};
    return AttributeTable::select();
  }
};

TEST_F(AdversaryAttributesTest, HaveTheLevelsOfThePoolAndCountWhatIsMissing) {
  add_names("sex", {"", "M", "F", "F", "X"});
  const ExperimentSamples selected = select({"sex"});
  EXPECT_TRUE(errors_.empty());
  // Without a value of the attribute a sample stays in the pool; the domain is not asked for.
  EXPECT_THAT(selected.pool, ElementsAre(0, 1, 2, 3));
  ASSERT_EQ(selected.adversaries.size(), 1U);
  EXPECT_EQ(selected.adversaries[0].missing, 1U);
  const CodedColumn& sex = adversary_column(selected, "sex");
  EXPECT_THAT(sex.levels, ElementsAre("M", "F"));
  EXPECT_THAT(sex.codes, ElementsAre(-1, 0, 1, 1, -1));
}

TEST_F(AdversaryAttributesTest, BesideTheDomainTakeSamplesThatHaveOne) {
  add_names("sex", {"", "M", "F", "F", "X"});
  const ExperimentSamples selected = select({"domain", "sex"});
  EXPECT_THAT(selected.pool, ElementsAre(1, 2, 3));
  EXPECT_EQ(selected.adversaries.size(), 1U);
  EXPECT_EQ(selected.adversaries[0].missing, 0U);
  EXPECT_EQ(&adversary_column(selected, "domain"), &selected.domain);
}

TEST_F(AdversaryAttributesTest, AreNoneUnlessAsked) {
  add_names("sex", {"M", "M", "F", "M", "X"});
  EXPECT_THAT(select({"domain"}).adversaries, IsEmpty());
}

TEST_F(AdversaryAttributesTest, RefusesWhatCannotBeToldApart) {
  add_names("sex", {"M", "M", "F", "M", "X"});
  add_names("scanner", {"A", "A", "", "A", "B"});
  add_names("notes", {"", "", "", "", "B"});
  add_names("ill", {"no", "yes", "no", "yes", "yes"});
  add_numbers("age", {1, 2, 3, 4, 5});
  static_cast<void>(select({"age", "ill", "notes", "scanner", "sex", "weight"}));
  const std::string at = "/experiments/0/candidates: has the adversary ";
  const std::string known = ". choose one of domain, sex, scanner, notes, ill";
  EXPECT_THAT(
      errors_.lines(),
      ElementsAre(
          at +
              "\"age\" (an attribute with numbers has no levels that a domain head could tell "
              "apart)" +
              known,
          at + "\"ill\" (in the pool it is the class, the target, under another name)" + known,
          at + "\"notes\" (no sample of the pool has a value)" + known,
          at +
              "\"scanner\" (it is 'A' for all samples of the pool that have a value, so there is "
              "nothing to tell apart)" +
              known,
          at + "\"weight\" (the store has no such attribute)" + known));
}

}  // namespace
}  // namespace crossfold
