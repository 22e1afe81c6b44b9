#include "crossfold/samples/left_out.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Adds samples to a pool, all rows of which are in it.
class Pool {
 public:
  explicit Pool(std::size_t classes, std::size_t sources) {
    for (std::size_t i = 0; i < classes; ++i)
      samples_.class_label.levels.push_back(std::string("class") + std::to_string(i));
    for (std::size_t i = 0; i < sources; ++i)
      samples_.domain.levels.push_back(std::string("site") + std::to_string(i));
  }
  Pool& add(std::uint32_t group, std::int32_t class_label, std::int32_t source) {
    samples_.pool.push_back(static_cast<std::uint32_t>(samples_.group.size()));
    samples_.group.push_back(group);
    samples_.class_label.codes.push_back(class_label);
    samples_.domain.codes.push_back(source);
    return *this;
  }
  [[nodiscard]] const ExperimentSamples& samples() const { return samples_; }

 private:
  ExperimentSamples samples_;
};

Experiment experiment_with(CandidateKind kind) {
  Experiment experiment;
  experiment.name = "task";
  experiment.candidates.resize(1);
  experiment.candidates[0].model = default_model(kind);
  return experiment;
}

struct Checked {
  std::vector<std::string> notes;
  std::string message;
};

Checked check(const ExperimentSamples& samples, const Experiment& experiment) {
  ValidationErrors errors;
  Checked checked;
  checked.notes = check_sources(samples, experiment, "/select", errors);
  try {
    errors.throw_if_any(ErrorCode::bad_input, "job");
  } catch (const Error& error) {
    checked.message = error.what();
  }
  return checked;
}

Checked check(const ExperimentSamples& samples, CandidateKind kind = CandidateKind::baseline) {
  return check(samples, experiment_with(kind));
}

/// Two sources with both classes.
Pool two_sources() {
  Pool pool(2, 2);
  pool.add(0, 0, 0).add(1, 1, 0).add(2, 0, 1).add(3, 1, 1);
  return pool;
}

/// Two sources with both classes, and a third with one of them.
Pool three_sources() {
  Pool pool(3, 3);
  pool.add(0, 0, 0).add(1, 1, 0).add(2, 0, 1).add(3, 1, 1).add(4, 1, 2).add(5, 2, 2);
  return pool;
}

TEST(LeaveSourceOut, ScoresTheSourceAndTrainsOnTheOthers) {
  const LeftOut out = leave_source_out(three_sources().samples(), 0);
  EXPECT_THAT(out.test, ElementsAre(0, 1));
  EXPECT_THAT(out.others, ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(out.test_targets, 2U);
  EXPECT_EQ(out.training_domains, 2U);
}

TEST(LeaveSourceOut, LeavesClassesOutThatNoOtherSourceHas) {
  const LeftOut out = leave_source_out(three_sources().samples(), 2);
  EXPECT_THAT(out.test, ElementsAre(4));
  EXPECT_EQ(out.unknown_target, 1U);
  EXPECT_THAT(out.unknown, ElementsAre("class2"));
  EXPECT_EQ(out.test_targets, 1U);
}

TEST(LeaveSourceOut, TrainsOnNoOtherSampleOfItsPatients) {
  Pool pool = three_sources();
  pool.add(0, 1, 1);  // the patient of row 0 at another source
  const LeftOut out = leave_source_out(pool.samples(), 0);
  EXPECT_THAT(out.test, ElementsAre(0, 1));
  EXPECT_THAT(out.others, ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(out.of_its_patients, 1U);
}

TEST(LeaveSourcesOut, NeverHasAPatientOnBothSides) {
  std::mt19937 random(3);
  for (int draw = 0; draw < 20; ++draw) {
    Pool pool(3, 4);
    for (int i = 0; i < 300; ++i)
      pool.add(static_cast<std::uint32_t>(random() % 120), static_cast<std::int32_t>(random() % 3),
               static_cast<std::int32_t>(random() % 4));
    const ExperimentSamples& samples = pool.samples();
    for (std::uint32_t source = 0; source < samples.domain.levels.size(); ++source) {
      const LeftOut out = leave_source_out(samples, source);
      std::set<std::uint32_t> tested;
      for (const std::uint32_t row : out.test) tested.insert(samples.group[row]);
      for (const std::uint32_t row : out.others) {
        EXPECT_FALSE(tested.contains(samples.group[row]));
        EXPECT_NE(samples.domain.codes[row], static_cast<std::int32_t>(source));
      }
      EXPECT_EQ(out.test.size() + out.others.size() + out.unknown_target + out.of_its_patients,
                samples.pool.size());
      EXPECT_TRUE(std::is_sorted(out.test.begin(), out.test.end()));
      EXPECT_TRUE(std::is_sorted(out.others.begin(), out.others.end()));
    }
  }
}

TEST(CheckSources, TellsOfWhatIsNotScored) {
  const Checked checked = check(three_sources().samples());
  EXPECT_EQ(checked.message, "");
  EXPECT_THAT(
      checked.notes,
      ElementsAre("experiment 'task': source 'site2' is never left out (it shares one class "
                  "only with the other sources)"));
}

TEST(CheckSources, TellsOfSamplesLeftOut) {
  Pool pool = three_sources();
  pool.add(6, 0, 2).add(6, 0, 1);
  EXPECT_THAT(
      check(pool.samples()).notes,
      ElementsAre("experiment 'task': without source 'site1' in training, 1 sample of other "
                  "sources cannot be trained on (their patients have samples in it)",
                  "experiment 'task': without source 'site2' in training, 1 sample of it "
                  "cannot be scored (no other source has class2)",
                  "experiment 'task': without source 'site2' in training, 1 sample of other "
                  "sources cannot be trained on (their patients have samples in it)"));
}

TEST(CheckSources, RefusesAPoolOfOneSource) {
  Pool pool(2, 1);
  pool.add(0, 0, 0).add(1, 1, 0);
  EXPECT_EQ(check(pool.samples()).message,
            "job: /select: has 'source-out' with one source, site0 (none is left to train on). "
            "remove it, or widen 'samples'");
}

TEST(CheckSources, RefusesSourcesNoneOfWhichCanBeScored) {
  Pool pool(2, 2);
  pool.add(0, 0, 0).add(1, 1, 1);
  EXPECT_EQ(check(pool.samples()).message,
            "job: /select: has 'source-out' (no source can be left out: without site0, it shares "
            "no class with the other sources; without site1, it shares no class with the other "
            "sources). remove it, or widen 'samples'");
}

TEST(CheckSources, RefusesTwoSourcesWhereACandidateIsDisentangledFromThem) {
  const Pool pool = two_sources();
  EXPECT_EQ(check(pool.samples()).message, "");
  EXPECT_THAT(check(pool.samples()).notes, IsEmpty());
  EXPECT_EQ(check(pool.samples(), CandidateKind::disentangled).message,
            "job: /select: has 'source-out' (no source can be left out: without site0, one source "
            "only is left, from which a disentangled candidate has nothing to tell apart; without "
            "site1, one source only is left, from which a disentangled candidate has nothing to "
            "tell apart). remove it, or widen 'samples'");
}

/// Wherever the candidate stands in the list, and whatever else it is disentangled from.
TEST(CheckSources, AskForTwoOthersWhereAnyCandidateIsDisentangledFromTheSource) {
  struct Case {
    std::vector<std::string> from;
    std::size_t usable;
  };
  const Pool pool = two_sources();
  for (const Case& one : {Case{{"domain"}, 0}, Case{{"sex"}, 2}, Case{{"domain", "sex"}, 0},
                          Case{{"sex", "view"}, 2}})
    for (std::size_t place = 0; place < 3; ++place) {
      Experiment experiment = experiment_with(CandidateKind::disentangled);
      DisentangledModel& model = std::get<DisentangledModel>(experiment.candidates[0].model);
      model.adversaries.clear();
      for (const std::string& name : one.from) model.adversaries.push_back({.of = name});
      for (std::size_t i = 0; i < 2; ++i)
        experiment.candidates.push_back(experiment_with(CandidateKind::baseline).candidates[0]);
      std::swap(experiment.candidates[0], experiment.candidates[place]);
      EXPECT_EQ(check(pool.samples(), experiment).message.empty(), one.usable > 0)
          << one.from[0] << " " << place;
      EXPECT_EQ(usable_sources(pool.samples(), experiment).size(), one.usable);
    }
}

/// `count` samples of a class each at four sites, which stand as the levels left out.
ExperimentSamples four_sites() {
  Pool pool(2, 4);
  for (std::uint32_t i = 0; i < 16; ++i)
    pool.add(i, static_cast<std::int32_t>(i % 2), static_cast<std::int32_t>(i / 4));
  ExperimentSamples samples = pool.samples();
  samples.left_out_by = samples.domain;
  return samples;
}

LeftOutTurns turns_of(const ExperimentSamples& samples, int levels, CandidateKind kind,
                      std::string* message = nullptr) {
  ValidationErrors errors;
  LeftOutTurns turns = left_out_turns(samples, experiment_with(kind),
                                      {.by = "domain", .levels = levels}, "/experiments/0", errors);
  if (message != nullptr) *message = errors.empty() ? "" : errors.lines().front();
  return turns;
}

TEST(LeftOutTurns, AreAllCombinationsInOrder) {
  const ExperimentSamples samples = four_sites();
  const std::vector<std::vector<std::uint32_t>> pairs{{0, 1}, {0, 2}, {0, 3},
                                                      {1, 2}, {1, 3}, {2, 3}};
  EXPECT_EQ(turns_of(samples, 1, CandidateKind::baseline).levels,
            (std::vector<std::vector<std::uint32_t>>{{0}, {1}, {2}, {3}}));
  const LeftOutTurns two = turns_of(samples, 2, CandidateKind::baseline);
  EXPECT_EQ(two.levels, pairs);
  EXPECT_THAT(two.notes, IsEmpty());
  EXPECT_EQ(turns_of(samples, 3, CandidateKind::baseline).levels.size(), 4U);
  EXPECT_EQ(left_out_name(samples, two.levels[1]), "site0 and site2");
  const LeftOut out = leave_out(samples, Label::class_label, samples.left_out_by, two.levels[1]);
  EXPECT_THAT(out.test, ElementsAre(0, 1, 2, 3, 8, 9, 10, 11));
  EXPECT_THAT(out.others, ElementsAre(4, 5, 6, 7, 12, 13, 14, 15));
}

TEST(LeftOutTurns, LeaveOutWhatNothingCouldBeSaidOf) {
  ExperimentSamples samples = four_sites();
  for (std::uint32_t row = 0; row < 4; ++row)
    samples.class_label.codes[row] = 0;  // site0: one class
  std::string message;
  const LeftOutTurns turns = turns_of(samples, 1, CandidateKind::baseline, &message);
  EXPECT_EQ(message, "");
  EXPECT_EQ(turns.levels.size(), 4U) << "its recall is defined all the same";
  EXPECT_THAT(turns.notes, ElementsAre("experiment 'task': with domain site0 left out, samples of "
                                       "one class are scored, so that there is no AUC"));

  const LeftOutTurns three = turns_of(samples, 3, CandidateKind::disentangled, &message);
  EXPECT_THAT(three.levels, IsEmpty());
  EXPECT_THAT(message, ::testing::StartsWith(
                           "/experiments/0: has nothing that can be left out (without domain site0 "
                           "and site1 and site2, one domain only is left, from which a "
                           "disentangled candidate has nothing to tell apart; without"));

  static_cast<void>(turns_of(samples, 4, CandidateKind::baseline, &message));
  EXPECT_EQ(message,
            "/experiments/0: leaves nothing to train on when 4 levels of 'domain' are left out "
            "(its pool has 4: site0, site1, site2, site3). widen 'samples' or leave out fewer");
}

/// The pool, of which the domains are left out in turns.
LeftOutTurns turns_of_sites(const Pool& pool) {
  ExperimentSamples samples = pool.samples();
  samples.left_out_by = samples.domain;
  std::string message;
  LeftOutTurns turns = turns_of(samples, 1, CandidateKind::baseline, &message);
  EXPECT_EQ(message, "");
  return turns;
}

using Levels = std::vector<std::vector<std::uint32_t>>;

TEST(LeftOutTurns, SayWhyOneCannotBe) {
  Pool strange(3, 3);  // the third site has a class of its own, and no other
  strange.add(0, 0, 0).add(1, 1, 0).add(2, 0, 1).add(3, 1, 1).add(4, 2, 2).add(5, 2, 2);
  const LeftOutTurns without_strange = turns_of_sites(strange);
  EXPECT_EQ(without_strange.levels, (Levels{{0}, {1}}));
  EXPECT_THAT(without_strange.notes,
              ElementsAre("experiment 'task': domain site2 is never left out (it shares no class "
                          "with what is left)"));
  Pool poor(2, 2);  // the second site has one class
  poor.add(0, 0, 0).add(1, 1, 0).add(2, 0, 1).add(3, 0, 1);
  const LeftOutTurns without_poor = turns_of_sites(poor);
  EXPECT_EQ(without_poor.levels, (Levels{{1}}));
  EXPECT_THAT(without_poor.notes,
              ElementsAre("experiment 'task': domain site0 is never left out (1 class is left to "
                          "train on)",
                          "experiment 'task': with domain site1 left out, samples of one class are "
                          "scored, so that there is no AUC"));
}

/// Sex is known, or different, at the second site alone.
TEST(LeftOutTurns, LeaveTwoLevelsOfEveryAdversary) {
  for (const auto& [elsewhere, told] :
       {std::pair(-1, "no level of 'sex'"), std::pair(0, "one level only of 'sex'")}) {
    ExperimentSamples samples = four_sites();
    CodedColumn sex{.codes = std::vector<std::int32_t>(16, elsewhere), .levels = {"F", "M"}};
    for (std::size_t row = 4; row < 8; ++row) sex.codes[row] = row % 2 == 0 ? 0 : 1;
    CodedColumn view{.codes = {}, .levels = {"PA", "AP"}};
    for (std::int32_t row = 0; row < 16; ++row) view.codes.push_back(row / 2 % 2);
    samples.adversaries = {{.name = "view", .values = view}, {.name = "sex", .values = sex}};
    const LeftOutTurns turns = turns_of(samples, 1, CandidateKind::baseline);
    EXPECT_EQ(turns.levels, (Levels{{0}, {2}, {3}}));
    EXPECT_THAT(turns.notes,
                ElementsAre(std::string("experiment 'task': domain site1 is never left "
                                        "out (") +
                            told +
                            " is left, from which a disentangled candidate has "
                            "nothing to tell apart)"));
  }
}

TEST(LeftOutTurns, TellOfWhatIsNotScoredAndNotTrainedOn) {
  Pool pool = three_sources();
  pool.add(6, 0, 2).add(6, 0, 1);  // a patient at two sites
  const LeftOutTurns turns = turns_of_sites(pool);
  EXPECT_EQ(turns.levels, (Levels{{0}, {1}, {2}}));
  const std::string of_rest =
      "1 sample of the rest cannot be trained on (their patients have samples in it)";
  EXPECT_THAT(turns.notes,
              ElementsAre("experiment 'task': with domain site1 left out, " + of_rest,
                          "experiment 'task': with domain site2 left out, 1 sample of it cannot be "
                          "scored (nothing else has class2)",
                          "experiment 'task': with domain site2 left out, " + of_rest));
}

/// Two sites of both classes, whose patients have the same ids.
ExperimentSamples restarted_ids() {
  Pool pool(2, 2);
  for (std::uint32_t i = 0; i < 6; ++i)
    pool.add(i % 3, static_cast<std::int32_t>(i % 2), static_cast<std::int32_t>(i / 3));
  pool.add(7, 0, 0);
  ExperimentSamples samples = pool.samples();
  samples.left_out_by = samples.domain;
  return samples;
}

TEST(LeftOutTurns, AreNoneWherePatientsStandInEachLevel) {
  std::string message;
  EXPECT_THAT(turns_of(restarted_ids(), 1, CandidateKind::baseline, &message).levels, IsEmpty());
  EXPECT_EQ(
      message,
      "/experiments/0: has nothing that can be left out (without domain site0, no class is "
      "left to train on; without domain site1, 1 class is left to train on: 3 of 4 patients "
      "stand in several levels of 'domain', and nobody is trained on of whom a sample is left "
      "out). where the ids of patients restart at each of them, make them different in the "
      "manifest (source and id, say); else widen 'samples', or take other splits");
  EXPECT_EQ(
      check(restarted_ids()).message,
      "job: /select: has 'source-out' (no source can be left out: without site0, it shares no "
      "class with the other sources; without site1, it shares one class only with the other "
      "sources: 3 of 4 patients stand in several levels of 'domain', and nobody is trained on "
      "of whom a sample is left out). where the ids of patients restart at each of them, make "
      "them different in the manifest (source and id, say); else remove it, or widen "
      "'samples'");
}

TEST(LeftOutTurns, AreNotGoneThroughWhereThereAreTooMany) {
  Pool pool(2, 60);
  for (std::uint32_t i = 0; i < 120; ++i)
    pool.add(i, static_cast<std::int32_t>(i % 2), static_cast<std::int32_t>(i / 2));
  ExperimentSamples samples = pool.samples();
  samples.left_out_by = samples.domain;
  std::string message;
  static_cast<void>(turns_of(samples, 20, CandidateKind::baseline, &message));
  EXPECT_EQ(message,
            "/experiments/0: asks for more than 100000 ways to leave 20 levels of 60 out. "
            "leave out fewer");
}

}  // namespace
}  // namespace crossfold
