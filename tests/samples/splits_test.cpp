#include "crossfold/samples/splits.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Rows = std::vector<std::uint32_t>;

/// A pool that is part of a store: rows 3, 4, ... of it.
class PoolBuilder {
 public:
  PoolBuilder() {
    for (std::uint32_t row = 0; row < 3; ++row) add_row(row, -1, -1);
  }
  void add(std::uint32_t group, std::int32_t class_label, std::int32_t domain = 0) {
    samples_.pool.push_back(static_cast<std::uint32_t>(samples_.group.size()));
    add_row(3 + group, class_label, domain);
  }
  [[nodiscard]] ExperimentSamples build() {
    for (CodedColumn* column : {&samples_.class_label, &samples_.domain}) {
      const auto most = *std::max_element(column->codes.begin(), column->codes.end());
      for (std::int32_t level = 0; level <= most; ++level)
        column->levels.push_back("level" + std::to_string(level));
    }
    return samples_;
  }

 private:
  void add_row(std::uint32_t group, std::int32_t class_label, std::int32_t domain) {
    samples_.group.push_back(group);
    samples_.class_label.codes.push_back(class_label);
    samples_.domain.codes.push_back(domain);
  }
  ExperimentSamples samples_;
};

/// `counts[class]` patients of one sample each.
ExperimentSamples singles(const std::vector<int>& counts) {
  PoolBuilder pool;
  std::uint32_t group = 0;
  for (std::size_t class_label = 0; class_label < counts.size(); ++class_label)
    for (int i = 0; i < counts[class_label]; ++i)
      pool.add(group++, static_cast<std::int32_t>(class_label));
  return pool.build();
}

/// Patients as in the chest X-rays at hand: most with one image, some with up to twelve, a few in
/// two classes.
ExperimentSamples patients(std::uint32_t seed) {
  std::mt19937 random(seed);
  PoolBuilder pool;
  for (std::uint32_t group = 0; group < 400; ++group) {
    const std::size_t images = random() % 4 > 0 ? 1 : 1 + random() % 12;
    const auto class_label = static_cast<std::int32_t>(random() % 3);
    const auto domain = static_cast<std::int32_t>(random() % 2);
    for (std::size_t i = 0; i < images; ++i)
      pool.add(group, random() % 20 == 0 ? 1 : class_label, domain);
  }
  return pool.build();
}

StreamKey key(std::uint32_t seed, std::uint32_t fold, std::uint64_t root = 1) {
  return {.root_seed = root, .seed = SeedIndex(seed), .fold = FoldIndex(fold)};
}

Split split(const ExperimentSamples& samples, const StreamKey& where,
            const SplitSettings& settings = {}, Validation validation = Validation::set_aside) {
  return make_split(samples, Label::class_label, settings, where, validation);
}

Rows joined(const std::vector<Rows>& parts) {
  Rows all;
  for (const Rows& part : parts) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  return all;
}

std::set<std::uint32_t> groups_of(const ExperimentSamples& samples, const Rows& rows) {
  std::set<std::uint32_t> groups;
  for (const std::uint32_t row : rows) groups.insert(samples.group[row]);
  return groups;
}

std::map<std::int32_t, int> classes_of(const ExperimentSamples& samples, const Rows& rows) {
  std::map<std::int32_t, int> counts;
  for (const std::uint32_t row : rows) ++counts[samples.class_label.codes[row]];
  return counts;
}

TEST(MakeSplit, PartsThePoolOnceForEveryFoldAndSeed) {
  const ExperimentSamples samples = patients(1);
  for (std::uint32_t seed = 0; seed < 3; ++seed) {
    std::vector<Rows> held_out;
    for (std::uint32_t fold = 0; fold < 10; ++fold) {
      const Split one = split(samples, key(seed, fold));
      EXPECT_EQ(joined({one.train, one.validation, one.test}), samples.pool);
      for (const Rows* part : {&one.train, &one.validation, &one.test})
        EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
      held_out.push_back(one.test);
    }
    EXPECT_EQ(joined(held_out), samples.pool);
  }
}

TEST(MakeSplit, NeverDividesAGroup) {
  for (std::uint32_t draw = 0; draw < 5; ++draw) {
    const ExperimentSamples samples = patients(draw);
    for (std::uint32_t fold = 0; fold < 10; ++fold) {
      const Split one = split(samples, key(0, fold));
      std::set<std::uint32_t> seen;
      for (const Rows* part : {&one.train, &one.validation, &one.test})
        for (const std::uint32_t group : groups_of(samples, *part))
          EXPECT_TRUE(seen.insert(group).second) << "group " << group << " is divided";
    }
  }
}

TEST(MakeSplit, StratifiesByClassOrByDomain) {
  const ExperimentSamples samples = patients(3);
  for (const Label label : {Label::class_label, Label::domain}) {
    std::map<std::int32_t, int> total;
    for (const std::uint32_t row : samples.pool) ++total[samples.column(label).codes[row]];
    for (std::uint32_t fold = 0; fold < 10; ++fold) {
      const Split one = make_split(samples, label, {}, key(0, fold), Validation::set_aside);
      std::map<std::int32_t, int> counts;
      for (const std::uint32_t row : one.test) ++counts[samples.column(label).codes[row]];
      for (const auto& [level, count] : total) EXPECT_NEAR(counts[level], count / 10.0, 2);
    }
  }
}

TEST(MakeSplit, SetsAStratifiedTenthOfTheOtherFoldsAside) {
  const ExperimentSamples samples = singles({600, 300, 40});
  for (std::uint32_t fold = 0; fold < 10; ++fold) {
    const Split one = split(samples, key(0, fold));
    EXPECT_NEAR(static_cast<double>(one.validation.size()), 84.6, 1.5);
    const auto counts = classes_of(samples, one.validation);
    EXPECT_NEAR(counts.at(0), 54, 1);
    EXPECT_NEAR(counts.at(1), 27, 1);
    EXPECT_NEAR(counts.at(2), 3.6, 1);
  }
}

TEST(MakeSplit, HoldsNoValidationSampleForLinearOrWhereTheJobWantsNone) {
  const ExperimentSamples samples = singles({50, 50});
  const Split linear = split(samples, key(0, 0), {}, Validation::none);
  EXPECT_THAT(linear.validation, IsEmpty());
  const Split trained = split(samples, key(0, 0));
  EXPECT_EQ(linear.test, trained.test);
  EXPECT_EQ(linear.train, all_other_folds(trained));
  SplitSettings none;
  none.validation = 0;
  EXPECT_EQ(split(samples, key(0, 0), none), linear);
}

TEST(MakeSplit, IsTheSameAloneAsAmongAll) {
  const ExperimentSamples samples = patients(4);
  for (std::uint32_t seed = 0; seed < 2; ++seed) {
    const auto folds = deal_folds(samples, Label::class_label, {}, key(seed, 0));
    for (std::uint32_t fold = 10; fold-- > 0;)
      EXPECT_EQ(split(samples, key(seed, fold)), hold_out(folds, samples, Label::class_label, {},
                                                          key(seed, fold), Validation::set_aside));
  }
}

TEST(MakeSplit, IsMadeAnewBySeedIndexAndRootSeed) {
  const ExperimentSamples samples = singles({60, 40});
  const Split one = split(samples, key(0, 3));
  EXPECT_EQ(split(samples, key(0, 3)), one);
  EXPECT_NE(split(samples, key(1, 3)).test, one.test);
  EXPECT_NE(split(samples, key(0, 3, 2)).test, one.test);
}

TEST(MakeSplit, DrawsTheValidationPartByFoldAndTheFoldsWithoutIt) {
  const ExperimentSamples samples = singles({60, 40});
  const SplitSettings settings;
  const auto aside = [&](const StreamKey& where, double share) {
    return set_validation_aside(samples, Label::class_label, share, where, {}, samples.pool);
  };
  EXPECT_NE(aside(key(0, 1), 0.1).validation, aside(key(0, 2), 0.1).validation);
  EXPECT_NE(aside(key(0, 1), 0.1).validation, aside(key(1, 1), 0.1).validation);
  EXPECT_EQ(aside(key(0, 1), 0.1).validation, aside(key(0, 1), 0.1).validation);
  EXPECT_EQ(deal_folds(samples, Label::class_label, settings, key(0, 1)),
            deal_folds(samples, Label::class_label, settings, key(0, 2)));
  SplitSettings larger;
  larger.validation = 0.3;
  EXPECT_EQ(split(samples, key(0, 1), larger).test, split(samples, key(0, 1)).test);
}

TEST(MakeSplit, CopesWithADomainOfSevenSamplesInTenFolds) {
  const ExperimentSamples samples = singles({200, 7});
  int folds_with = 0;
  for (std::uint32_t fold = 0; fold < 10; ++fold) {
    const Split one = split(samples, key(0, fold));
    const auto counts = classes_of(samples, one.test);
    const auto rare = counts.find(1);
    if (rare == counts.end()) continue;
    ++folds_with;
    EXPECT_EQ(rare->second, 1);
  }
  EXPECT_EQ(folds_with, 7);
}

TEST(CheckFolds, RefusesFewerGroupsThanFolds) {
  PoolBuilder pool;
  for (std::uint32_t i = 0; i < 40; ++i) pool.add(i % 4, 0);
  const ExperimentSamples samples = pool.build();
  SplitSettings settings;
  ValidationErrors errors;
  check_folds(samples, settings, "/experiments/0", errors);
  EXPECT_THAT(errors.lines(),
              ElementsAre("/experiments/0: has 4 groups for 10 folds (a group is never divided, so "
                          "some folds would be empty). lower splits.folds or widen 'samples'"));
  settings.folds = 4;
  ValidationErrors none;
  check_folds(samples, settings, "/experiments/0", none);
  EXPECT_TRUE(none.empty());
}

TEST(RareLevels, NamesLevelsWithFewerGroupsThanFolds) {
  PoolBuilder pool;
  for (std::uint32_t i = 0; i < 20; ++i) pool.add(i, 0);
  for (std::uint32_t i = 0; i < 30; ++i) pool.add(100 + i / 10, 1);
  for (std::uint32_t i = 0; i < 10; ++i) pool.add(200 + i, 2);
  const auto rare = rare_levels(pool.build(), Label::class_label, 10);
  ASSERT_EQ(rare.size(), 1U);
  EXPECT_EQ(rare[0].level, "level1");
  EXPECT_EQ(rare[0].groups, 3U);
  EXPECT_EQ(rare[0].samples, 30U);
}

/// Patients of one class each, with one to three samples.
TEST(Balanced, HasAsManyOfEveryClassAsTheRarest) {
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    std::mt19937 random(seed);
    PoolBuilder pool;
    for (std::uint32_t patient = 0; patient < 200; ++patient)
      for (std::uint32_t i = 0; i <= random() % 3; ++i)
        pool.add(patient, patient % 10 == 0 ? 2 : static_cast<std::int32_t>(patient % 2));
    const ExperimentSamples samples = pool.build();
    const StreamKey key{.root_seed = 5, .seed = SeedIndex(seed), .fold = {}};
    const Split split = make_split(samples, Label::class_label, {}, key, Validation::set_aside);
    const Split even = balanced(samples, Label::class_label, split, key);
    const auto counts = [&](const Rows& rows) {
      std::map<std::int32_t, int> found;
      for (const std::uint32_t row : rows) ++found[samples.class_label.codes[row]];
      return found;
    };
    for (const auto& [before, after] :
         {std::pair(split.train, even.train), std::pair(split.validation, even.validation)}) {
      const int rarest = counts(before).at(2);
      for (const auto& [class_label, count] : counts(after)) {
        EXPECT_LE(count, rarest);
        EXPECT_GE(count, rarest - 2) << "whole patients";
      }
      std::set<std::uint32_t> patients;
      for (const std::uint32_t row : after) patients.insert(samples.group[row]);
      for (const std::uint32_t row : before)
        if (patients.contains(samples.group[row])) {
          EXPECT_TRUE(std::binary_search(after.begin(), after.end(), row))
              << "a patient is divided";
        }
      EXPECT_TRUE(std::includes(before.begin(), before.end(), after.begin(), after.end()));
    }
    EXPECT_EQ(even.test, split.test);
  }
}

TEST(Balanced, DrawsByEveryPartOfItsKey) {
  PoolBuilder pool;
  for (std::uint32_t patient = 0; patient < 200; ++patient)
    pool.add(patient, static_cast<std::int32_t>(patient % 5 == 0 ? 1 : 0));
  const ExperimentSamples samples = pool.build();
  const StreamKey key{.root_seed = 5, .seed = SeedIndex(2), .fold = FoldIndex(3)};
  const Split split = make_split(samples, Label::class_label, {}, key, Validation::set_aside);
  const auto drawn = [&](const StreamKey& by) {
    const Split even = balanced(samples, Label::class_label, split, by);
    return std::pair(even.train, even.validation);
  };
  EXPECT_EQ(drawn(key), drawn(key));
  for (const StreamKey& other :
       {StreamKey{.root_seed = 6, .seed = key.seed, .fold = key.fold},
        StreamKey{.root_seed = key.root_seed, .seed = SeedIndex(1), .fold = key.fold},
        StreamKey{.root_seed = key.root_seed, .seed = key.seed, .fold = FoldIndex(4)}}) {
    EXPECT_NE(drawn(other).first, drawn(key).first);
    EXPECT_NE(drawn(other).second, drawn(key).second);
  }
}

}  // namespace
}  // namespace crossfold
