// Named sets that fits are scored on, beside what they are trained on.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/small_study.h"

namespace crossfold {
namespace {

/// The small study with a third domain, whose class no other one has.
SampleTable samples_of_three() {
  SampleTable samples = testing::small_samples();
  for (int i = 0; i < 4; ++i) {
    samples.id.push_back("third" + std::to_string(i));
    samples.group.push_back(samples.id.back());
    samples.class_label.append("rare");
    samples.domain.append("third");
    samples.role.append("in");
  }
  return samples;
}

/// Domains are left out in turns; each set is the domain of its name.
Job leaving_out(const std::vector<std::string>& evaluated) {
  Job job = testing::small_job();
  job.name = "job.json";
  job.splits.scheme = SplitScheme::leave_out;
  for (const std::string& domain : evaluated)
    job.sets[domain] = {{.role = {}, .class_label = {}, .domain = {domain}}};
  Experiment& experiment = job.experiments[0];
  experiment.evaluate_oos = false;
  experiment.probe.reset();
  experiment.candidates = {testing::small_candidate("linear", CandidateKind::linear)};
  experiment.evaluate_sets = evaluated;
  job.experiments.resize(1);
  return job;
}

/// It is never left out, for it shares no class with the others.
TEST(EvaluatedSets, RefuseOneThatEverySplitTrainsOn) {
  using Sets = std::vector<std::string>;
  for (const Sets& sets : {Sets{"third"}, Sets{"rsna", "third"}, Sets{"third", "cohen"}})
    expect_error(ErrorCode::bad_input,
                 "job.json: /experiments/0/evaluate: has \"third\" (every split trains on its "
                 "patients, so that nothing of it is left to score). remove it",
                 [&] {
                   (void)make_plan(leaving_out(sets), samples_of_three(),
                                   testing::small_embeddings());
                 });
}

/// With cohen left out, which is half of the splits, a fit trains on 11 of the 16 samples of rsna;
/// the patients of the other 5 have samples in cohen.
TEST(EvaluatedSets, TellOfOneThatSomeSplitsTrainOn) {
  const Plan plan =
      make_plan(leaving_out({"rsna"}), samples_of_three(), testing::small_embeddings());
  EXPECT_THAT(plan.basis.notes,
              ::testing::Contains("experiment 'task': of 'rsna', 34.4 % of the samples are left "
                                  "out of a fit's score, for it trains on their patients"));
}

/// With rsna left out, a fit trains on 9 of the 14 samples of cohen.
TEST(EvaluatedSets, AreEachToldOfWithTheirOwnShare) {
  const auto note = [](const std::string& set, const std::string& percent) {
    return "experiment 'task': of '" + set + "', " + percent +
           " % of the samples are left out of a fit's score, for it trains on their patients";
  };
  using Sets = std::vector<std::string>;
  for (const Sets& sets : {Sets{"rsna", "cohen"}, Sets{"cohen", "rsna"}}) {
    const Plan plan = make_plan(leaving_out(sets), samples_of_three(), testing::small_embeddings());
    EXPECT_THAT(plan.basis.notes, ::testing::Contains(note("rsna", "34.4")));
    EXPECT_THAT(plan.basis.notes, ::testing::Contains(note("cohen", "32.1")));
  }
}

}  // namespace
}  // namespace crossfold
