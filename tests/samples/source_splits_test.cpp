#include "crossfold/samples/source_splits.h"

#include <algorithm>
#include <random>
#include <set>

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
      samples_.klass.levels.push_back(std::string("class") + std::to_string(i));
    for (std::size_t i = 0; i < sources; ++i)
      samples_.domain.levels.push_back(std::string("site") + std::to_string(i));
  }
  Pool& add(std::uint32_t group, std::int32_t klass, std::int32_t source) {
    samples_.pool.push_back(static_cast<std::uint32_t>(samples_.group.size()));
    samples_.group.push_back(group);
    samples_.klass.codes.push_back(klass);
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
  experiment.candidates[0].kind = kind;
  return experiment;
}

struct Checked {
  std::vector<std::string> notes;
  std::string message;
};

Checked check(const ExperimentSamples& samples, CandidateKind kind = CandidateKind::baseline) {
  Mistakes mistakes;
  Checked checked;
  checked.notes = check_sources(samples, experiment_with(kind), "/select", mistakes);
  try {
    mistakes.throw_if_any(ErrorCode::bad_input, "job");
  } catch (const Error& error) {
    checked.message = error.what();
  }
  return checked;
}

/// Two sources with both classes, and a third with one of them.
Pool three_sources() {
  Pool pool(3, 3);
  pool.add(0, 0, 0).add(1, 1, 0).add(2, 0, 1).add(3, 1, 1).add(4, 1, 2).add(5, 2, 2);
  return pool;
}

TEST(LeaveSourceOut, ScoresTheSourceAndTrainsOnTheOthers) {
  const LeftOutSource out = leave_source_out(three_sources().samples(), 0);
  EXPECT_THAT(out.test, ElementsAre(0, 1));
  EXPECT_THAT(out.others, ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(out.test_classes, 2U);
  EXPECT_EQ(out.training_sources, 2U);
}

TEST(LeaveSourceOut, LeavesClassesOutThatNoOtherSourceHas) {
  const LeftOutSource out = leave_source_out(three_sources().samples(), 2);
  EXPECT_THAT(out.test, ElementsAre(4));
  EXPECT_EQ(out.unknown_class, 1U);
  EXPECT_THAT(out.unknown, ElementsAre("class2"));
  EXPECT_EQ(out.test_classes, 1U);
}

TEST(LeaveSourceOut, TrainsOnNoOtherSampleOfItsPatients) {
  Pool pool = three_sources();
  pool.add(0, 1, 1);  // the patient of row 0 at another source
  const LeftOutSource out = leave_source_out(pool.samples(), 0);
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
    for (const LeftOutSource& out : leave_sources_out(samples)) {
      std::set<std::uint32_t> tested;
      for (const std::uint32_t row : out.test) tested.insert(samples.group[row]);
      for (const std::uint32_t row : out.others) {
        EXPECT_FALSE(tested.contains(samples.group[row]));
        EXPECT_NE(samples.domain.codes[row], static_cast<std::int32_t>(out.source));
      }
      EXPECT_EQ(out.test.size() + out.others.size() + out.unknown_class + out.of_its_patients,
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
  Pool pool(2, 2);
  pool.add(0, 0, 0).add(1, 1, 0).add(2, 0, 1).add(3, 1, 1);
  EXPECT_EQ(check(pool.samples()).message, "");
  EXPECT_THAT(check(pool.samples()).notes, IsEmpty());
  EXPECT_EQ(check(pool.samples(), CandidateKind::disentangled).message,
            "job: /select: has 'source-out' (no source can be left out: without site0, one source "
            "only is left, from which a disentangled candidate has nothing to tell apart; without "
            "site1, one source only is left, from which a disentangled candidate has nothing to "
            "tell apart). remove it, or widen 'samples'");
}

}  // namespace
}  // namespace crossfold
