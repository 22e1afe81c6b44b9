// What `crossfold check` says of a job beside what a run of it records.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::StartsWith;

/// Three candidates in two experiments on six splits: 18 fits.
class CheckCommand : public ::testing::Test {
 protected:
  CheckCommand() {
    EXPECT_EQ(run_crossfold({"store", "synth", "shortcut", file("s.h5"), "--scale", "0.05", "--dim",
                             "8", "--seed", "1"})
                  .code,
              0);
    write_text(file("job.json"), R"({"name": "checked", "store": "s.h5",
 "embeddings": ["synth/shortcut"],
 "experiments": [{"name": "task", "candidates": [{"kind": "linear"}, {"kind": "linear", "c": 2,
                  "name": "other"}]},
                 {"name": "source", "target": "domain", "candidates": [{"kind": "linear"}]}],
 "splits": {"folds": 3, "seeds": 2}})");
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  ScratchFolder folder_;
};

TEST_F(CheckCommand, CountsWhatTheJobAsksFor) {
  const json info = json::parse(run_crossfold({"store", "info", file("s.h5"), "--json"}).out);
  const Ended checked = run_crossfold({"check", file("job.json")});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_THAT(
      checked.out,
      StartsWith(file("job.json") + ": sound. 2 experiment(s), 1 embedding set(s), 18 fits over " +
                 info.at("samples").dump() + " samples\n"));
}

/// The hashes are those under which a run keeps the job's fits, so that two sites can compare them
/// before either trains.
TEST_F(CheckCommand, NamesTheHashesThatARunRecords) {
  const Ended checked = run_crossfold({"check", file("job.json"), "--json"});
  ASSERT_EQ(checked.code, 0) << checked.err;
  json answer = json::parse(checked.out);
  const Ended ran = run_crossfold({"run", file("job.json"), "--out", file("checked.run")});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::string journal = read_text(file("checked.run/journal.jsonl"));
  const std::string first = journal.substr(0, journal.find('\n'));
  for (const char* hash : {"job_sha256", "plan_sha256"}) {
    const auto value = answer.at(hash).get<std::string>();
    EXPECT_EQ(value.size(), 64U);
    EXPECT_NE(first.find("\"" + std::string(hash) + "\":\"" + value + "\""), std::string::npos)
        << hash << ' ' << value << " in " << first;
    answer.erase(hash);
  }
  answer.erase("notes");
  EXPECT_EQ(answer, (json{{"format", "crossfold-check"},
                          {"format_version", 1},
                          {"sound", true},
                          {"fits", 18},
                          {"warnings", json::array()}}));
}

/// Of another run of the same job: all fits can be taken from it; of another seed: none.
TEST_F(CheckCommand, SaysWhatAWarmStartHas) {
  ASSERT_EQ(run_crossfold({"run", file("job.json"), "--out", file("first.run")}).code, 0);
  for (const char* verb : {"check", "plan"}) {
    const json answer = json::parse(
        run_crossfold({verb, file("job.json"), "--warm-start", file("first.run"), "--json"}).out);
    EXPECT_EQ(answer.at("warm_start"),
              (json{{"run", file("first.run")}, {"taken_over", 18}, {"lacking", 0}, {"of", 18}}))
        << verb;
  }
  std::string other = read_text(file("job.json"));
  other.insert(1, R"("seed": 5, )");
  write_text(file("other.json"), other);
  const json answer = json::parse(
      run_crossfold({"check", file("other.json"), "--warm-start", file("first.run"), "--json"})
          .out);
  EXPECT_EQ(answer.at("warm_start").at("taken_over"), 0);
  EXPECT_EQ(answer.at("warm_start").at("of"), 18);
}

}  // namespace
}  // namespace crossfold
