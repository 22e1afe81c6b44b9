#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json job_with(json splits) {
  return {{"name", "study"},
          {"store", "study.h5"},
          {"embeddings", "texture/raw"},
          {"splits", std::move(splits)},
          {"experiments", {{{"name", "task"}, {"candidates", {{{"kind", "linear"}}}}}}}};
}

Job read(const json& job) { return parse_job(job.dump(), "job.json"); }

std::string message_of(const json& splits) {
  try {
    static_cast<void>(read(job_with(splits)));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ReadSplits, EverySchemeReadsBackToItself) {
  const std::vector<json> written{
      {{"scheme", "k-fold"}, {"folds", 4}},
      {{"scheme", "hold-out"}, {"test", 0.25}, {"seeds", 3}, {"validation", 0.2}},
      {{"leave-one-out", "domain"}, {"seeds", 2}},
      {{"scheme", "leave-out"}, {"leave-out", {{"sex", 2}}}}};
  std::vector<std::string> hashes;
  for (const json& splits : written) {
    SCOPED_TRACE(splits.dump());
    const Job job = read(job_with(splits));
    const json canonical = canonical_job(job);
    EXPECT_EQ(canonical_job(read(canonical)), canonical);
    hashes.push_back(job_hash(job));
  }
  EXPECT_EQ(std::set<std::string>(hashes.begin(), hashes.end()).size(), written.size());
  const Job held_out = read(job_with(written[1]));
  EXPECT_EQ(held_out.splits.scheme, SplitScheme::hold_out);
  EXPECT_EQ(held_out.splits.test, 0.25);
  EXPECT_EQ(held_out.splits.seeds, 3);
  const Job one = read(job_with(written[2]));
  EXPECT_EQ(one.splits.scheme, SplitScheme::leave_out);
  EXPECT_EQ(one.splits.leave_out.by, "domain");
  EXPECT_EQ(one.splits.leave_out.levels, 1);
  EXPECT_EQ(read(job_with(written[3])).splits.leave_out.levels, 2);
}

TEST(ReadSplits, SaysWhatIsWrong) {
  EXPECT_THAT(message_of({{"scheme", "nested"}}),
              HasSubstr("/splits/scheme: is \"nested\" (not known here). choose one of k-fold, "
                        "hold-out, leave-out"));
  EXPECT_THAT(message_of({{"scheme", "hold-out"}, {"folds", 5}}),
              HasSubstr("/splits/folds: is not used by the scheme 'hold-out' (it has no folds). "
                        "remove it"));
  EXPECT_THAT(message_of({{"test", 0.3}}),
              HasSubstr("/splits/test: is not used by the scheme 'k-fold' (what is held out "
                        "follows from it). remove it"));
  EXPECT_THAT(message_of({{"scheme", "hold-out"}, {"test", 0.95}}),
              HasSubstr("/splits/test: is 0.95 (out of range)"));
  EXPECT_THAT(message_of({{"scheme", "leave-out"}}),
              HasSubstr("/splits/leave-out: is missing (there is no default). add it"));
  EXPECT_THAT(message_of({{"scheme", "hold-out"}, {"leave-one-out", "domain"}}),
              HasSubstr("/splits/leave-one-out: is not used by the scheme 'hold-out'. remove one "
                        "of the two"));
  EXPECT_THAT(message_of({{"leave-out", {{"domain", 1}}}, {"leave-one-out", "domain"}}),
              HasSubstr("/splits/leave-out: stands beside 'leave-one-out'. remove one of the two"));
  EXPECT_THAT(message_of({{"leave-out", "domain"}}),
              HasSubstr("/splits/leave-out: must name one label or attribute and how many of its "
                        "levels, as in {\"domain\": 2} (\"domain\" was found)"));
  EXPECT_THAT(message_of({{"leave-out", {{"domain", 0}}}}),
              HasSubstr("/splits/leave-out/domain: is 0 (out of range). take a whole number of 1 "
                        "to 1000"));
  EXPECT_THAT(message_of({{"leave-one-out", "domain"}, {"file", "f.csv"}}),
              HasSubstr("/splits/file: is not used by the scheme 'leave-out' (the levels say what "
                        "is held out). remove it"));
}

TEST(ReadSplits, ASweepNeedsFolds) {
  json job = job_with({{"scheme", "hold-out"}});
  json& experiment = job["experiments"][0];
  experiment["candidates"] = {{{"kind", "linear"}, {"c", {{"log", {0.1, 1}}}}}};
  experiment["sweep"] = {{"candidates", 4}};
  std::string message;
  try {
    static_cast<void>(read(job));
  } catch (const Error& error) {
    message = error.what();
  }
  EXPECT_THAT(message, HasSubstr("/experiments/0/sweep: stands beside splits of the scheme "
                                 "'hold-out' (candidates are drawn and chosen by the folds of "
                                 "'k-fold'). take that scheme, or list the candidates"));
}

}  // namespace
}  // namespace crossfold
