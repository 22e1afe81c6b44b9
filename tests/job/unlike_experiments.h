#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/job/job_json.h"

namespace crossfold::testing {

/// Experiments that have little in common: every kind of candidate, sampler and search is in one of
/// them, and most keys are given in some and left out of others. None has a fit of another but the
/// last one, which is like the race but for its name.
inline nlohmann::json unlike_experiments() {
  nlohmann::json experiments = nlohmann::json::parse(R"([
    {"name": "plain", "candidates": [{"kind": "linear"}, {"kind": "baseline"}]},
    {"name": "source", "target": "domain", "probe": "class", "probe_on": "z",
     "standardize": "train", "candidates": [
       {"kind": "linear", "c": 3}, {"kind": "baseline", "training": {"model": "best"}},
       {"kind": "disentangled", "adversary": "sex", "domain_head": "still"}]},
    {"name": "rich", "stratify": "domain", "balance": "domain", "positive": "covid19",
     "weights": {"balanced": ["class", "domain"]}, "evaluate": ["in", "oos", "A", "women"],
     "probe": ["domain", "age", "sex"], "probe_within": "class", "standardize": "train",
     "samples": {"domain": ["rsna", "cohen", "sirm"]}, "candidates": [
       {"kind": "disentangled", "adversary": {
         "domain": {}, "sex": {"lambda": {"schedule": "constant", "from": 2}}}},
       {"kind": "disentangled", "name": "view", "adversary": ["view", "domain"]},
       {"kind": "baseline", "training": {"batch": 16, "plateau": {"patience": 3}}}]},
    {"name": "sets", "train": ["AB", "women"], "evaluate": ["A", "few"],
     "candidates": [{"kind": "baseline"}, {"kind": "linear"}]},
    {"name": "race", "evaluate": ["in", "oos"], "probe": "domain",
     "sweep": {"candidates": 5, "race": {"rungs": [2, 4]}, "select": ["held-out", "constrained"],
               "tau": 0.7},
     "candidates": [
       {"kind": "disentangled", "name": "d", "lambda": {"choice": [
         {"schedule": "constant", "from": {"log": [0.1, 10]}},
         {"schedule": "linear", "from": {"uniform": [1, 4]}, "to": {"uniform": [0, 1]}}]}},
       {"kind": "baseline", "name": "b", "training": {"learning_rate": {"log": [1e-4, 0.01]}}},
       {"kind": "linear", "name": "listed", "c": 7}]},
    {"name": "greedy", "evaluate": ["in", "A"],
     "sweep": {"sampler": "random", "candidates": 6,
               "race": {"by": "task_acc", "rungs": [2, 3, 5], "risk": "greedy"},
               "select": ["one-se", "source-out"], "simplest": "training.weight_decay"},
     "candidates": [
       {"kind": "baseline", "name": "g", "training": {"weight_decay": {"log": [1e-3, 1]}}},
       {"kind": "linear", "name": "listed"}]},
    {"name": "nested", "evaluate": ["in", "women"],
     "sweep": {"sampler": "grid", "nested": {"folds": 3}, "select": "validation"},
     "candidates": [
       {"kind": "baseline", "name": "n", "training": {"epochs": {"grid": [7, 9]}}},
       {"kind": "linear", "name": "l", "c": {"grid": [0.1, 1]}}]},
    {"name": "learning", "evaluate": ["in", "few"],
     "sweep": {"sampler": "tpe", "generation": 3, "candidates": 5},
     "candidates": [
       {"kind": "disentangled", "name": "t", "lambda": {"from": {"log": [1, 30]}}},
       {"kind": "linear", "name": "r", "c": {"log": [0.01, 100]}}]},
    {"name": "learning more", "evaluate": ["in", "A", "women"], "standardize": "train",
     "sweep": {"sampler": "tpe", "generation": 2, "candidates": 6, "by": "task_acc",
               "select": "source-out"},
     "candidates": [{"kind": "baseline", "training": {"batch": {"int": [8, 40]}}}]}])");
  nlohmann::json twin = experiments[4];
  twin["name"] = "twin";
  experiments.push_back(std::move(twin));
  return experiments;
}

inline nlohmann::json job_of(nlohmann::json experiments) {
  nlohmann::json job = nlohmann::json::parse(R"({
    "name": "study", "store": "study.h5", "seed": 5,
    "embeddings": ["texture/raw", "texture/equalized"],
    "sets": {"A": {"domain": "rsna"}, "AB": ["A", {"domain": "cohen"}],
             "women": {"attributes": {"sex": "F", "age": [20, 90]}},
             "few": {"set": "AB", "at_most": 20}},
    "splits": {"folds": 3, "seeds": 2, "validation": 0.2},
    "training": {"epochs": 30, "batch": 32, "plateau": {"factor": 0.5}}})");
  job["experiments"] = std::move(experiments);
  return job;
}

/// The same list, in other orders.
inline std::vector<nlohmann::json> rotations_of(const nlohmann::json& list) {
  std::vector<nlohmann::json> rotations;
  for (std::size_t first = 0; first < list.size(); ++first) {
    nlohmann::json& rotated = rotations.emplace_back(nlohmann::json::array());
    for (std::size_t i = 0; i < list.size(); ++i)
      rotated.push_back(list[(first + i) % list.size()]);
  }
  return rotations;
}

}  // namespace crossfold::testing
