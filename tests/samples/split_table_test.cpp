#include "crossfold/samples/split_table.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/csv.h"

#include "core/expect_error.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kName = "folds.csv";

/// Twelve samples of six patients, the pool; two more samples that are not of it.
class SplitTableTest : public ::testing::Test {
 protected:
  SplitTableTest() {
    for (std::uint32_t row = 0; row < 14; ++row) {
      ids_.push_back("s" + std::to_string(row));
      samples_.group.push_back(row / 2);
      samples_.class_label.codes.push_back(static_cast<std::int32_t>(row % 2));
      samples_.domain.codes.push_back(0);
      if (row < 12) samples_.pool.push_back(row);
    }
    ids_[3] = "a \"name\", with comma";
    table_.id = ids_;
    for (std::uint32_t row = 0; row < 14; ++row)
      table_.group.push_back("p" + std::to_string(row / 2));
    samples_.class_label.levels = {"a", "b"};
    samples_.domain.levels = {"d"};
    settings_.folds = 3;
    settings_.seeds = 1;
  }

  /// Folds {0..3}, {4..7}, {8..11} of seed 0, with `from` replaced by `to`.
  [[nodiscard]] std::string file(const std::string& from = "", const std::string& to = "") const {
    std::string text = kSplitTableHeader;
    for (std::uint32_t fold = 0; fold < 3; ++fold) {
      Split split;
      for (std::uint32_t i = 0; i < 4; ++i) split.test.push_back(4 * fold + i);
      text += split_lines("task", SeedIndex(0), FoldIndex(fold), split, ids_);
    }
    if (!from.empty()) {
      const auto at = text.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      text.replace(at, from.size(), to);
    }
    return text;
  }

  [[nodiscard]] std::vector<std::string> errors_in(const std::string& text) const {
    ValidationErrors errors;
    SplitTable::parse(text, kName, ids_).check("task", samples_, table_, settings_, errors);
    return errors.lines();
  }

  void expect_refused(const std::string& message, const std::string& text) const {
    expect_error(ErrorCode::bad_input, message,
                 [&] { static_cast<void>(SplitTable::parse(text, kName, ids_)); });
  }

  std::vector<std::string> ids_;
  SampleTable table_;
  ExperimentSamples samples_;
  SplitSettings settings_;
};

TEST_F(SplitTableTest, TakesFoldsThatPartThePool) { EXPECT_THAT(errors_in(file()), ElementsAre()); }

TEST_F(SplitTableTest, ReadsBackTheSplitsThatItWrites) {
  std::string text = kSplitTableHeader;
  std::vector<Split> splits;
  settings_.seeds = 2;
  for (std::uint32_t seed = 0; seed < 2; ++seed)
    for (std::uint32_t fold = 0; fold < 3; ++fold) {
      const StreamKey key{.root_seed = 5, .seed = SeedIndex(seed), .fold = FoldIndex(fold)};
      SplitSettings settings = settings_;
      settings.validation = 0.3;
      splits.push_back(
          make_split(samples_, Label::class_label, settings, key, Validation::set_aside));
      EXPECT_FALSE(splits.back().validation.empty());
      text += split_lines("odd, \"name\"", key.seed, key.fold, splits.back(), ids_);
    }
  const SplitTable table = SplitTable::parse(text, kName, ids_);
  ValidationErrors errors;
  table.check("odd, \"name\"", samples_, table_, settings_, errors);
  EXPECT_THAT(errors.lines(), ElementsAre());
  for (std::uint32_t i = 0; i < 6; ++i) {
    const StreamKey other{.root_seed = 9, .seed = SeedIndex(i / 3), .fold = FoldIndex(i % 3)};
    const auto* parts = table.find("odd, \"name\"", other.seed, other.fold);
    ASSERT_NE(parts, nullptr);
    EXPECT_EQ(
        split_from(*parts, samples_, Label::class_label, settings_, other, Validation::set_aside),
        splits[i]);
    const Split linear =
        split_from(*parts, samples_, Label::class_label, settings_, other, Validation::none);
    EXPECT_TRUE(linear.validation.empty());
    EXPECT_EQ(linear.train, all_other_folds(splits[i]));
  }
}

TEST_F(SplitTableTest, DrawsAValidationPartWhereTheFileGivesNone) {
  const SplitTable table = SplitTable::parse(file(), kName, ids_);
  const StreamKey key{.root_seed = 5, .seed = SeedIndex(0), .fold = FoldIndex(1)};
  settings_.validation = 0.25;
  const Split split = split_from(*table.find("task", key.seed, key.fold), samples_,
                                 Label::class_label, settings_, key, Validation::set_aside);
  EXPECT_THAT(split.test, ElementsAre(4, 5, 6, 7));
  EXPECT_EQ(split.validation.size(), 2U);
  EXPECT_EQ(split.train.size(), 6U);
}

TEST_F(SplitTableTest, RefusesUnknownSamplesPartsAndNumbersAllAtOnce) {
  expect_refused(
      "folds.csv: 4 errors\n"
      "  line 2: has part 'tset'. take test or validation (every other sample trains)\n"
      "  line 3 ('s99'): names a sample that the store does not know. correct or remove it\n"
      "  line 4 (seed '-1', fold '0'): seed and fold are whole numbers from 0. correct it\n"
      "  line 5 (seed '0', fold '1.5'): seed and fold are whole numbers from 0. correct it",
      "experiment,seed,fold,part,id\ntask,0,0,tset,s0\ntask,0,0,test,s99\ntask,-1,0,test,s1\n"
      "task,0,1.5,test,s2\n");
  expect_refused(
      "folds.csv: line 2 (seed '4294967296', fold ''): seed and fold are whole numbers from 0. "
      "correct it",
      "experiment,seed,fold,part,id\ntask,4294967296,,test,s0\n");
}

TEST_F(SplitTableTest, RefusesAFileWithoutItsColumns) {
  expect_refused(
      "folds.csv: 2 errors\n  line 1: lacks the column 'part'. add it\n"
      "  line 1: lacks the column 'id'. add it",
      "experiment,seed,fold,sample\n");
}

TEST_F(SplitTableTest, FindsColumnsWithBlanksAroundTheirNames) {
  EXPECT_THAT(errors_in(file("experiment,seed,fold,part,id", "experiment, seed,\tfold ,part, id")),
              ElementsAre());
}

TEST_F(SplitTableTest, FindsColumnsWhereverTheyStand) {
  using Fields = std::map<std::string, std::string>;
  const auto given = [](const char* seed, const char* fold, const char* part, const char* id) {
    return Fields{{"experiment", "task"}, {"seed", seed}, {"fold", fold},
                  {"part", part},         {"id", id},     {"note", "0"}};
  };
  const std::vector<Fields> rows{given("2", "1", "test", "s0"), given("2", "1", "validation", "s4"),
                                 given("1", "2", "test", "s6")};
  for (const std::vector<std::string>& columns :
       {std::vector<std::string>{"part", "id", "note", "fold", "seed", "experiment"},
        std::vector<std::string>{"note", "seed", "fold", "id", "experiment", "part"},
        std::vector<std::string>{"experiment", "fold", "seed", "note", "id", "part"}}) {
    std::string text = csv_line(columns);
    for (const Fields& row : rows) {
      std::vector<std::string> fields;
      for (const std::string& column : columns) fields.push_back(row.at(column));
      text += csv_line(fields);
    }
    const SplitTable table = SplitTable::parse(text, kName, ids_);
    const SplitTable::Parts* first = table.find("task", SeedIndex(2), FoldIndex(1));
    const SplitTable::Parts* second = table.find("task", SeedIndex(1), FoldIndex(2));
    ASSERT_TRUE(first != nullptr && second != nullptr) << text;
    EXPECT_THAT(first->test, ElementsAre(0));
    EXPECT_THAT(first->validation, ElementsAre(4));
    EXPECT_THAT(second->test, ElementsAre(6));
    EXPECT_THAT(second->validation, ElementsAre());
  }
}

TEST_F(SplitTableTest, RefusesASampleTwiceInOneSplit) {
  const std::string message =
      "folds.csv: line 14 ('s4', as in line 6): has the sample again (it can stand in one part of "
      "a split only, once). remove one of the two";
  expect_refused(message, file() + "task,0,1,test,s4\n");
  expect_refused(message, file() + "task,0,1,validation,s4\n");
}

TEST_F(SplitTableTest, NamesMissingSplitsOnce) {
  settings_.seeds = 3;
  EXPECT_THAT(
      errors_in(file()),
      ElementsAre("folds.csv: experiment 'task': has no test samples for 6 of 9 splits, the "
                  "first: seed 1, fold 0 (the job asks for 3 folds of 3 seeds). add their "
                  "lines, or lower splits.folds or splits.seeds"));
  settings_.seeds = 1;
  settings_.folds = 5;
  EXPECT_THAT(
      errors_in(file()),
      ElementsAre("folds.csv: experiment 'task': has no test samples for 2 of 5 splits, the "
                  "first: seed 0, fold 3 (the job asks for 5 folds of 1 seeds). add their "
                  "lines, or lower splits.folds or splits.seeds"));
}

TEST_F(SplitTableTest, SaysOnceThatItsExperimentsAreOthers) {
  ValidationErrors errors;
  SplitTable::parse(file() + "other,0,0,test,s0\n", kName, ids_)
      .check("Task", samples_, table_, settings_, errors);
  EXPECT_THAT(errors.lines(),
              ElementsAre("folds.csv: has no line for the experiment 'Task' (it has 'other', "
                          "'task'). correct the name here or in the job"));
  EXPECT_THAT(errors_in(kSplitTableHeader),
              ElementsAre("folds.csv: has no line for the experiment 'task' (it has no line at "
                          "all). correct the name here or in the job"));
}

TEST_F(SplitTableTest, NamesTheDividedPatientWithSamplesAndLine) {
  const std::string divided = "is divided (a patient on both sides leaks). keep each patient whole";
  EXPECT_THAT(errors_in(file("task,0,0,test,s2\n", "task,0,1,test,s2\n")),
              ElementsAre("folds.csv: experiment 'task', seed 0, fold 0: patient 'p1' ('a "
                          "\"name\", with comma' of line 5 is test, 's2' is not): " +
                              divided,
                          "folds.csv: experiment 'task', seed 0, fold 1: patient 'p1' ('s2' "
                          "of line 4 is test, 'a \"name\", with comma' is not): " +
                              divided));
  EXPECT_THAT(errors_in(file() + "task,0,0,validation,s4\n"),
              ElementsAre("folds.csv: experiment 'task', seed 0, fold 0: patient 'p2' ('s4' "
                          "of line 14 is validation, 's5' is not): " +
                          divided));
}

TEST_F(SplitTableTest, NamesSamplesOutsideOfThePool) {
  const std::string outside =
      "the sample is not in the pool of the experiment 'task'. remove the line or change 'samples'";
  EXPECT_THAT(errors_in(file() + "task,0,2,test,s12\ntask,0,2,test,s13\n"),
              ElementsAre("folds.csv: line 14 ('s12'): " + outside,
                          "folds.csv: line 15 ('s13'): " + outside));
}

TEST_F(SplitTableTest, NamesSamplesOfNoFoldAndOfSeveral) {
  const std::string part = "(the folds of a seed must part the pool). add its line";
  const std::string often = "(the folds of a seed must part the pool). leave one line";
  const std::string where = "folds.csv: experiment 'task', seed 0: ";
  EXPECT_THAT(
      errors_in(file("task,0,0,test,s0\ntask,0,0,test,s1\n", "") +
                "task,0,0,test,s4\ntask,0,0,test,s5\n"),
      ElementsAre(
          where + "'s0' of patient 'p0': is held out in no fold " + part,
          where + "'s1' of patient 'p0': is held out in no fold " + part,
          where + "'s4' of patient 'p2' in lines 12 and 4: is held out in several folds " + often,
          where + "'s5' of patient 'p2' in lines 13 and 5: is held out in several folds " + often));
}

/// In each split of three seeds, one after another, the line of its first sample is missing.
TEST_F(SplitTableTest, TellsInWhichSplitSomethingIsWrong) {
  settings_.seeds = 3;
  const auto file_without = [&](std::uint32_t lost_seed, std::uint32_t lost_fold) {
    std::string text = kSplitTableHeader;
    for (std::uint32_t seed = 0; seed < 3; ++seed)
      for (std::uint32_t fold = 0; fold < 3; ++fold) {
        Split split;
        for (std::uint32_t i = 0; i < 4; ++i)
          if (i > 0 || seed != lost_seed || fold != lost_fold) split.test.push_back(4 * fold + i);
        text += split_lines("task", SeedIndex(seed), FoldIndex(fold), split, ids_);
      }
    return text;
  };
  EXPECT_THAT(errors_in(file_without(3, 3)), ElementsAre());
  for (std::uint32_t seed = 0; seed < 3; ++seed)
    for (std::uint32_t fold = 0; fold < 3; ++fold) {
      const std::string in_seed = "folds.csv: experiment 'task', seed " + std::to_string(seed);
      const std::string patient = "patient 'p" + std::to_string(2 * fold) + "'";
      const std::string lost = "'s" + std::to_string(4 * fold) + "'";
      EXPECT_THAT(
          errors_in(file_without(seed, fold)),
          ElementsAre(
              StartsWith(in_seed + ", fold " + std::to_string(fold) + ": " + patient + " ('s" +
                         std::to_string(4 * fold + 1) + "' of line "),
              StartsWith(in_seed + ": " + lost + " of " + patient + ": is held out in no fold ")));
    }
}

TEST_F(SplitTableTest, OfAHoldOutIsFoldZeroOfEverySeed) {
  settings_.scheme = SplitScheme::hold_out;
  EXPECT_THAT(errors_in(file()), ElementsAre()) << "what fold 0 does not hold out trains";
  settings_.seeds = 3;
  EXPECT_THAT(errors_in(file()),
              ElementsAre("folds.csv: experiment 'task': has no test samples for 2 of 3 seeds, the "
                          "first: seed 1, fold 0 (a hold-out is fold 0 of each). add their lines, "
                          "or lower splits.seeds"));
}

TEST_F(SplitTableTest, CountsWhatIsTooMuchToList) {
  std::string text = kSplitTableHeader;
  for (std::uint32_t i = 0; i < 12; i += 2) text += "task,0,0,test," + ids_[i] + "\n";
  settings_.folds = 1;
  EXPECT_THAT(
      errors_in(text),
      ElementsAre(::testing::AllOf(
                      StartsWith("folds.csv: experiment 'task', seed 0, fold 0: patient 'p0' ('s0' "
                                 "of line 2 is test, 's1' is not), patient 'p1' "),
                      HasSubstr(" and 3 more: is divided (")),
                  StartsWith("folds.csv: experiment 'task', seed 0: 's1' of patient 'p0', ")));
  const std::string unknown = "task,0,0,test,x\n";
  expect_refused(
      "folds.csv: line 2 ('x'), line 3 ('x'), line 4 ('x') and 1 more: names a sample that the "
      "store does not know. correct or remove it",
      kSplitTableHeader + unknown + unknown + unknown + unknown);
}

TEST_F(SplitTableTest, RefusesASplitThatLeavesNothingToTrainOn) {
  std::string text = file();
  for (int i = 4; i < 12; ++i) text += "task,0,0,validation,s" + std::to_string(i) + "\n";
  EXPECT_THAT(errors_in(text),
              ElementsAre("folds.csv: experiment 'task', seed 0, fold 0: leaves nothing to train "
                          "on. make its parts smaller"));
}

TEST_F(SplitTableTest, LeavesOtherExperimentsAndFurtherSeedsAlone) {
  EXPECT_THAT(errors_in(file() + "other,0,0,test,s0\ntask,1,0,test,s0\n"), ElementsAre());
}

}  // namespace
}  // namespace crossfold
