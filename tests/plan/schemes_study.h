#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/racing_study.h"

namespace crossfold::testing {

/// Three classes at three sources, every fifth patient with a second sample, often at another one.
inline SampleTable samples_of_three_sources() {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  const std::vector<std::string> classes{"normal", "pneumonia", "covid19"};
  const std::vector<std::string> domains{"rsna", "cohen", "sirm"};
  for (std::size_t i = 0; i < 72; ++i) {
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(i % 5 == 4 ? i - 1 : i));
    samples.class_label.append(classes[i % 3]);
    samples.domain.append(domains[(i / 3) % 3]);
    samples.role.append("in");
  }
  for (std::size_t i = 0; i < 6; ++i) {
    samples.id.push_back("oos" + std::to_string(i));
    samples.group.push_back("oos patient" + std::to_string(i));
    samples.class_label.append(classes[i % 3]);
    samples.domain.append("site");
    samples.role.append("oos");
  }
  return samples;
}

/// Two drawn candidates beside the baseline, without a race.
inline Job sweep_without_race() {
  Job job = racing_job(2);
  job.experiments.resize(1);
  job.embeddings.resize(1);
  job.experiments[0].sweep->race.reset();
  return job;
}

inline Job with_all_schemes() {
  Job job = sweep_without_race();
  job.experiments[0].sweep->select = {SelectionRule::held_out, SelectionRule::source_out};
  job.experiments[0].sweep->nested = NestedSettings{.folds = 4};
  return job;
}

inline Plan schemes_plan(const Job& job) {
  return make_plan(job, samples_of_three_sources(), small_embeddings());
}

}  // namespace crossfold::testing
