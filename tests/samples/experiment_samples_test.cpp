#include "crossfold/samples/experiment_samples.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class ExperimentSamplesTest : public ::testing::Test {
 protected:
  ExperimentSamplesTest() { table_.role.levels = {"in", "oos"}; }

  /// "" = missing; every sample a patient of its own unless `group` says otherwise.
  void add(const std::string& class_label, const std::string& domain,
           const std::string& role = "in", const std::string& group = "") {
    const std::string id = "s" + std::to_string(table_.size());
    table_.id.push_back(id);
    table_.group.push_back(group.empty() ? id : group);
    table_.class_label.append(class_label);
    table_.domain.append(domain);
    table_.role.append(role);
  }

  [[nodiscard]] ExperimentSamples select() {
    errors_ = {};
    return select_samples(table_, experiment_, {}, "/experiments/0", errors_);
  }

  [[nodiscard]] SampleTable override_roles(const std::map<Role, SampleFilter>& roles) {
    errors_ = {};
    return with_roles(table_, roles, errors_);
  }

  /// A pool of three classes and two domains, and an oos source with one class more.
  void add_study() {
    add("normal", "rsna");          // 0
    add("covid19", "cohen");        // 1
    add("pneumonia", "rsna");       // 2
    add("covid19", "site", "oos");  // 3
    add("tb", "site", "oos");       // 4
    add("normal", "cohen");         // 5
    add("", "site", "oos");         // 6
  }

  SampleTable table_;
  Experiment experiment_;
  ValidationErrors errors_;
};

TEST_F(ExperimentSamplesTest, SplitsTheInSamplesAndKeepsTheStoresOrderOfLevels) {
  add_study();
  const ExperimentSamples selected = select();
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(selected.pool, ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(selected.oos, IsEmpty());
  EXPECT_THAT(selected.class_label.levels, ElementsAre("normal", "covid19", "pneumonia"));
  EXPECT_THAT(selected.domain.levels, ElementsAre("rsna", "cohen"));
  EXPECT_THAT(selected.class_label.codes, ElementsAre(0, 1, 2, 1, -1, 0, -1));
  EXPECT_THAT(selected.domain.codes, ElementsAre(0, 1, 0, -1, -1, 1, -1));
  EXPECT_THAT(selected.left_out, IsEmpty());
}

TEST_F(ExperimentSamplesTest, JoinsFiltersByAndAndNumbersTheirLevelsAnew) {
  add_study();
  add("pneumonia", "cohen");  // 7
  experiment_.samples.class_label = {"pneumonia", "covid19"};
  experiment_.samples.domain = {"cohen"};
  const ExperimentSamples selected = select();
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(selected.pool, ElementsAre(1, 7));
  EXPECT_THAT(selected.class_label.levels, ElementsAre("covid19", "pneumonia"));
  EXPECT_THAT(selected.domain.levels, ElementsAre("cohen"));
}

TEST_F(ExperimentSamplesTest, TellsTheTargetAloneFromTheRestWhereSomeArePositive) {
  add_study();
  add("tb", "cohen");  // 7
  experiment_.positive = {"covid19", "tb"};
  const ExperimentSamples by_class = select();
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(by_class.class_label.levels, ElementsAre("not covid19 or tb", "covid19 or tb"));
  EXPECT_THAT(by_class.class_label.codes, ElementsAre(0, 1, 0, 1, 1, 0, -1, 1));
  EXPECT_THAT(by_class.domain.levels, ElementsAre("rsna", "cohen"));
  EXPECT_THAT(by_class.domain.codes, ElementsAre(0, 1, 0, -1, -1, 1, -1, 1));
  experiment_.target = Label::domain;
  experiment_.positive = {"cohen"};
  const ExperimentSamples by_domain = select();
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(by_domain.domain.levels, ElementsAre("not cohen", "cohen"));
  EXPECT_THAT(by_domain.class_label.levels, ElementsAre("normal", "covid19", "pneumonia", "tb"));
}

TEST_F(ExperimentSamplesTest, CountsOosSamplesThatCannotBeScored) {
  add_study();
  experiment_.evaluate_oos = true;
  const ExperimentSamples selected = select();
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(selected.oos, ElementsAre(3));
  EXPECT_THAT(selected.left_out, ElementsAre(Pair("oos without a class that the pool has", 2)));
}

/// Of each the rows that can be scored, in the experiment's order, and how many cannot be.
TEST_F(ExperimentSamplesTest, TakesEachNamedSetThatItIsEvaluatedOn) {
  add_study();
  const JobSelection job{.sets = {{"far", {3, 4, 6}}, {"lost", {4, 6}}, {"near", {0, 3, 4}}}};
  experiment_.evaluate_sets = {"near", "far"};
  const ExperimentSamples selected =
      select_samples(table_, experiment_, job, "/experiments/0", errors_);
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(selected.sets, ElementsAre(ElementsAre(0, 3), ElementsAre(3)));
  EXPECT_THAT(selected.left_out,
              ElementsAre(Pair("of 'far', without a class that the pool has", 2),
                          Pair("of 'near', without a class that the pool has", 1)));
  experiment_.evaluate_sets = {"near", "lost", "far"};
  static_cast<void>(select_samples(table_, experiment_, job, "/experiments/0", errors_));
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/evaluate: has \"lost\" (none of its samples has a class "
                          "that the pool has). remove it"));
}

TEST_F(ExperimentSamplesTest, KeepsPatientsOfThePoolOutOfTheOosSet) {
  add("normal", "rsna", "in", "p1");
  add("covid19", "rsna", "in", "p2");
  add("covid19", "site", "oos", "p2");
  add("covid19", "site", "oos", "p3");
  experiment_.evaluate_oos = true;
  const ExperimentSamples selected = select();
  EXPECT_THAT(selected.oos, ElementsAre(3));
  EXPECT_THAT(selected.left_out, ElementsAre(Pair("oos of a group that the pool has", 1)));
  EXPECT_THAT(selected.group, ElementsAre(0, 1, 1, 2));
}

TEST_F(ExperimentSamplesTest, TakesTheOosSourceForOneMoreDomainWhereTheFilterAsks) {
  add_study();
  experiment_.target = experiment_.stratify = Label::domain;
  experiment_.samples = {.role = {Role::in, Role::oos}, .class_label = {"covid19"}, .domain = {}};
  const ExperimentSamples selected = select();
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(selected.pool, ElementsAre(1, 3));
  EXPECT_THAT(selected.domain.levels, ElementsAre("cohen", "site"));
}

TEST_F(ExperimentSamplesTest, LeavesOutAndCountsWhatMissesALabelThatIsNeeded) {
  add("normal", "rsna");
  add("covid19", "");
  add("", "cohen");
  add("covid19", "cohen", "");
  add("covid19", "cohen");
  EXPECT_THAT(select().pool, ElementsAre(0, 1, 4));
  EXPECT_THAT(select().left_out, ElementsAre(Pair("class missing", 1), Pair("role missing", 1)));

  experiment_.probe = Label::domain;
  EXPECT_THAT(select().pool, ElementsAre(0, 4));
  EXPECT_THAT(select().left_out, ElementsAre(Pair("class missing", 1), Pair("domain missing", 1),
                                             Pair("role missing", 1)));

  experiment_.probe.reset();
  experiment_.target = experiment_.stratify = Label::domain;
  EXPECT_THAT(select().pool, ElementsAre(0, 2, 4));
}

TEST_F(ExperimentSamplesTest, LetsNoSampleWithoutARolePassAnOpenFilter) {
  add("normal", "rsna");
  add("covid19", "rsna", "oos");
  add("covid19", "rsna", "");
  experiment_.samples.role = {};
  EXPECT_THAT(select().pool, ElementsAre(0, 1));
}

TEST_F(ExperimentSamplesTest, NeedsTheLabelsThatItUses) {
  EXPECT_THAT(labels_needed(experiment_), ElementsAre(Label::class_label));
  const auto needs_domain_with = [&](const std::function<void(Experiment&)>& change) {
    Experiment experiment = experiment_;
    change(experiment);
    EXPECT_THAT(labels_needed(experiment), ElementsAre(Label::class_label, Label::domain));
  };
  needs_domain_with([](Experiment& one) { one.stratify = Label::domain; });
  needs_domain_with([](Experiment& one) { one.balance = Label::domain; });
  needs_domain_with([](Experiment& one) { one.weights = {Label::domain}; });
  needs_domain_with([](Experiment& one) { one.probe = Label::domain; });
  needs_domain_with(
      [](Experiment& one) { one.sweep.emplace().select = {SelectionRule::source_out}; });
  needs_domain_with([](Experiment& one) {
    one.candidates.resize(1);
    one.candidates[0].model = default_model(CandidateKind::disentangled);
  });
}

TEST_F(ExperimentSamplesTest, RefusesUnknownNamesInItsFilterAndSaysNothingElseThen) {
  add_study();
  experiment_.samples.class_label = {"covid"};
  experiment_.samples.domain = {"rsna", "rnsa"};
  EXPECT_THAT(select().pool, IsEmpty());
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/samples/class: has \"covid\" (the store does not know "
                          "it). choose one of normal, covid19, pneumonia, tb",
                          "/experiments/0/samples/domain: has \"rnsa\" (the store does not know "
                          "it). choose one of rsna, cohen, site"));
}

TEST_F(ExperimentSamplesTest, RefusesAFilterOnALabelThatNoSampleHas) {
  add("normal", "");
  experiment_.samples.domain = {"rsna"};
  EXPECT_THAT(select().pool, IsEmpty());
  EXPECT_THAT(errors_.lines(), ElementsAre("/experiments/0/samples/domain: has \"rsna\" (no "
                                           "sample of the store has one: the column is empty). "
                                           "remove it, or make the store from a manifest that has "
                                           "it"));
}

TEST_F(ExperimentSamplesTest, RefusesAnEmptyPool) {
  add_study();
  experiment_.samples.class_label = {"tb"};
  EXPECT_THAT(select().pool, IsEmpty());
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/samples: leaves no samples. widen the filter"));
}

TEST_F(ExperimentSamplesTest, SaysWhichColumnEmptiesThePool) {
  for (int i = 0; i < 4; ++i) add(i % 2 == 0 ? "normal" : "tb", "");
  experiment_.probe = Label::domain;
  EXPECT_THAT(select().pool, IsEmpty());
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/samples: leaves no samples (each needs a domain, and no "
                          "sample of the store has one). make the store from a manifest with the "
                          "column of the domain, or take out what needs it"));
}

TEST_F(ExperimentSamplesTest, SaysWhatThoseThatPassTheFilterLack) {
  add("normal", "rsna");
  add("tb", "");
  add("tb", "");
  experiment_.samples.class_label = {"tb"};
  experiment_.probe = Label::domain;
  EXPECT_THAT(select().pool, IsEmpty());
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/samples: leaves no samples (all that pass lack "
                          "something: domain missing in 2). widen the filter, or fill in what is "
                          "missing"));
}

TEST_F(ExperimentSamplesTest, RefusesToLearnALabelOfOneLevel) {
  add_study();
  experiment_.samples.domain = {"rsna"};
  experiment_.samples.class_label = {"normal"};
  experiment_.probe = Label::domain;
  EXPECT_THAT(select().pool, ElementsAre(0));
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0: has samples of one class only, normal (there is nothing "
                          "to tell apart). widen 'samples'",
                          "/experiments/0: has samples of one domain only, rsna (there is nothing "
                          "to tell apart). widen 'samples'"));
}

TEST_F(ExperimentSamplesTest, RefusesToEvaluateOnOosSamplesThatAreNotThere) {
  add("normal", "rsna");
  add("covid19", "rsna");
  add("tb", "site", "oos");
  experiment_.evaluate_oos = true;
  EXPECT_THAT(select().oos, IsEmpty());
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/experiments/0/evaluate: has \"oos\" (no sample has that role, a class "
                          "that the pool has, and a group outside of it). remove it, or give "
                          "samples the role in the store or by the job's 'roles'"));
}

TEST_F(ExperimentSamplesTest, FiltersClassesByClassesAndDomainsByDomains) {
  // Levels of the same names on both sides: an exchange would pass unnoticed as an unknown name.
  add("a", "a");
  add("a", "b");
  add("b", "a");
  add("b", "b");
  experiment_.samples.class_label = {"a"};
  EXPECT_THAT(select().pool, ElementsAre(0, 1));
  experiment_.samples.class_label = {};
  experiment_.samples.domain = {"a"};
  EXPECT_THAT(select().pool, ElementsAre(0, 2));
  experiment_.samples.class_label = {"a"};
  experiment_.samples.domain = {"b"};
  EXPECT_THAT(select().pool, ElementsAre(1));
  EXPECT_THAT(
      override_roles({{Role::oos, {.role = {}, .class_label = {"a"}, .domain = {"b"}}}}).role.codes,
      ElementsAre(0, 1, 0, 0));
}

/// Random samples: labels and roles missing here and there, patients of several samples.
class RandomSamples : public ExperimentSamplesTest {
 protected:
  void draw(std::uint32_t seed) {
    std::mt19937 random(seed);
    table_ = {};
    table_.role.levels = {"in", "oos"};
    const auto name = [&](const std::vector<std::string>& names) {
      return random() % 8 == 0 ? std::string() : names[random() % names.size()];
    };
    for (int i = 0; i < 80; ++i)
      add(name({"x", "y", "z"}), name({"x", "y", "u"}), name({"in", "in", "in", "oos"}),
          "p" + std::to_string(random() % 50));
    experiment_.samples = {.role = {Role::in}, .class_label = {}, .domain = {}};
    if (random() % 2 == 0) experiment_.samples.class_label = {"x", "y"};
    if (random() % 2 == 0) experiment_.samples.domain = {"y", "u"};
    experiment_.target = random() % 2 == 0 ? Label::class_label : Label::domain;
    experiment_.stratify = random() % 2 == 0 ? Label::class_label : Label::domain;
    experiment_.evaluate_oos = random() % 2 == 0;
  }

  [[nodiscard]] static std::string name_of(const CodedColumn& column, std::size_t row) {
    const std::string* name = column.name_of(row);
    return name == nullptr ? "" : *name;
  }

  /// Whether the filter lets the labels of a row pass, by their names.
  [[nodiscard]] bool labels_pass(std::size_t row) const {
    const auto passes = [](const std::vector<std::string>& wanted, const std::string& name) {
      return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    };
    return passes(experiment_.samples.class_label, name_of(table_.class_label, row)) &&
           passes(experiment_.samples.domain, name_of(table_.domain, row));
  }

  [[nodiscard]] bool lacks_a_label(std::size_t row) const {
    const auto wants = [&](Label label) {
      return experiment_.target == label || experiment_.stratify == label;
    };
    return (wants(Label::class_label) && name_of(table_.class_label, row).empty()) ||
           (wants(Label::domain) && name_of(table_.domain, row).empty());
  }
};

TEST_F(RandomSamples, AreInThePoolOrCountedOrFilteredAndNeverLeak) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    draw(seed);
    const ExperimentSamples selected = select();
    std::vector<std::uint32_t> pool;
    std::size_t unusable = 0;
    std::size_t oos_rows = 0;
    for (std::uint32_t row = 0; row < table_.size(); ++row) {
      const std::string role = name_of(table_.role, row);
      if (labels_pass(row) && role != "oos")
        (role.empty() || lacks_a_label(row) ? void(++unusable) : pool.push_back(row));
      else if (role == "oos" && experiment_.evaluate_oos)
        ++oos_rows;
    }
    EXPECT_EQ(selected.pool, pool) << "seed " << seed;
    std::size_t left_out = 0;
    for (const auto& [reason, count] : selected.left_out) left_out += count;
    EXPECT_EQ(left_out + selected.oos.size(), unusable + oos_rows) << "seed " << seed;

    std::set<std::string> pool_patients;
    for (const std::uint32_t row : pool) pool_patients.insert(table_.group[row]);
    for (const std::uint32_t row : selected.oos) {
      EXPECT_FALSE(pool_patients.contains(table_.group[row])) << "a patient on both sides";
      EXPECT_GE(selected.column(experiment_.target).codes[row], 0) << "cannot be scored";
    }
    for (std::size_t i = 0; i < table_.size(); ++i)
      for (std::size_t k = 0; k < i; ++k)
        ASSERT_EQ(selected.group[i] == selected.group[k], table_.group[i] == table_.group[k]);
    for (const std::uint32_t row : pool) {
      EXPECT_EQ(name_of(selected.class_label, row), name_of(table_.class_label, row));
      EXPECT_EQ(name_of(selected.domain, row), name_of(table_.domain, row));
    }
  }
}

TEST_F(ExperimentSamplesTest, OverridesRolesByClassAndDomain) {
  add_study();
  const SampleTable table = override_roles(
      {{Role::oos, {.role = {}, .class_label = {"covid19", "normal"}, .domain = {"cohen"}}},
       {Role::in, {.role = {}, .class_label = {}, .domain = {"site"}}}});
  EXPECT_TRUE(errors_.empty());
  EXPECT_THAT(table.role.codes, ElementsAre(0, 1, 0, 0, 0, 1, 0));
  EXPECT_EQ(table.id, table_.id);
}

TEST_F(ExperimentSamplesTest, RefusesOverridesThatAreUnknownOrContradict) {
  add_study();
  static_cast<void>(
      override_roles({{Role::oos, {.role = {}, .class_label = {}, .domain = {"x"}}}}));
  EXPECT_THAT(
      errors_.lines(),
      ElementsAre("/roles/oos/domain: has \"x\" (the store does not know it). choose one of "
                  "rsna, cohen, site"));
  static_cast<void>(
      override_roles({{Role::in, {.role = {}, .class_label = {"covid19"}, .domain = {}}},
                      {Role::oos, {.role = {}, .class_label = {}, .domain = {"cohen", "site"}}}}));
  EXPECT_THAT(errors_.lines(),
              ElementsAre("/roles: gives 2 samples both roles ('s1', 's3'). make the "
                          "filters exclude each other"));
}

TEST_F(ExperimentSamplesTest, NamesFiveOfTheSamplesWithBothRoles) {
  const auto told = [&] {
    const SampleFilter every{.role = {}, .class_label = {"normal"}, .domain = {}};
    static_cast<void>(override_roles({{Role::in, every}, {Role::oos, every}}));
    return errors_.lines();
  };
  for (int i = 0; i < 5; ++i) add("normal", "rsna");
  EXPECT_THAT(told(),
              ElementsAre("/roles: gives 5 samples both roles ('s0', 's1', 's2', 's3', 's4'). make "
                          "the filters exclude each other"));
  for (int i = 0; i < 2; ++i) add("normal", "rsna");
  EXPECT_THAT(told(),
              ElementsAre("/roles: gives 7 samples both roles ('s0', 's1', 's2', 's3', 's4', ...). "
                          "make the filters exclude each other"));
}

}  // namespace
}  // namespace crossfold
