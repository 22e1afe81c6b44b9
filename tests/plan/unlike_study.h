#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/job/job_json.h"
#include "crossfold/plan/plan.h"

#include "job/unlike_experiments.h"
#include "plan/small_study.h"

namespace crossfold::testing {

/// The samples that job_of(unlike_experiments()) is about: three classes in each of four domains,
/// every fifth sample of the patient before it, with attributes of which some samples lack a value;
/// twelve samples of another domain oos.
inline SampleTable unlike_samples() {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  const std::vector<std::string> classes{"normal", "pneumonia", "covid19"};
  const std::vector<std::string> domains{"rsna", "cohen", "sirm", "fig1"};
  CodedColumn sex, view, unit;
  std::vector<double> ages;
  constexpr std::size_t kIn = 144, kOos = 12;
  for (std::size_t i = 0; i < kIn + kOos; ++i) {
    const bool in = i < kIn;
    const std::size_t patient = in && i % 5 == 4 ? i - 1 : i;
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(patient));
    samples.class_label.append(classes[i % 3]);
    samples.domain.append(in ? domains[patient / 3 % 4] : "site");
    samples.role.append(in ? "in" : "oos");
    sex.append(i % 29 == 3 ? "" : i / 2 % 2 == 0 ? "F" : "M");
    view.append(i % 31 == 4 ? "" : i % 7 < 4 ? "PA" : "AP");
    unit.append("unit " + std::to_string(patient / 2 % 3));
    ages.push_back(20 + static_cast<double>(i * i % 61));
  }
  samples.attributes = {{.name = "sex", .values = sex},
                        {.name = "view", .values = view},
                        {.name = "unit", .values = unit},
                        {.name = "age", .values = ages}};
  return samples;
}

inline Job read_job(const nlohmann::json& job) { return parse_job(job.dump(), "job.json"); }

inline Plan unlike_plan(const Job& job) {
  return make_plan(job, unlike_samples(), small_embeddings());
}

/// Three orders of the same experiments.
inline std::vector<nlohmann::json> orders_of(const nlohmann::json& experiments) {
  nlohmann::json backwards = nlohmann::json::array();
  for (std::size_t i = experiments.size(); i-- > 0;) backwards.push_back(experiments[i]);
  return {experiments, backwards, rotations_of(experiments)[4]};
}

}  // namespace crossfold::testing
