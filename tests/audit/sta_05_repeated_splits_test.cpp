// STA-05: which repetitions are told of, and which are warned of.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/core/files.h"
#include "crossfold/samples/split_table.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"
#include "made_splits.h"

namespace crossfold::audit {
namespace {

using test::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kFolds = 3;
constexpr std::size_t kSeeds = 20;
constexpr double kSplits = kFolds * kSeeds;

/// The fold that holds a patient out.
using Dealing = std::function<std::size_t(const std::string& patient, std::size_t seed)>;

std::size_t dealt_anew(const std::string& patient, std::size_t seed) {
  return fold_of_patient(patient, seed, kFolds);
}

/// As dealt_anew, but the first fold of each of `seeds` seeds is that of another.
Dealing one_fold_again(std::size_t seeds) {
  return [seeds](const std::string& patient, std::size_t seed) {
    if (seed % 2 == 0 || seed / 2 >= seeds) return dealt_anew(patient, seed);
    const bool is_out = dealt_anew(patient, seed - 1) == 0;
    return is_out ? 0 : 1 + fold_of_patient(patient, 1000 + seed, kFolds - 1);
  };
}

/// As dealt_anew, but a seed has the folds of another, numbered otherwise.
Dealing seed_again(std::size_t seed, std::size_t of) {
  return [seed, of](const std::string& patient, std::size_t asked) {
    return asked == seed ? (dealt_anew(patient, of) + 1) % kFolds : dealt_anew(patient, asked);
  };
}

class RepeatedSplitsRule : public ::testing::Test {
 protected:
  [[nodiscard]] MadeStudy linear_study(std::size_t seeds) const {
    MadeStudy study = maker_.clean_study();
    study.job["experiments"][0]["candidates"] = {{{"kind", "linear"}}};
    study.job["experiments"][0].erase("probe");
    study.job["splits"] = {{"folds", kFolds}, {"seeds", seeds}};
    study.job["output"] = {{"predictions", false}};
    study.job.erase("training");
    return study;
  }
  Finding finding_of(const MadeStudy& study) {
    const RunEvidence evidence({.run = maker_.train(study)});
    return audit_run(evidence, {.rules = {"STA-05"}}).results.front().finding;
  }
  Finding finding_of(const Dealing& dealing) {
    MadeStudy study = linear_study(kSeeds);
    give_splits(maker_, study, [&](std::size_t row, std::size_t seed) {
      return dealing(study.samples.group[row], seed);
    });
    return finding_of(study);
  }

  ScratchFolder scratch_;
  CaseMaker maker_{scratch_.path()};
};

TEST_F(RepeatedSplitsRule, HasNoObjectionToSplitsThatDiffer) {
  const Finding finding = finding_of(dealt_anew);
  EXPECT_EQ(finding.verdict, Verdict::pass);
  EXPECT_EQ(finding.value, 0);
  EXPECT_THAT(finding.text, HasSubstr("60 of 60 splits are distinct"));
}

/// Three of sixty splits are no tenth, but no dealing meets another by chance.
TEST_F(RepeatedSplitsRule, WarnsOfASeedWithTheSplitsOfAnotherWhateverTheShare) {
  for (const auto& [seed, of] : {std::pair(1U, 0U), std::pair(12U, 7U), std::pair(19U, 18U)}) {
    const Finding finding = finding_of(seed_again(seed, of));
    EXPECT_EQ(finding.verdict, Verdict::warn);
    EXPECT_DOUBLE_EQ(finding.value.value(), kFolds / kSplits);
    EXPECT_LT(finding.value.value(), finding.threshold.value());
    EXPECT_THAT(finding.evidence,
                ElementsAre(fmt::format("task: the same splits in seeds {} and {}", of, seed)));
  }
}

TEST_F(RepeatedSplitsRule, TellsOfSingleSplitsAndWarnsFromATenthOn) {
  for (const std::size_t repeated : {1, 6, 7}) {
    SCOPED_TRACE(repeated);
    const Finding finding = finding_of(one_fold_again(repeated));
    EXPECT_EQ(finding.verdict, repeated == 7 ? Verdict::warn : Verdict::note);
    EXPECT_DOUBLE_EQ(finding.value.value(), static_cast<double>(repeated) / kSplits);
    EXPECT_THAT(finding.text,
                HasSubstr(fmt::format("{} of 60 splits are distinct", 60 - repeated)));
    EXPECT_THAT(finding.evidence, IsEmpty()) << "no two seeds are the same";
  }
}

/// Given to one experiment of two, whichever it is.
TEST_F(RepeatedSplitsRule, LooksAtEveryExperiment) {
  constexpr std::size_t kFew = 3;
  for (const std::string repeating : {"one", "two"}) {
    MadeStudy study = linear_study(kFew);
    nlohmann::json& experiments = study.job["experiments"];
    experiments.push_back(experiments[0]);
    experiments[0]["name"] = "one";
    experiments[1]["name"] = "two";
    std::string csv = kSplitTableHeader;
    for (const std::string name : {"one", "two"})
      for (std::size_t seed = 0; seed < kFew; ++seed)
        for (std::size_t row = 0; row < study.samples.size(); ++row) {
          if (study.samples.role.codes[row] != static_cast<std::int32_t>(Role::in)) continue;
          const Dealing dealing = name == repeating ? seed_again(2, 0) : Dealing(dealt_anew);
          csv += fmt::format("{},{},{},test,{}\n", name, seed,
                             dealing(study.samples.group[row], seed), study.samples.id[row]);
        }
    const auto file = maker_.fresh("splits.csv");
    write_file_whole(file, csv);
    study.job["splits"]["file"] = file.filename().string();
    const Finding finding = finding_of(study);
    EXPECT_EQ(finding.verdict, Verdict::warn);
    EXPECT_THAT(finding.evidence, ElementsAre(repeating + ": the same splits in seeds 0 and 2"));
  }
}

}  // namespace
}  // namespace crossfold::audit
