// What `plan` and `check` say of jobs with several experiments, embedding sets, searches, races and
// matrices: each line is of its own one.

#include <cstddef>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/plan/plan_warnings.h"
#include "crossfold/store/store.h"
#include "crossfold/store/synth.h"
#include "crossfold/study/study.h"

#include "cli/verbs/told.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

using nlohmann::json;
using test::Told;
using test::told_by;
using ::testing::HasSubstr;
using ::testing::Not;

/// Five sources with two embedding sets of other sizes, whose names are not in the job's order.
class PlanText : public ::testing::Test {
 protected:
  PlanText() {
    const SampleTable samples =
        synthesize({.kind = SynthKind::sources, .dim = 16, .scale = 0.02, .seed = 1}).samples;
    samples_ = samples.size();
    write_store(folder_ / "s.h5", samples, {set("e/large", kLarge), set("e/small", kSmall)});
  }

  /// The job with these further keys.
  [[nodiscard]] std::string job(const std::string& keys) const {
    std::ofstream(folder_ / "job.json")
        << R"({"name": "p", "store": "s.h5", "embeddings": ["e/small", "e/large"], )" << keys
        << "}";
    return file("job.json");
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_ / name).string();
  }
  static std::string text_of(test::AddVerb add, const std::string& verb, const std::string& job,
                             const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{verb, job};
    words.insert(words.end(), more.begin(), more.end());
    const Told told = told_by(add, words);
    EXPECT_EQ(told.code, 0) << told.err;
    return told.out;
  }
  static std::string plan(const std::string& job, const std::vector<std::string>& more = {}) {
    return text_of(cli::add_plan_command, "plan", job, more);
  }
  static json plan_json(const std::string& job) {
    return json::parse(plan(job, {"--json"}), nullptr, false);
  }

  static constexpr std::size_t kSmall = 600;
  static constexpr std::size_t kLarge = 1025;
  std::size_t samples_ = 0;

 private:
  [[nodiscard]] EmbeddingSet set(const std::string& name, std::size_t dim) const {
    EmbeddingSet made;
    made.info.name = name;
    made.info.rows = samples_;
    made.info.dim = dim;
    for (std::size_t i = 0; i < samples_ * dim; ++i)
      made.values.push_back(static_cast<float>(i % 101));
    return made;
  }
  test::ScratchFolder folder_;
};

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

/// In whatever order they stand.
std::multiset<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::multiset<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

TEST_F(PlanText, AddsUpTheMatricesOfAllSets) {
  const std::string one = job(R"("experiments": [{"name": "task", "candidates": [
      {"kind": "linear"}]}], "splits": {"folds": 2, "seeds": 3})");
  const double bytes = static_cast<double>(samples_ * (kSmall + kLarge)) * 4;
  EXPECT_EQ(plan_json(one).at("bytes_per_node"), bytes);
  const std::string text = plan(one);
  EXPECT_THAT(text, HasSubstr(fmt::format("\nmemory: {:.1f} MB of matrices, held once per node\n",
                                          bytes / 1e6)));
  EXPECT_THAT(text,
              HasSubstr(fmt::format("\nembedding set e/small: {} x {}\nembedding set e/large: "
                                    "{} x {}\nsplits: 3 seeds x 2 folds\nfits: 12, 12 of them "
                                    "distinct, in ",
                                    samples_, kSmall, samples_, kLarge)));
  EXPECT_EQ(plan_json(one).at("embeddings"), (json{"e/small", "e/large"}));
  EXPECT_THAT(text_of(cli::add_check_command, "check", one),
              ::testing::StartsWith(fmt::format(
                  "{}: sound. 1 experiment(s), 2 embedding set(s), 12 fits over {} samples\n", one,
                  samples_)));
}

/// Of races of unlike size on several sets: who enters each, its rungs, and the fewest and the most
/// fits. All enter the first rung, one at least goes on to all splits and sources.
TEST_F(PlanText, HasALineForTheRaceOfEachExperimentOnEachSet) {
  const std::string raced = job(R"("experiments": [
      {"name": "one", "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1, 10, 100, 1000]}}],
       "sweep": {"sampler": "grid", "select": ["held-out", "source-out"],
                 "race": {"risk": "greedy", "rungs": [2]}}},
      {"name": "two", "samples": {"domain": ["site_a", "site_c", "site_e"]},
       "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1, 10, 100]}}],
       "sweep": {"sampler": "grid", "race": {"risk": "greedy", "rungs": [3, 5]}}}],
      "splits": {"folds": 4, "seeds": 2})");
  const json told = plan_json(raced);
  const std::string text = plan(raced);
  std::map<std::pair<std::string, std::string>, json> races;
  for (json race : told.at("races")) {
    const auto key = std::pair(race.at("experiment").get<std::string>(),
                               race.at("embedding").get<std::string>());
    race.erase("experiment");
    race.erase("embedding");
    races[key] = race;
  }
  ASSERT_EQ(races.size(), 4U) << told.at("races");
  const std::size_t splits = 8;
  const std::size_t sources = 5 * 2;  // of the first experiment, in each of two seeds
  const json first{{"candidates", 5},
                   {"rungs", json::array({2})},
                   {"sources_out", sources},
                   {"fits_at_least", 5 * 2 + (splits - 2) + sources},
                   {"fits_at_most", 5 * (splits + sources)}};
  const json second{{"candidates", 4},
                    {"rungs", json::array({3, 5})},
                    {"sources_out", 0},
                    {"fits_at_least", 4 * 3 + (splits - 3)},
                    {"fits_at_most", 4 * splits}};
  for (const char* set : {"e/small", "e/large"}) {
    EXPECT_EQ((races[{"one", set}]), first) << set;
    EXPECT_EQ((races[{"two", set}]), second) << set;
    EXPECT_THAT(text, HasSubstr(fmt::format(
                          "\nrace of 'one' on {}: 5 candidates, rungs of 2 splits, then 10 with a "
                          "source left out; 26 to 90 of these fits are trained, so the work below "
                          "is the most\n",
                          set)));
    EXPECT_THAT(text, HasSubstr(fmt::format("\nrace of 'two' on {}: 4 candidates, rungs of 3, 5 "
                                            "splits; 17 to 32 of these fits are trained, ",
                                            set)));
  }
}

/// Beside its five, three and two drawn ones each experiment has a baseline and the paper's.
TEST_F(PlanText, NamesTheSourcesThatEachExperimentLeavesOut) {
  const std::string left_out = job(R"("experiments": [
      {"name": "all", "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1, 10, 100, 1000]}}],
       "sweep": {"sampler": "grid", "select": ["held-out", "source-out"]}},
      {"name": "some", "samples": {"domain": ["site_a", "site_c", "site_e"]},
       "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1, 10]}}],
       "sweep": {"sampler": "grid", "select": ["held-out", "source-out"]}},
      {"name": "nested", "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1]}}],
       "sweep": {"sampler": "grid", "nested": {"folds": 3}}}],
      "splits": {"folds": 4, "seeds": 2})");
  const json told = plan_json(left_out);
  const std::string text = plan(left_out);
  const std::vector<std::size_t> source_out{7 * 5 * 2 * 2, 5 * 3 * 2 * 2, 0};
  const std::vector<std::size_t> nested{0, 0, 2 * 8 * 3 * 2};
  for (std::size_t e = 0; e < 3; ++e) {
    EXPECT_EQ(told.at("experiments").at(e).at("fits_source_out"), source_out[e]) << e;
    EXPECT_EQ(told.at("experiments").at(e).at("fits_nested"), nested[e]) << e;
  }
  const std::map<std::string, std::string> lines{
      {"source-out of 'all': 140 of these fits, ",
       " GFLOP, leave out site_a, site_b, site_c, site_d, site_e\n"},
      {"source-out of 'some': 60 of these fits, ", " GFLOP, leave out site_a, site_c, site_e\n"},
      {"nested of 'nested': 96 of these fits, ", " GFLOP, on 3 inner folds of every split\n"}};
  for (const auto& [begin, end] : lines)
    EXPECT_TRUE(std::regex_search(text, std::regex("\n" + begin + "[0-9.e+-]+" + end)))
        << begin << text;
  EXPECT_EQ(times(text, "source-out of '") + times(text, "nested of '"), lines.size());
}

/// What a scheme's fits cost stands in its line, and all of it in that of the work.
TEST_F(PlanText, SharesTheWorkOutAmongTheSchemes) {
  const std::string left_out = job(R"("experiments": [
      {"name": "all", "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1, 10, 100, 1000]}}],
       "sweep": {"sampler": "grid", "select": ["held-out", "source-out"]}},
      {"name": "nested", "candidates": [{"kind": "linear", "c": {"grid": [0.1, 1]}}],
       "sweep": {"sampler": "grid", "nested": {"folds": 3}}}],
      "splits": {"folds": 4, "seeds": 2})");
  const Study study = load_study({.job = left_out});
  double source_out = 0;
  double nested = 0;
  for (const Fit& fit : study.plan.fits) {
    source_out += fit.scheme == SplitScheme::source_out ? fit.cost : 0;
    nested += fit.scheme == SplitScheme::nested ? fit.cost : 0;
  }
  const std::string text = plan(left_out);
  EXPECT_THAT(text,
              HasSubstr(fmt::format(" of these fits, {:.3g} GFLOP, leave out ", source_out / 1e9)));
  EXPECT_THAT(text, HasSubstr(fmt::format(" of these fits, {:.3g} GFLOP, on 3 inner folds ",
                                          nested / 1e9)));
  EXPECT_GT(plan_json(left_out).at("operations").get<double>(), source_out + nested);
}

/// Candidates of each of two entries are drawn, so many at a time, until all are.
TEST_F(PlanText, HasALineForTheSearchOfEachExperiment) {
  const std::string searches = job(R"("experiments": [
      {"name": "nine", "candidates": [{"kind": "linear", "c": {"log": [0.001, 100]}}],
       "sweep": {"sampler": "tpe", "candidates": 9, "generation": 4}},
      {"name": "once", "candidates": [{"kind": "linear", "c": {"log": [0.001, 100]}}],
       "sweep": {"sampler": "sobol", "candidates": 6}},
      {"name": "twice", "candidates": [{"kind": "linear", "c": {"log": [0.001, 100]}},
        {"kind": "linear", "name": "other", "c": {"log": [0.01, 10]}}],
       "sweep": {"sampler": "tpe", "candidates": 8, "generation": 4}},
      {"name": "three", "candidates": [{"kind": "linear", "c": {"log": [0.001, 100]}}],
       "sweep": {"sampler": "tpe", "candidates": 3, "generation": 4}}],
      "splits": {"folds": 2, "seeds": 2})");
  const auto search = [](const char* name, int candidates, int drawn, int generations) {
    return json{{"experiment", name},
                {"candidates", candidates},
                {"drawn", drawn},
                {"generations", generations}};
  };
  EXPECT_EQ(plan_json(searches).at("searches"),
            (json{search("nine", 9, 4, 3), search("twice", 16, 8, 2), search("three", 3, 3, 1)}));
  const std::string text = plan(searches);
  for (const char* line : {"\nsearch of 'nine': 9 candidates in 3 generations; ",
                           "\nsearch of 'twice': 16 candidates in 2 generations; ",
                           "\nsearch of 'three': 3 candidates in 1 generations; "})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_EQ(times(text, "search of '"), 3U);
}

/// Candidates stand below the first training set of a matrix, whatever its name; those of an
/// experiment that is none stand below it.
TEST_F(PlanText, NamesTheCandidatesOfAMatrixOnce) {
  const std::string text = plan(job(R"("sets": {
        "A": {"domain": ["site_a", "site_b"]}, "B": {"domain": ["site_c", "site_d"]}},
      "experiments": [
        {"name": "plain", "candidates": [{"kind": "linear", "name": "before"}]},
        {"name": "m", "train": ["A", "B"], "evaluate": ["A", "B"], "candidates": [
          {"kind": "linear"}, {"kind": "linear", "c": 2, "name": "again"}]},
        {"name": "n", "train": ["B", "A"], "evaluate": ["A"], "candidates": [
          {"kind": "linear", "name": "other"}]},
        {"name": "last", "candidates": [{"kind": "linear", "name": "behind"}]}],
      "splits": {"scheme": "hold-out", "test": 0.4, "seeds": 2})"));
  std::vector<std::string> lines;
  const std::regex line("(experiment [a-z]+(\\[train=[AB]\\])?): |(  candidate [^\n]+)\n");
  for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at)
    lines.push_back((*at)[1].matched ? (*at)[1].str() : (*at)[3].str());
  EXPECT_THAT(lines,
              ::testing::ElementsAre(
                  "experiment plain", "  candidate before (linear)", "experiment m[train=A]",
                  "  candidate linear (linear, for each training set)",
                  "  candidate again (linear, for each training set)", "experiment m[train=B]",
                  "experiment n[train=B]", "  candidate other (linear, for each training set)",
                  "experiment n[train=A]", "experiment last", "  candidate behind (linear)"));
}

/// Splits that are written and read again are those that were drawn, and are said to be read.
TEST_F(PlanText, SaysWhereSplitsAreReadFrom) {
  const std::map<std::string, std::string> schemes{
      {R"("folds": 3, "seeds": 2)", "\nsplits: 2 seeds x 3 folds"},
      {R"("scheme": "hold-out", "test": 0.25, "seeds": 1)",
       "\nsplits: 1 seed, each holds 0.25 of the store out"}};
  int count = 0;
  for (const auto& scheme : schemes) {
    const std::string& splits = scheme.first;
    const std::string& line = scheme.second;
    const auto with = [&](const std::string& more) {
      return job(R"("experiments": [
        {"name": "task", "candidates": [{"kind": "linear"}, {"kind": "baseline"}]},
        {"name": "source", "target": "domain", "candidates": [{"kind": "linear"}]}],
        "splits": {)" +
                 splits + more + "}");
    };
    const std::string drawn = "folds" + std::to_string(++count) + ".csv";
    EXPECT_THAT(plan(with(""), {"--splits", file(drawn)}), HasSubstr(line + "\n"));
    const std::string read_again = "again" + std::to_string(count) + ".csv";
    EXPECT_THAT(plan(with(R"(, "file": ")" + drawn + "\""), {"--splits", file(read_again)}),
                HasSubstr(line + ", read from " + drawn + "\n"));
    const std::string table = test::bytes_of(file(drawn));
    EXPECT_TRUE(lines_of(test::bytes_of(file(read_again))) == lines_of(table)) << splits;
    for (const char* part : {"task,0,0,test,", "task,0,0,validation,", "source,0,0,test,"})
      EXPECT_THAT(table, HasSubstr(part)) << splits;
    EXPECT_THAT(table, Not(HasSubstr("source,0,0,validation,"))) << "regressions need none";
  }
}

/// Text and JSON, check and plan tell the same notes and warnings, each once.
TEST_F(PlanText, TellsEachNoteAndWarningOnce) {
  const std::string doubtful = job(R"("sets": {"men": {"attributes": {"sex": "M"}},
        "c": {"domain": "site_c"}},
      "experiments": [
        {"name": "task", "evaluate": ["in", "men", "c"], "candidates": [{"kind": "baseline"}]},
        {"name": "source", "target": "domain", "evaluate": ["in", "c"],
         "candidates": [{"kind": "baseline"}]}],
      "splits": {"folds": 2, "seeds": 2, "validation": 0})");
  const Study study = load_study({.job = doubtful});
  const std::vector<std::string>& notes = study.plan.basis.notes;
  const std::vector<std::string> warnings = plan_warnings(study.job, study.plan.basis);
  ASSERT_GE(notes.size(), 2U);
  ASSERT_GE(warnings.size(), 2U) << "an experiment each has no validation samples";
  const std::vector<std::pair<const char*, test::AddVerb>> verbs{{"check", cli::add_check_command},
                                                                 {"plan", cli::add_plan_command}};
  for (const auto& [verb, add] : verbs) {
    const json told = json::parse(text_of(add, verb, doubtful, {"--json"}), nullptr, false);
    EXPECT_EQ(told.at("notes"), json(notes)) << verb;
    EXPECT_EQ(told.at("warnings"), json(warnings)) << verb;
    const std::string text = text_of(add, verb, doubtful);
    for (const std::string& note : notes)
      EXPECT_THAT(text, HasSubstr("\nnote: " + note + "\n")) << verb;
    for (const std::string& warning : warnings)
      EXPECT_THAT(text, HasSubstr("\nWARNING: " + warning + "\n")) << verb;
    EXPECT_EQ(times(text, "\nnote: "), notes.size()) << verb;
    EXPECT_EQ(times(text, "\nWARNING: "), warnings.size()) << verb;
  }
}

}  // namespace
}  // namespace crossfold
