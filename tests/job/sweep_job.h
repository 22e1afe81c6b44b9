#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

namespace crossfold::testing {

/// A job whose only experiment has a sweep over two schedules of lambda and the learning rate.
inline nlohmann::json sweep_job() {
  return nlohmann::json::parse(R"({
    "name": "study", "store": "s.h5", "seed": 5, "embeddings": ["net/raw"],
    "experiments": [
      {"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
       "candidates": [
         {"kind": "disentangled", "name": "d",
          "lambda": {"choice": [
            {"schedule": "exponential", "from": {"log": [0.1, 100]}, "to": {"log": [0.01, 10]},
             "over": {"choice": [20, 40, 80]}},
            {"schedule": "constant", "from": {"log": [0.01, 30]}}]},
          "training": {"learning_rate": {"log": [1e-4, 1e-2]}}}],
       "sweep": {"candidates": 16, "race": {}, "select": ["validation", "one-se"]}}],
    "splits": {"folds": 10, "seeds": 5},
    "training": {"epochs": 30}})");
}

/// That job with one value in place; null removes the key.
inline nlohmann::json sweep_job_with(const std::string& place, const nlohmann::json& value) {
  nlohmann::json job = sweep_job();
  const nlohmann::json::json_pointer at(place);
  if (value.is_null())
    job[at.parent_pointer()].erase(at.back());
  else
    job[at] = value;
  return job;
}

/// The same, the place being below the experiment's sweep.
inline nlohmann::json sweep_with(const std::string& key, const nlohmann::json& value) {
  return sweep_job_with("/experiments/0/sweep/" + key, value);
}

/// That job with the sampler tpe, which does not race, and so many candidates.
inline nlohmann::json tpe_job(int candidates = 16) {
  nlohmann::json job = sweep_with("sampler", "tpe");
  nlohmann::json& sweep = job["experiments"][0]["sweep"];
  sweep["candidates"] = candidates;
  sweep.erase("race");
  return job;
}

inline Job read(const nlohmann::json& job) { return parse_job(job.dump(), "job.json"); }

inline std::string message_of(const nlohmann::json& job) {
  try {
    static_cast<void>(read(job));
  } catch (const Error& error) {
    return error.code() == ErrorCode::bad_input ? error.what() : "another kind of error";
  }
  return "no error";
}

inline std::vector<std::string> names_in(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const Candidate& candidate : experiment.candidates) names.push_back(candidate.name);
  return names;
}

}  // namespace crossfold::testing
