#include "crossfold/results/run_events.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/host_info.h"

#include "core/damage.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

TEST(LastEvents, OfShardsAreSharedEvenlyTheLatestWrittenLast) {
  const testing::SmallRun first;
  const testing::SmallRun second;
  for (const testing::SmallRun* run : {&first, &second}) {
    RunDirectory directory = run->open();
    directory.append_session(SessionStart{});
    for (std::uint32_t worker = 0; worker < 3; ++worker)
      directory.append(LostWorker{.worker = worker, .at_s = 5, .host = "", .device = ""});
    directory.flush();
  }
  const std::vector<EventSource> sources = {{first.path(), "shard 1 of 2: "},
                                            {second.path(), "shard 2 of 2: "}};
  const auto now = std::filesystem::last_write_time(second.journal());
  std::filesystem::last_write_time(first.journal(), now + std::chrono::hours(1));
  EXPECT_THAT(last_events(sources, 4), ElementsAre("shard 2 of 2: worker 1 was declared lost",
                                                   "shard 2 of 2: worker 2 was declared lost",
                                                   "shard 1 of 2: worker 1 was declared lost",
                                                   "shard 1 of 2: worker 2 was declared lost"));
  std::filesystem::last_write_time(first.journal(), now - std::chrono::hours(1));
  EXPECT_THAT(last_events(sources, 1), ElementsAre("shard 2 of 2: worker 2 was declared lost"));
}

TEST(LastEvents, AreWhatIsWorthTellingLatestLast) {
  const testing::SmallRun run;
  RunDirectory directory = run.open();
  directory.append_session(SessionStart{});
  testing::record(directory, run.plan(), run.plan().fits[0]);
  FitRecord failed;
  failed.result = testing::failed_result(run.plan().fits[1].id);
  directory.append(failed);
  directory.append(LostWorker{.worker = 3, .at_s = 5, .host = "beta", .device = "cpu"});
  directory.append(LostWorker{.worker = 4, .at_s = 5, .host = "", .device = ""});
  StageRecord stage;
  stage.experiment = "task";
  stage.embedding = "z";
  stage.number = 1;
  stage.living = 4;
  stage.given_up.resize(2);
  directory.append_stage(stage);
  directory.append_session(SessionEnd{});
  EXPECT_THAT(last_events(run.path(), 10),
              ElementsAre(::testing::HasSubstr(": session started on "),
                          "fit " + run.plan().fits[1].id.hex() + " failed: " + failed.result.error,
                          "worker 3 on beta was declared lost", "worker 4 was declared lost",
                          "experiment 'task' on z: rung 2, 2 given up, 4 candidates are trained on",
                          EndsWith(": session completed")));
  EXPECT_THAT(last_events(run.path(), 1), ElementsAre(EndsWith(": session completed")));
}

TEST(LastEvents, TellOfStagesOfRacesAndSearches) {
  const testing::SmallRun run;
  RunDirectory directory = run.open();
  StageRecord stage;
  stage.experiment = "task";
  stage.number = 1;
  stage.living = 1;
  stage.generation = StageRecord::Generation{.drawn = {"a", "b", "c"}, .candidates = 7, .of = 9};
  directory.append_stage(stage);
  stage.over = true;
  directory.append_stage(stage);
  stage.leader = "b";
  directory.append_stage(stage);
  stage.generation.reset();
  stage.embedding = "z";
  directory.append_stage(stage);
  stage.over = false;
  directory.append_stage(stage);
  SessionEnd stopped;
  stopped.outcome = SessionEnd::Outcome::stopped;
  directory.append_session(stopped);
  EXPECT_THAT(last_events(run.path(), 10),
              ElementsAre("experiment 'task': generation 2, 3 candidates drawn",
                          "experiment 'task': over; the best is none",
                          "experiment 'task': over; the best is b",
                          "experiment 'task' on z: over; the best is b",
                          "experiment 'task' on z: rung 2, 0 given up, 1 candidate is trained on",
                          EndsWith(": session stopped")));
}

TEST(LastEvents, SayWhenAndWhereASessionBegan) {
  const testing::SmallRun run;
  RunDirectory directory = run.open();
  directory.append_session(SessionStart{});
  directory.append_session(SessionEnd{});
  const auto at = [](const std::string& what) {
    return ::testing::AllOf(::testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9:]+Z: session .*"),
                            EndsWith("Z: session " + what));
  };
  EXPECT_THAT(last_events(run.path(), 5),
              ElementsAre(at("started on " + host_info().name), at("completed")));
}

/// However long the journal is; the line within which that begins is none.
TEST(LastEvents, AreOfTheJournalsLastMegabyte) {
  const testing::SmallRun run;
  RunDirectory directory = run.open();
  std::uint32_t worker = 0;
  for (const std::string& host : {std::string("first"), std::string(std::size_t{1} << 20, 'x'),
                                  std::string("beta"), std::string("gamma")})
    directory.append(LostWorker{.worker = worker++, .at_s = 5, .host = host, .device = ""});
  directory.flush();
  EXPECT_THAT(last_events(run.path(), 10), ElementsAre("worker 2 on beta was declared lost",
                                                       "worker 3 on gamma was declared lost"));
}

TEST(LastEvents, PassOverWhatIsDamaged) {
  const testing::SmallRun run;
  {
    RunDirectory directory = run.open();
    directory.append(LostWorker{.worker = 3, .at_s = 5, .host = "beta", .device = "cpu"});
    directory.flush();
  }
  test::write_bytes(run.journal(), test::bytes_of(run.journal()) + "{\"kind\":\"lost\",\"wor");
  EXPECT_THAT(last_events(run.path(), 5), ElementsAre("worker 3 on beta was declared lost"));
  EXPECT_THAT(last_events(run.path() / "nowhere", 5), IsEmpty());
}

}  // namespace
}  // namespace crossfold
