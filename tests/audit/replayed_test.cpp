// Fits that were trained again in several draws, by one engine and by the other.

#include "replayed.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/finding.h"
#include "crossfold/job/job.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"
#include "scored_run.h"

namespace crossfold::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr DistanceLimits kLimits{.auc = 0.01, .probability = 0.01};

/// A run of twelve fits, and what training them again might give.
class SeveralReplays : public ::testing::Test {
 protected:
  /// Fits of the plan, by their numbers, with the recorded results.
  [[nodiscard]] Replay replay(EngineKind engine, const std::vector<std::size_t>& fits) const {
    Replay made;
    made.of = evidence_.records().plan.fits.size();
    made.outcome.engine = engine;
    for (const std::size_t fit : fits) {
      const FitId& id = evidence_.records().plan.fits.at(fit).id;
      made.drawn.push_back(id);
      made.outcome.fits.push_back({.result = *evidence_.records().find(id), .origin = origin()});
    }
    return made;
  }
  /// All fits of the run have one.
  [[nodiscard]] const Origin& origin() const { return evidence_.scan().fits.front().origin; }
  [[nodiscard]] Replayed compared(std::vector<Replay> replays, ReplayEngine engine) {
    AuditSubject subject{.run = run_};
    subject.replays = std::move(replays);
    const RunEvidence evidence(std::move(subject));
    return compare_replays(evidence, engine, kLimits);
  }

  test::ScratchFolder scratch_;
  CaseMaker maker_{scratch_.path()};
  std::filesystem::path run_ = scored_run(maker_, 2, [](FitResult&, std::size_t, std::size_t) {});
  RunEvidence evidence_{{.run = run_}};
  EngineKind own_ = network_engine(evidence_.records().job);
  EngineKind other_ = own_ == EngineKind::lockstep ? EngineKind::reference : EngineKind::lockstep;
};

/// In whatever order the draws are given.
TEST_F(SeveralReplays, AreComparedToTheirEndsAndAFitOfTwoOfThemOnce) {
  std::vector<Replay> replays{replay(own_, {0, 4, 7}), replay(own_, {4, 9, 11})};
  *replays[0].outcome.fits[2].result.held_out.auc += 0.125;
  *replays[1].outcome.fits[1].result.held_out.auc -= 0.125;
  replays[1].outcome.fits[2].result.error = "no memory";
  for (int order = 0; order < 2; ++order) {
    SCOPED_TRACE(order);
    const Replayed found = compared(replays, ReplayEngine::same);
    EXPECT_THAT(found.replays, SizeIs(2));
    EXPECT_EQ(found.fits(), 5U);
    EXPECT_EQ(found.same_class, 4U);
    EXPECT_EQ(found.different, 2U);
    EXPECT_EQ(found.failed, 1U);
    EXPECT_THAT(found.evidence, SizeIs(3));
    EXPECT_FALSE(found.stopped);
    std::swap(replays[0], replays[1]);
  }
  replays[1].outcome.stopped = true;
  EXPECT_TRUE(compared(replays, ReplayEngine::same).stopped);
  std::swap(replays[0], replays[1]);
  EXPECT_TRUE(compared(replays, ReplayEngine::same).stopped);
}

TEST_F(SeveralReplays, AreThoseOfTheEngineThatIsAskedFor) {
  std::vector<Replay> replays{replay(own_, {0, 1}), replay(other_, {2, 3, 4}), replay(own_, {5})};
  for (ReplayedFit& fit : replays[1].outcome.fits) {
    fit.origin.equivalence_class += "; another engine";
    *fit.result.held_out.auc += fit.result.held_out.auc > 0.5 ? -0.25 : 0.25;
  }
  for (int order = 0; order < 3; ++order) {
    SCOPED_TRACE(order);
    const Replayed same = compared(replays, ReplayEngine::same);
    EXPECT_THAT(same.replays, SizeIs(2));
    EXPECT_EQ(same.same_class, 3U);
    EXPECT_EQ(same.other_class, 0U);
    EXPECT_EQ(same.different, 0U);
    const Replayed other = compared(replays, ReplayEngine::other);
    EXPECT_THAT(other.replays, SizeIs(1));
    EXPECT_EQ(other.same_class, 0U);
    EXPECT_EQ(other.other_class, 3U);
    EXPECT_EQ(other.distant, 3U);
    EXPECT_DOUBLE_EQ(other.largest_auc, 0.25);
    EXPECT_EQ(other.class_here, origin().equivalence_class + "; another engine");
    EXPECT_EQ(other.class_there, origin().equivalence_class);
    std::rotate(replays.begin(), replays.begin() + 1, replays.end());
  }
}

/// One that could not be is told of only where no other could.
TEST_F(SeveralReplays, OfWhichOneCameToNothingAreTheOthers) {
  Replay nothing = replay(own_, {});
  nothing.why_none = "the store is gone";
  for (const bool is_first : {true, false}) {
    std::vector<Replay> replays{replay(own_, {3, 8})};
    replays.insert(is_first ? replays.begin() : replays.end(), nothing);
    const Replayed found = compared(replays, ReplayEngine::same);
    EXPECT_THAT(found.replays, SizeIs(1));
    EXPECT_EQ(found.same_class, 2U);
    try {
      static_cast<void>(compared({nothing, replay(other_, {3})}, ReplayEngine::same));
      ADD_FAILURE() << "nothing was trained again by this engine";
    } catch (const NotAssessed& why) {
      EXPECT_THAT(why.reason(), HasSubstr("the store is gone"));
    }
  }
}

}  // namespace
}  // namespace crossfold::audit
