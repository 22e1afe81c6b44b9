#include "adversary_attributes.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AdversaryAttributesTest : public ::testing::Test {
 protected:
  /// Two samples of each of two classes in the pool, one more out of sample.
  AdversaryAttributesTest() {
    table_.role.levels = role_levels();
    for (const char* klass : {"normal", "covid19", "normal", "covid19", "covid19"}) {
      table_.id.push_back("s" + std::to_string(table_.size()));
      table_.group.push_back(table_.id.back());
      table_.klass.append(klass);
      table_.domain.append(table_.size() % 4 < 2 ? "rsna" : "cohen");
      table_.role.append(table_.size() == 5 ? "oos" : "in");
    }
    table_.domain.codes[0] = -1;
  }

  void add_names(const std::string& name, const std::vector<std::string>& values) {
    CodedColumn column;
    for (const std::string& value : values) column.append(value);
    table_.attributes.push_back({.name = name, .values = std::move(column)});
  }

  ExperimentSamples select(const std::vector<std::string>& adversaries) {
    Candidate candidate;
    candidate.kind = CandidateKind::disentangled;
    candidate.adversaries.clear();
    for (const std::string& name : adversaries) candidate.adversaries.push_back({.of = name});
    experiment_.candidates = {candidate};
    mistakes_ = {};
    return select_samples(table_, experiment_, {}, "/experiments/0", mistakes_);
  }

  SampleTable table_;
  Experiment experiment_;
  Mistakes mistakes_;
};

TEST_F(AdversaryAttributesTest, HaveTheLevelsOfThePoolAndCountWhatIsMissing) {
  add_names("sex", {"", "M", "F", "F", "X"});
  const ExperimentSamples selected = select({"sex"});
  EXPECT_TRUE(mistakes_.empty());
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
  table_.attributes.push_back({.name = "age", .values = std::vector<double>{1, 2, 3, 4, 5}});
  static_cast<void>(select({"age", "ill", "notes", "scanner", "sex", "weight"}));
  const std::string at = "/experiments/0/candidates: has the adversary ";
  const std::string known = ". choose one of domain, sex, scanner, notes, ill";
  EXPECT_THAT(
      mistakes_.lines(),
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
