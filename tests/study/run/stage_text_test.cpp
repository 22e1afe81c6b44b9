#include "stage_text.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "plan/racing_study.h"

namespace crossfold {
namespace {

/// The stage of a race; no two of its numbers are alike.
StageRecord rung(std::uint32_t number) {
  StageRecord record;
  record.experiment = "task";
  record.embedding = "z";
  record.number = number;
  record.splits = 4;
  record.living = 7;
  record.given_up.resize(3);
  record.fits = 90;
  record.fits_at_most = 120;
  record.fits_of_all = 300;
  return record;
}

StageRecord generation(std::uint32_t number) {
  StageRecord record;
  record.experiment = "task";
  record.number = number;
  record.living = 9;
  record.generation = StageRecord::Generation{.drawn = {"a", "b"}, .candidates = 6, .of = 10};
  return record;
}

TEST(StageText, TellsOfARace) {
  EXPECT_EQ(stage_text(rung(0)), "race of 'task' on z: 7 candidates on 4 splits first");
  EXPECT_EQ(stage_text(rung(2)),
            "race of 'task' on z: 3 candidates given up, 7 candidates are trained on 4 splits; no "
            "score yet");
  StageRecord led = rung(1);
  led.leader = "d[x=1]";
  led.given_up.resize(1);
  led.living = 1;
  led.splits = 1;
  EXPECT_EQ(stage_text(led),
            "race of 'task' on z: 1 candidate given up, 1 candidate is trained on 1 split; best so "
            "far d[x=1]");
}

TEST(StageText, TellsOfTheEndOfARace) {
  StageRecord over = rung(3);
  over.over = true;
  EXPECT_EQ(stage_text(over),
            "race of 'task' on z is over: 7 candidates are on all 4 splits, none with all scores; "
            "210 of 300 fits saved");
  over.leader = "d[x=1]";
  EXPECT_EQ(
      stage_text(over),
      "race of 'task' on z is over: 7 candidates are on all 4 splits, the best is d[x=1]; 210 "
      "of 300 fits saved");
}

TEST(StageText, TellsOfASearch) {
  StageRecord search = generation(1);
  EXPECT_EQ(stage_text(search),
            "search of 'task': generation 2 of 2 candidates, 6 of 10 by now; no score yet");
  search.leader = "d[x=1]";
  search.generation->drawn.resize(1);
  EXPECT_EQ(stage_text(search),
            "search of 'task': generation 2 of 1 candidate, 6 of 10 by now; best so far d[x=1]");
  search.over = true;
  EXPECT_EQ(stage_text(search),
            "search of 'task' is over: 6 candidates are trained; the best is d[x=1]");
  search.leader.clear();
  EXPECT_EQ(stage_text(search),
            "search of 'task' is over: 6 candidates are trained; none has all scores");
}

TEST(StagesAtWork, AreTheFirstThatIsNotOverAndHowManyMore) {
  const Job job = testing::racing_job();  // rungs of 2 and 4 splits, then all
  const auto text = [&](const std::vector<StageRecord>& records) {
    std::vector<Stage> stages;
    for (const StageRecord& record : records) {
      stages.emplace_back();
      stages.back().record = record;
    }
    return stages_at_work_text(job, stages);
  };
  StageRecord over = rung(3);
  over.over = true;
  StageRecord other = rung(2);
  other.embedding = "y";
  EXPECT_EQ(text({}), "");
  EXPECT_EQ(text({over, over}), "");
  EXPECT_EQ(text({rung(0)}), "race of 'task' on z: rung 1 of 3, 7 candidates");
  EXPECT_EQ(text({over, other}), "race of 'task' on y: rung 3 of 3, 7 candidates");
  EXPECT_EQ(text({rung(1), over, other, generation(0)}),
            "race of 'task' on z: rung 2 of 3, 7 candidates (and 2 more)");
  EXPECT_EQ(text({rung(3)}), "race of 'task' on z: sources left out");
  EXPECT_EQ(text({generation(1), other}),
            "search of 'task': generation 2, 6 of 10 candidates (and 1 more)");
}

TEST(StagesAtWork, CountTheRungsOfTheirOwnExperiment) {
  Job job = testing::racing_job();  // rungs of 2 and 4 splits, then all
  Experiment longer = job.experiments[0];
  longer.name = "longer";
  longer.sweep->race->rungs = {1, 2, 3, 5};
  job.experiments.push_back(longer);
  Stage of_task, of_longer;
  of_task.record = rung(1);
  of_longer.record = rung(3);
  of_longer.record.experiment = "longer";
  for (int order = 0; order < 2; ++order) {
    EXPECT_EQ(stages_at_work_text(job, std::vector<Stage>{of_task, of_longer}),
              "race of 'task' on z: rung 2 of 3, 7 candidates (and 1 more)");
    EXPECT_EQ(stages_at_work_text(job, std::vector<Stage>{of_longer, of_task}),
              "race of 'longer' on z: rung 4 of 5, 7 candidates (and 1 more)");
    std::swap(job.experiments.front(), job.experiments.back());
  }
}

}  // namespace
}  // namespace crossfold
