// What the splits do to the scores, as a plan's warnings and errors tell it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job_json.h"
#include "crossfold/plan/plan.h"
#include "crossfold/plan/trainable.h"

#include "plan/schemes_study.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Patients with `images` samples each, of one class and domain.
struct Patients {
  std::size_t patients = 0;
  std::string class_label;
  std::string domain = "here";
  std::string role = "in";
  std::size_t images = 2;
};

SampleTable samples_of(const std::vector<Patients>& list) {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  std::size_t patient = 0;
  for (const Patients& some : list)
    for (std::size_t p = 0; p < some.patients; ++p, ++patient)
      for (std::size_t image = 0; image < some.images; ++image) {
        samples.id.push_back("image" + std::to_string(samples.size()));
        samples.group.push_back("patient" + std::to_string(patient));
        samples.class_label.append(some.class_label);
        samples.domain.append(some.domain);
        samples.role.append(some.role);
      }
  return samples;
}

json job_of(const std::string& kind) {
  return {{"name", "study"},
          {"store", "s.h5"},
          {"embeddings", "texture/raw"},
          {"splits", {{"folds", 5}, {"seeds", 2}}},
          {"experiments", {{{"name", "e"}, {"candidates", {{{"kind", kind}}}}}}}};
}

Plan plan_of(const json& job, const SampleTable& samples, const std::string& csv = "") {
  const EmbeddingInfo embedding{.name = "texture/raw",
                                .rows = samples.size(),
                                .dim = 4,
                                .extractor = "texture",
                                .extractor_hash = "",
                                .preprocessing = "raw",
                                .content = sha256("values")};
  return make_plan(parse_job(job.dump(), "job.json"), samples, {embedding}, csv);
}

std::vector<std::string> warnings_of(const json& job, const SampleTable& samples,
                                     const std::string& csv = "") {
  return plan_of(job, samples, csv).basis.warnings;
}

std::vector<std::string> errors_of(const json& job, const SampleTable& samples,
                                   const std::string& csv = "") {
  ValidationErrors errors;
  check_trainable(parse_job(job.dump(), "job.json"), plan_of(job, samples, csv), errors);
  return errors.lines();
}

/// The first warning that has `part`; empty where none has.
std::string warning_with(const std::vector<std::string>& warnings, const std::string& part) {
  for (const std::string& warning : warnings)
    if (warning.find(part) != std::string::npos) return warning;
  return "";
}

/// The place of the first of the job's own splits for which it is so, and how many there are.
template <class IsSo>
std::pair<std::string, std::size_t> counted_by_hand(const json& job, const Plan& plan,
                                                    const IsSo& is_so) {
  const Job parsed = parse_job(job.dump(), "job.json");
  std::pair<std::string, std::size_t> found;
  for (const Fit& fit : plan.fits)
    if (is_so(split_of(parsed, plan, fit)) && found.second++ == 0)
      found.first = split_text(plan, fit);
  return found;
}

bool has(const SampleTable& samples, const std::vector<std::uint32_t>& rows,
         const std::string& class_label) {
  for (const std::uint32_t row : rows)
    if (*samples.class_label.name_of(row) == class_label) return true;
  return false;
}

TEST(SplitWarnings, AreNoneWhereEveryPartHasEverything) {
  json job = job_of("disentangled");
  job["experiments"][0]["probe"] = "domain";
  job["experiments"][0]["evaluate"] = {"in", "oos"};
  const SampleTable samples = samples_of({{12, "a"},
                                          {12, "b", "there"},
                                          {12, "a", "there"},
                                          {12, "b"},
                                          {3, "a", "far", "oos"},
                                          {3, "b", "far", "oos"}});
  EXPECT_THAT(warnings_of(job, samples), IsEmpty());
  EXPECT_THAT(errors_of(job, samples), IsEmpty());
}

TEST(SplitWarnings, AClassThatIsScoredAndWasNeverTrainedOnIsNamed) {
  const json job = job_of("baseline");
  const SampleTable samples = samples_of({{9, "a"}, {9, "b"}, {1, "c"}});
  const Plan plan = plan_of(job, samples);
  const auto [first, count] =
      counted_by_hand(job, plan, [&](const Split& split) { return has(samples, split.test, "c"); });
  ASSERT_EQ(count, 2U) << "one patient is tested once a seed";
  EXPECT_THAT(
      plan.basis.warnings,
      ElementsAre(
          "experiment 'e': the training part lacks a class that is scored in 2 of 10 "
          "splits: 'c' (1 group) in 2, first " +
              first +
              " (the model never saw it, and the scores of that class enter the means all "
              "the same). leave it out by 'samples' or choose another target",
          AllOf(HasSubstr("the test part lacks a class in 8 of 10 splits: 'c' (1 group) in "
                          "8, first seed 0, fold "),
                HasSubstr("its AUC and recall are undefined there, and enter no mean). "))));
  EXPECT_THAT(errors_of(job, samples), IsEmpty());
}

TEST(SplitWarnings, CountWhatTheSplitsSayWhateverTheSamples) {
  for (std::size_t rare = 1; rare < 5; ++rare)
    for (const char* const kind : {"linear", "baseline"}) {
      json job = job_of(kind);
      job["experiments"][0]["stratify"] = "domain";
      job["seed"] = rare;
      const SampleTable samples =
          samples_of({{8, "a"}, {5, "b", "there"}, {rare, "c", "there"}, {5, "a", "there"}});
      const Plan plan = plan_of(job, samples);
      const auto unseen = counted_by_hand(job, plan, [&](const Split& split) {
        return has(samples, split.test, "c") && !has(samples, split.train, "c");
      });
      const auto untested = counted_by_hand(
          job, plan, [&](const Split& split) { return !has(samples, split.test, "c"); });
      const std::string groups = rare == 1 ? "1 group" : std::to_string(rare) + " groups";
      const auto expected = [&](const std::pair<std::string, std::size_t>& found) {
        return "'c' (" + groups + ") in " + std::to_string(found.second) + ", first " + found.first;
      };
      const std::string of_training = warning_with(plan.basis.warnings, "the training part lacks");
      if (unseen.second == 0)
        EXPECT_THAT(of_training, IsEmpty());
      else
        EXPECT_THAT(of_training, HasSubstr(expected(unseen)));
      EXPECT_THAT(warning_with(plan.basis.warnings, "the test part lacks"),
                  HasSubstr(expected(untested)));
    }
}

TEST(SplitWarnings, AClassThatOnlyTheValidationSamplesHaveIsOneThatWasNotTrainedOn) {
  json job = job_of("baseline");
  job["splits"] = {{"folds", 2}, {"seeds", 6}, {"validation", 0.4}};
  job["experiments"][0]["stratify"] = "domain";
  const SampleTable samples = samples_of({{8, "a"}, {8, "b", "there"}, {2, "c"}});
  const Plan of_networks = plan_of(job, samples);
  const auto is_unseen = [&](const Split& split) {
    return has(samples, split.test, "c") && !has(samples, split.train, "c");
  };
  const auto unseen = counted_by_hand(job, of_networks, is_unseen);
  const auto of_validation = counted_by_hand(job, of_networks, [&](const Split& split) {
    return is_unseen(split) && has(samples, split.validation, "c");
  });
  ASSERT_GT(of_validation.second, 0U);
  // Beside a linear model, which has no validation samples, the network's splits are told of.
  job["experiments"][0]["candidates"].push_back({{"kind", "linear"}});
  const std::string warning = warning_with(warnings_of(job, samples), "the training part lacks");
  EXPECT_THAT(warning, HasSubstr("in " + std::to_string(unseen.second) + " of 12 splits"));
  EXPECT_THAT(warning, HasSubstr("lower splits.validation"));
}

TEST(SplitWarnings, AClassThatIsScoredOutOfSampleAlone) {
  json job = job_of("baseline");
  job["splits"] = {{"leave-one-out", "domain"}, {"seeds", 1}};
  job["experiments"][0]["evaluate"] = {"in", "oos"};
  const SampleTable samples = samples_of({{6, "a"},
                                          {6, "b"},
                                          {6, "a", "there"},
                                          {6, "b", "there"},
                                          {6, "c", "there"},
                                          {3, "c", "far", "oos"}});
  EXPECT_THAT(warnings_of(job, samples),
              ElementsAre(HasSubstr("the training part lacks a class that is scored in 1 of 2 "
                                    "splits: 'c' (6 groups) in 1, first seed 0, there left out")));
  job["experiments"][0]["evaluate"] = "in";
  EXPECT_THAT(warnings_of(job, samples), IsEmpty()) << "turns lack classes by design";
}

TEST(SplitWarnings, AProbeThatIsScoredOnADomainItWasNeverFittedOn) {
  json job = job_of("linear");
  job["experiments"][0]["probe"] = "domain";
  job["experiments"][0]["stratify"] = "domain";
  const SampleTable samples = samples_of(
      {{10, "a"}, {10, "b"}, {10, "a", "there"}, {10, "b", "there"}, {1, "a", "clinic"}});
  const std::vector<std::string> warnings = warnings_of(job, samples);
  EXPECT_THAT(warnings, SizeIs(2));
  EXPECT_THAT(warnings[0],
              AllOf(HasSubstr("the probe of 'domain' is fitted without a level that it is scored "
                              "on in 2 of 10 splits: 'clinic' (1 group) in 2, first seed 0, fold "),
                    HasSubstr("leave it out by 'samples' or probe something else")));
  EXPECT_THAT(warnings[1], HasSubstr("the test part lacks a level of the probed 'domain' in 8 of "
                                     "10 splits: 'clinic' (1 group) in 8"));
}

TEST(SplitWarnings, RareLevelsOfAProbedAttributeAreNotTold) {
  json job = job_of("linear");
  job["experiments"][0]["probe"] = "view";
  SampleTable samples = samples_of({{10, "a"}, {10, "b"}});
  CodedColumn view;
  for (std::size_t i = 0; i < samples.size(); ++i)
    view.append(i < 2 ? "lateral" : i % 4 == 0 ? "AP" : "PA");
  samples.attributes = {{.name = "view", .values = view}};
  EXPECT_THAT(warnings_of(job, samples), IsEmpty());
}

/// What helps hangs on how samples are divided, on how many patients a level has, and on how many
/// levels are left without it.
TEST(SplitWarnings, AdviseWhatHelpsThere) {
  json job = job_of("baseline");
  job["splits"]["validation"] = 0;
  const auto expect_advice = [&](const std::vector<Patients>& patients, const std::string& advice) {
    EXPECT_THAT(warning_with(warnings_of(job, samples_of(patients)), "the test part lacks"),
                HasSubstr("). " + advice + " or choose another target"));
  };
  expect_advice({{9, "a"}, {9, "b"}, {1, "c"}}, "leave it out by 'samples'");
  expect_advice({{9, "a"}, {9, "b"}, {2, "c"}}, "use fewer folds, leave it out by 'samples'");
  expect_advice({{9, "a"}, {9, "b"}, {2, "c"}, {2, "d"}},
                "use fewer folds, leave them out by 'samples'");
  expect_advice({{9, "a"}, {2, "c"}}, "use fewer folds, widen 'samples'");
  job["splits"]["validation"] = 0.4;  // of what is trained on: no sample more is tested without it
  expect_advice({{9, "a"}, {9, "b"}, {2, "c"}}, "use fewer folds, leave it out by 'samples'");
  // The tenth that is held out has no patient of c, be they one or two.
  job["splits"] = {{"scheme", "hold-out"}, {"test", 0.1}, {"seeds", 2}, {"validation", 0}};
  expect_advice({{9, "a"}, {9, "b"}, {1, "c"}}, "leave it out by 'samples'");
  expect_advice({{9, "a"}, {9, "b"}, {2, "c"}}, "change splits.test, leave it out by 'samples'");
}

/// What one more patient allows for one of the levels that are lacking.
TEST(SplitWarnings, AdviseOtherFoldsWhereAnyLevelHasSeveralPatients) {
  json job = job_of("baseline");
  job["splits"]["validation"] = 0;
  const auto warning = [&](std::size_t c, std::size_t d) {
    return warning_with(warnings_of(job, samples_of({{9, "a"}, {9, "b"}, {c, "c"}, {d, "d"}})),
                        "the test part lacks");
  };
  const std::string leave_out = "leave them out by 'samples' or choose another target";
  EXPECT_THAT(warning(1, 1), HasSubstr("). " + leave_out));
  EXPECT_THAT(warning(1, 2), HasSubstr("). use fewer folds, " + leave_out));
  EXPECT_THAT(warning(2, 1), HasSubstr("). use fewer folds, " + leave_out));
}

/// Three sources, and two patients of all with the third class.
SampleTable samples_of_two_with_covid19() {
  SampleTable samples = testing::samples_of_three_sources();
  for (std::size_t row = 0; row < samples.size(); ++row)
    if (samples.class_label.codes[row] == 2 && row > 6) samples.class_label.codes[row] = 0;
  return samples;
}

TEST(SplitWarnings, AdviseFewerInnerFoldsForInnerSplits) {
  const Plan plan = make_plan(testing::with_all_schemes(), samples_of_two_with_covid19(),
                              testing::small_embeddings());
  EXPECT_THAT(warning_with(plan.basis.warnings, " inner splits: 'covid19'"),
              HasSubstr("). use fewer inner folds, "));
}

TEST(SplitWarnings, InnerSplitsAreCountedApart) {
  const Job job = testing::with_all_schemes();
  const SampleTable samples = samples_of_two_with_covid19();
  const Plan plan = make_plan(job, samples, testing::small_embeddings());
  std::map<SplitScheme, std::set<std::string>> all;
  std::map<SplitScheme, std::set<std::string>> unseen;
  for (const Fit& fit : plan.fits) {
    const Split split = split_of(job, plan, fit);
    all[fit.scheme].insert(split_text(plan, fit));
    if (has(samples, split.test, "covid19") && !has(samples, split.train, "covid19"))
      unseen[fit.scheme].insert(split_text(plan, fit));
  }
  ASSERT_FALSE(unseen[SplitScheme::nested].empty());
  EXPECT_THAT(warning_with(plan.basis.warnings, " inner splits: 'covid19'"),
              HasSubstr("the training part lacks a class that is scored in " +
                        std::to_string(unseen[SplitScheme::nested].size()) + " of " +
                        std::to_string(all[SplitScheme::nested].size()) + " inner splits"));
  const std::string of_folds = warning_with(plan.basis.warnings, " of 6 splits: 'covid19'");
  EXPECT_EQ(of_folds.find("the training part lacks") != std::string::npos,
            !unseen[SplitScheme::k_fold].empty());
}

TEST(SplitWarnings, ALinearModelThatIsLeftWithOneClassIsCertainToFail) {
  json job = job_of("linear");
  const SampleTable samples = samples_of({{9, "a"}, {1, "b"}});
  const Plan plan = plan_of(job, samples);
  const auto [first, count] = counted_by_hand(
      job, plan, [&](const Split& split) { return !has(samples, split.train, "b"); });
  ASSERT_EQ(count, 2U);
  EXPECT_THAT(
      plan.basis.warnings,
      ElementsAre("experiment 'e': fits of 'linear' are certain to fail on 2 of 10 splits, first " +
                      first +
                      " (the training part has one class alone: there is nothing to tell apart). "
                      "widen 'samples' or choose another target",
                  HasSubstr("the test part lacks a class in 8 of 10 splits: 'b' (1 group) in 8, "
                            "first seed 0, fold ")))
      << "what fails is scored on nothing";
  EXPECT_THAT(plan.basis.warnings[1],
              HasSubstr("8 of these splits test one class alone and have no AUC at all). widen "
                        "'samples' or choose another target"))
      << "of two classes none can be left out";
  EXPECT_THAT(errors_of(job, samples), IsEmpty());
  // A network does not fail.
  job["experiments"][0]["candidates"][0]["kind"] = "baseline";
  EXPECT_THAT(warnings_of(job, samples)[0],
              HasSubstr("the training part lacks a class that is scored in 2 of 10 splits"));
  // Both kinds: of each what is true of it.
  job["experiments"][0]["candidates"].push_back({{"kind", "linear"}});
  EXPECT_THAT(warnings_of(job, samples),
              ElementsAre(HasSubstr("the training part lacks a class"),
                          HasSubstr("the test part lacks a class"),
                          HasSubstr("fits of 'linear' are certain to fail on 2 of 10 splits")));
}

TEST(SplitWarnings, AProbeOrAnAdversaryThatIsLeftWithOneLevelIsCertainToFail) {
  json job = job_of("disentangled");
  json& experiment = job["experiments"][0];
  experiment["candidates"].push_back({{"kind", "baseline"}});
  const SampleTable samples = samples_of({{10, "a"}, {10, "b"}, {1, "a", "there"}});
  EXPECT_THAT(warnings_of(job, samples)[0],
              AllOf(HasSubstr("fits of 'disentangled' are certain to fail on "),
                    HasSubstr("the training part has one level of 'domain' alone")));
  experiment["probe"] = "domain";
  EXPECT_THAT(
      warning_with(warnings_of(job, samples), "the probe of 'domain'"),
      AllOf(HasSubstr("fits of 'disentangled', 'baseline' are certain to fail on 2 of 10 splits"),
            HasSubstr("the probe of 'domain' is fitted on one level alone")));
}

/// One patient alone is of another domain, and another one of another sex.
TEST(SplitWarnings, EachAdversaryIsToldOfWithItsOwnCandidatesAndSplits) {
  SampleTable samples = samples_of({{10, "a"}, {10, "b"}, {1, "a", "there"}});
  CodedColumn sex;
  for (std::size_t row = 0; row < samples.size(); ++row) sex.append(row < 2 ? "F" : "M");
  samples.attributes = {{.name = "sex", .values = sex}};
  json job = job_of("baseline");
  job["experiments"][0]["candidates"] = json::parse(R"([
    {"kind": "disentangled", "name": "of sex", "adversary": "sex"}, {"kind": "baseline"},
    {"kind": "disentangled", "name": "of both", "adversary": ["sex", "domain"]},
    {"kind": "disentangled", "name": "of domain"}])");
  constexpr std::size_t kCandidates = 4;
  bool have_differed = false;
  for (int seed = 0; seed < 5; ++seed) {
    job["seed"] = seed;
    const Plan plan = plan_of(job, samples);
    const auto failures = [&](const CodedColumn& column) {
      const auto found = counted_by_hand(job, plan, [&](const Split& split) {
        return std::all_of(split.train.begin(), split.train.end(), [&](std::uint32_t row) {
          return column.codes[row] == column.codes[split.train.front()];
        });
      });
      return " are certain to fail on " + std::to_string(found.second / kCandidates) +
             " of 10 splits, first " + found.first;
    };
    const std::string of_sex = failures(sex);
    const std::string of_domain = failures(samples.domain);
    EXPECT_THAT(warning_with(plan.basis.warnings, "one level of 'sex' alone"),
                HasSubstr("fits of 'of sex', 'of both'" + of_sex + " ("));
    EXPECT_THAT(warning_with(plan.basis.warnings, "one level of 'domain' alone"),
                HasSubstr("fits of 'of both', 'of domain'" + of_domain + " ("));
    have_differed = have_differed || of_sex != of_domain;
  }
  EXPECT_TRUE(have_differed) << "or nothing is seen";
}

TEST(CheckTrainable, RefusesWhatIsCertainToFailOnEverySplit) {
  json job = job_of("linear");
  job["splits"] = {{"folds", 2}, {"seeds", 3}};
  const SampleTable samples = samples_of({{1, "a", "here", "in", 20}, {1, "b", "here", "in", 20}});
  EXPECT_THAT(errors_of(job, samples),
              ElementsAre("/experiments/0: has fits of 'linear' from which nothing can come (on "
                          "every split the training part has one class alone: there is nothing to "
                          "tell apart). widen 'samples' or choose another target"));
  // A network would train, on nothing.
  job["experiments"][0]["candidates"][0]["kind"] = "baseline";
  EXPECT_THAT(errors_of(job, samples),
              ElementsAre(HasSubstr("has fits of 'baseline' from which nothing can come")));
}

TEST(CheckTrainable, RefusesAnAdversaryThatASplitFileLeavesWithOneDomain) {
  json job = job_of("disentangled");
  job["splits"] = {{"folds", 2}, {"seeds", 1}, {"file", "f.csv"}, {"validation", 0}};
  const SampleTable samples =
      samples_of({{4, "a"}, {4, "b"}, {4, "a", "there"}, {4, "b", "there"}});
  std::string csv = "experiment,seed,fold,part,id\n";
  for (std::size_t row = 0; row < samples.size(); ++row)  // every other sample trains
    csv += "e,0," + std::to_string(samples.domain.codes[row]) + ",test," + samples.id[row] + "\n";
  EXPECT_THAT(errors_of(job, samples, csv),
              ElementsAre("/experiments/0: has fits of 'disentangled' from which nothing can come "
                          "(on every split the training part has one level of 'domain' alone: "
                          "there is nothing to tell apart). change the split file, widen 'samples' "
                          "or choose another adversary"));
}

TEST(SplitWarnings, SeedsThatDealTheSameFoldsAreNamed) {
  json job = job_of("linear");
  job["splits"] = {{"folds", 3}, {"seeds", 5}};
  const std::vector<Patients> three(3, {1, "a"});
  SampleTable samples = samples_of(three);
  for (std::size_t row = 0; row < samples.size(); row += 2) samples.class_label.codes[row] = 1;
  samples.class_label.levels = {"a", "b"};
  EXPECT_THAT(warnings_of(job, samples),
              ElementsAre("experiment 'e': 3 of 15 splits are distinct: seeds 0, 1, 2, 3 and 4 "
                          "deal the same folds (3 groups can be dealt in few ways, and intervals "
                          "and tests that count a split more than once come out too narrow). use "
                          "fewer seeds or fewer folds"));
  job["splits"]["seeds"] = 1;
  EXPECT_THAT(warnings_of(job, samples), IsEmpty());
}

TEST(SplitWarnings, RepeatedSplitsAreCountedAsTheTestPartsAre) {
  for (const std::size_t patients : {4, 5, 6, 8, 40}) {
    json job = job_of("baseline");
    job["splits"] = {{"folds", 4}, {"seeds", 4}};
    SampleTable samples = samples_of({{patients, "a"}});
    for (std::size_t row = 0; row < samples.size(); row += 2) samples.class_label.codes[row] = 1;
    samples.class_label.levels = {"a", "b"};
    const Plan plan = plan_of(job, samples);
    std::set<std::vector<std::uint32_t>> tests;
    for (const Fit& fit : plan.fits)
      tests.insert(split_of(parse_job(job.dump(), "job.json"), plan, fit).test);
    const std::string warning = warning_with(plan.basis.warnings, "are distinct");
    if (tests.size() > 14)  // a chance meeting
      EXPECT_THAT(warning, IsEmpty()) << patients;
    else
      EXPECT_THAT(warning, HasSubstr(std::to_string(tests.size()) + " of 16 splits are distinct"))
          << patients;
  }
}

TEST(SplitWarnings, TurnsAreTheSameForEverySeedByDesign) {
  json job = job_of("linear");
  job["splits"] = {{"leave-one-out", "domain"}, {"seeds", 3}};
  EXPECT_THAT(
      warnings_of(job, samples_of({{6, "a"}, {6, "b"}, {6, "a", "there"}, {6, "b", "there"}})),
      IsEmpty());
}

TEST(SplitWarnings, HoldOutsThatTestTheSameSamples) {
  json job = job_of("linear");
  job["splits"] = {{"scheme", "hold-out"}, {"test", 0.5}, {"seeds", 12}};
  SampleTable samples = samples_of({{4, "a"}});
  for (std::size_t row = 0; row < samples.size(); row += 2) samples.class_label.codes[row] = 1;
  samples.class_label.levels = {"a", "b"};
  const std::string warning = warning_with(warnings_of(job, samples), "are distinct");
  EXPECT_THAT(warning, AllOf(HasSubstr("of 12 splits are distinct: seeds "),
                             HasSubstr(" test the same samples (4 groups can be dealt in few ways"),
                             HasSubstr("use fewer seeds or another splits.test")));
}

}  // namespace
}  // namespace crossfold
