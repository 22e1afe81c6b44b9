#include "crossfold/plan/plan_warnings.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "crossfold/samples/split_table.h"

#include "plan/small_study.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The small study's first experiment, with one network, on two folds of a seed.
class PlanWarnings : public ::testing::Test {
 protected:
  PlanWarnings() {
    job_.experiments.resize(1);
    job_.experiments[0].name = "task";
    job_.experiments[0].evaluate_oos = false;
    job_.experiments[0].candidates = {
        testing::small_candidate("baseline", CandidateKind::baseline)};
    job_.splits.folds = 2;
    job_.splits.seeds = 1;
    job_.splits.validation = 0;
  }
  [[nodiscard]] std::vector<std::string> warnings(const std::string& splits = "") const {
    const PlanBasis basis =
        make_basis(job_, testing::small_samples(), testing::small_embeddings(), splits);
    const std::vector<std::string> all = plan_warnings(job_, basis);
    EXPECT_EQ(std::vector(all.begin(), all.begin() + static_cast<long>(basis.warnings.size())),
              basis.warnings);
    return {all.begin() + static_cast<long>(basis.warnings.size()), all.end()};
  }
  /// Both folds, of which the first ones have validation samples of whole patients.
  static std::string lines_with_validation(const std::string& experiment, int seed, int folds) {
    const std::string start = experiment + "," + std::to_string(seed) + ",";
    std::string text;
    for (int row = 0; row < 30; ++row) {
      const std::string id = "image" + std::to_string(row);
      const int fold = row < 15 ? 0 : 1;
      text += start + std::to_string(fold) + ",test," + id + "\n";
      const int other = 1 - fold;
      if (other < folds && row % 15 < 3)
        text += start + std::to_string(other) + ",validation," + id + "\n";
    }
    return text;
  }
  std::string splits_with_validation(int folds) {
    job_.splits.file = "folds.csv";
    return kSplitTableHeader + lines_with_validation("task", 0, folds);
  }

  Job job_ = testing::small_job();
};

TEST_F(PlanWarnings, TellThatNothingEndsTrainingWithoutValidation) {
  EXPECT_THAT(
      warnings(),
      ElementsAre("experiment 'task': its splits have no validation samples (splits.validation is "
                  "0), so that training has no plateau rule there: the learning rate stays and all "
                  "epochs are trained. set splits.validation, or give the samples in a split file, "
                  "if this is not meant"));
  training_of(job_.experiments[0].candidates[0]).model = ScoredModel::best;
  EXPECT_THAT(
      warnings(),
      ElementsAre(HasSubstr("are trained, and \"model\": \"best\" scores the last model. set")));
  job_.splits.validation = 0.1;
  EXPECT_THAT(warnings(), ElementsAre());
}

TEST_F(PlanWarnings, LookIntoTheSplitFile) {
  const std::string start = "experiment 'task': ";
  EXPECT_THAT(warnings(splits_with_validation(0)),
              ElementsAre(StartsWith(start + "its splits have no validation samples "
                                             "(splits.validation is 0, and the split file gives "
                                             "none), ")));
  EXPECT_THAT(warnings(splits_with_validation(1)),
              ElementsAre(StartsWith(start + "1 of 2 splits have no validation samples ")));
  EXPECT_THAT(warnings(splits_with_validation(2)), ElementsAre());
  const std::string none = splits_with_validation(0);
  job_.splits.validation = 0.1;  // set aside where the file gives none
  EXPECT_THAT(warnings(none), ElementsAre());
}

TEST_F(PlanWarnings, CountTheLinesOfEachExperimentInEverySeed) {
  job_.splits.file = "folds.csv";
  job_.splits.seeds = 2;
  job_.experiments.push_back(job_.experiments[0]);
  job_.experiments[1].name = "again";
  const auto told = [&](const std::array<int, 2>& task, const std::array<int, 2>& again) {
    std::string text = kSplitTableHeader;
    for (const int seed : {0, 1}) {
      const auto at = static_cast<std::size_t>(seed);
      text += lines_with_validation("task", seed, task.at(at));
      text += lines_with_validation("again", seed, again.at(at));
    }
    return warnings(text);
  };
  const std::string no = " have no validation samples ";
  EXPECT_THAT(told({2, 2}, {2, 2}), ElementsAre());
  EXPECT_THAT(told({2, 2}, {2, 0}),
              ElementsAre(StartsWith("experiment 'again': 2 of 4 splits" + no)));
  EXPECT_THAT(told({0, 1}, {2, 2}),
              ElementsAre(StartsWith("experiment 'task': 3 of 4 splits" + no)));
  EXPECT_THAT(told({2, 1}, {0, 0}), ElementsAre(StartsWith("experiment 'task': 1 of 4 splits" + no),
                                                StartsWith("experiment 'again': its splits" + no)));
  EXPECT_THAT(told({0, 0}, {1, 2}),
              ElementsAre(StartsWith("experiment 'task': its splits" + no),
                          StartsWith("experiment 'again': 1 of 4 splits" + no)));
}

TEST_F(PlanWarnings, AreNoneForRegressions) {
  job_.experiments[0].candidates = {testing::small_candidate("linear", CandidateKind::linear)};
  EXPECT_THAT(warnings(), ElementsAre());
}

TEST(LongPlanning, IsToldOfMillionsOfSplits) {
  SplitSettings splits;
  splits.folds = 10;
  splits.seeds = 5;
  EXPECT_EQ(long_planning(splits, 16'000), std::nullopt);
  splits.seeds = 1'000'000;
  EXPECT_EQ(long_planning(splits, 100),
            "planning: 10000000 splits of 100 samples are drawn, which may take minutes");
  splits.folds = 11;
  EXPECT_EQ(long_planning(splits, 100), std::nullopt) << "it is refused at once";
  splits.scheme = SplitScheme::hold_out;
  EXPECT_EQ(long_planning(splits, 100), std::nullopt) << "a seed has one split, whatever `folds`";
  EXPECT_EQ(long_planning(splits, 101),
            "planning: 1000000 splits of 101 samples are drawn, which may take minutes");
}

}  // namespace
}  // namespace crossfold
