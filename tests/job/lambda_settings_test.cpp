// Every key of every schedule, wherever a schedule can be written.

#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/job/job_json.h"
#include "crossfold/job/lambda_at.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// data-schemas/job.schema.json: which keys a schedule uses, and their defaults.
const std::map<std::string, json>& schedules() {
  static const std::map<std::string, json> kSchedules = [] {
    const json glide{{"from", 10.0}, {"to", 1.0}, {"warm_up", 0}};
    json sigmoid = glide;
    sigmoid["gamma"] = 10.0;
    return std::map<std::string, json>{
        {"exponential", glide},
        {"linear", glide},
        {"cosine", glide},
        {"sigmoid", sigmoid},
        {"step", {{"from", 10.0}, {"factor", 0.5}, {"every", 10}, {"warm_up", 0}}},
        {"constant", {{"from", 10.0}, {"warm_up", 0}}},
        {"table", {{"values", {4.0, 3.0, 2.0, 1.0}}, {"warm_up", 0}}}};
  }();
  return kSchedules;
}

/// Two values of a key that are no default.
std::pair<json, json> values_of(const std::string& key) {
  if (key == "values") return {{4.0, 3.0, 2.0, 0.5}, {4.5, 3.0, 2.0, 1.0}};
  if (key == "every" || key == "warm_up") return {2, 3};
  return {0.25, 3.5};
}

/// The keys that can be given beside the schedule; `over` has no default.
std::set<std::string> keys_of(const std::string& schedule) {
  std::set<std::string> keys;
  for (const auto& [key, value] : schedules().at(schedule).items()) keys.insert(key);
  if (keys.contains("to")) keys.insert("over");
  return keys;
}

struct Written {
  json lambda;     ///< in a job
  json canonical;  ///< in its canonical form
};

Written written(const std::string& schedule, const std::string& key, const json& value) {
  Written made{.lambda = {{"schedule", schedule}}, .canonical = schedules().at(schedule)};
  if (schedule == "table") made.lambda["values"] = made.canonical["values"];
  made.canonical["schedule"] = schedule;
  made.lambda[key] = made.canonical[key] = value;
  return made;
}

/// A place for a schedule in a candidate, and where the canonical form has it.
struct Place {
  const char* candidate;  ///< with nothing at `place`
  const char* place;
  const char* canonical;
};

const std::vector<Place>& places() {
  static const std::vector<Place> kPlaces{
      {R"({"kind": "disentangled", "name": "c"})", "/lambda", "/lambda"},
      {R"({"kind": "disentangled", "name": "c", "adversary": {"sex": {}}})",
       "/adversary/sex/lambda", "/adversary/sex/lambda"},
      {R"({"kind": "disentangled", "name": "c", "lambda": {"from": 7},
           "adversary": {"domain": {}, "sex": {}, "view": {"lambda": {"from": 8}}}})",
       "/adversary/sex/lambda", "/adversary/sex/lambda"},
      {R"({"kind": "disentangled", "name": "c", "lambda": {"from": 7},
           "adversary": {"domain": {}, "sex": {}, "view": {"lambda": {"from": 8}}}})",
       "/adversary/domain/lambda", "/adversary/domain/lambda"},
      {R"({"kind": "disentangled", "name": "c",
           "adversary": {"domain": {}, "sex": {"lambda": {"from": 8}}}})",
       "/lambda", "/lambda"},
      {R"({"kind": "disentangled", "name": "c", "lambda": {"choice": []}})", "/lambda/choice/0",
       "/lambda"}};
  return kPlaces;
}

json job_with(const Place& place, const json& lambda) {
  json candidate = json::parse(place.candidate);
  candidate[json::json_pointer(place.place)] = lambda;
  json job = json::parse(R"({"name": "n", "store": "s", "embeddings": "a/b",
    "experiments": [{"name": "e"}], "training": {"epochs": 4}})");
  job["experiments"][0]["candidates"] = {candidate};
  if (candidate["lambda"].contains("choice")) job["experiments"][0]["sweep"] = {{"candidates", 1}};
  return job;
}

json canonical_candidate(const Job& job) {
  for (const Candidate& candidate : job.experiments.at(0).candidates)
    if (candidate.name.starts_with("c")) return canonical_settings(candidate);
  return {};
}

TEST(LambdaSettings, EveryKeyOfEveryScheduleIsReadKeptAndCountsInEveryPlace) {
  std::size_t found = 0;
  for (const Place& place : places())
    for (const auto& [schedule, defaults] : schedules())
      for (const std::string& key : keys_of(schedule)) {
        const auto [one, other] = values_of(key);
        std::set<std::string> hashes;
        for (const json& value : {one, other}) {
          const auto [lambda, canonical] = written(schedule, key, value);
          SCOPED_TRACE(std::string(place.place) + " " + lambda.dump());
          const Job job = parse_job(job_with(place, lambda).dump(), "job.json");
          const json settings = canonical_candidate(job);
          EXPECT_EQ(settings.at(json::json_pointer(place.canonical)), canonical);
          const Job again = parse_job(canonical_job(job).dump(), "again");
          EXPECT_EQ(canonical_candidate(again), settings);
          hashes.insert(job_hash(job));
          ++found;
        }
        EXPECT_EQ(hashes.size(), 2U) << place.place << " " << schedule << " " << key;
      }
  EXPECT_EQ(found, 6U * 2 * (3 * 4 + 5 + 4 + 2 + 2));
}

/// The formulas of METHODS 5, written in another way.
double expected_lambda(const LambdaSchedule& s, int epoch, int epochs) {
  const double over = s.over ? *s.over : epochs;
  const double p = epoch >= over ? 1 : epoch / over;
  double lambda = s.from;
  switch (s.kind) {
    case ScheduleKind::exponential:
      lambda = std::exp((1 - p) * std::log(s.from) + p * std::log(s.to));
      break;
    case ScheduleKind::linear:
      lambda = (1 - p) * s.from + p * s.to;
      break;
    case ScheduleKind::cosine:
      lambda = s.to + (s.from - s.to) * std::pow(std::cos(std::numbers::pi * p / 2), 2);
      break;
    case ScheduleKind::sigmoid:
      lambda = s.from + (s.to - s.from) * std::tanh(s.gamma * p / 2);
      break;
    case ScheduleKind::step:
      for (int t = 1; t <= epoch; ++t)
        if (t % s.every == 0) lambda *= s.factor;
      break;
    case ScheduleKind::constant:
      break;
    case ScheduleKind::table:
      lambda = s.values.at(static_cast<std::size_t>(epoch));
      break;
  }
  if (s.warm_up > 0 && epoch + 1 < s.warm_up)
    lambda *= (epoch + 1) / static_cast<double>(s.warm_up);
  return lambda;
}

TEST(LambdaSettings, GiveEveryScheduleItsFormulaWithEveryWarmUpAndSpan) {
  using enum ScheduleKind;
  constexpr int kManyEpochs = 20;
  std::vector<double> values;
  for (int epoch = 0; epoch < kManyEpochs; ++epoch) values.push_back(30.0 - epoch * epoch / 14.0);
  for (const ScheduleKind kind : {exponential, linear, cosine, sigmoid, step, constant, table})
    for (const std::optional<double> over :
         {std::optional<double>(), std::optional(0.5), std::optional(7.5), std::optional(30.0)})
      for (const int warm_up : {0, 1, 2, 6, 40})
        for (const auto& [from, to] : {std::pair(10.0, 1.0), std::pair(0.25, 4.0)}) {
          LambdaSchedule schedule{.kind = kind, .from = from, .to = to};
          schedule.over = over;
          schedule.warm_up = warm_up;
          schedule.gamma = 3;
          schedule.factor = 0.75;
          schedule.every = 3;
          schedule.values = values;
          for (int epoch = 0; epoch < kManyEpochs; ++epoch)
            EXPECT_NEAR(lambda_at(schedule, epoch, kManyEpochs),
                        expected_lambda(schedule, epoch, kManyEpochs), 1e-12)
                << static_cast<int>(kind) << " " << epoch << " " << warm_up;
        }
}

}  // namespace
}  // namespace crossfold
