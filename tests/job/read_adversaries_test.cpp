#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"

#include "job/refused_job.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of_job;

/// `settings` stand in a disentangled candidate: "\"adversary\": \"sex\"".
std::string job_text(const std::string& settings, const std::string& of_experiment = "") {
  return R"({"name": "j", "store": "s.h5", "embeddings": "a/b", "experiments": [{"name": "e", )" +
         of_experiment + R"("candidates": [{"kind": "disentangled", )" + settings + "}]}]}";
}

Experiment read(const std::string& settings) {
  return parse_job(job_text(settings), "job.json").experiments[0];
}
Candidate candidate(const std::string& settings) { return read(settings).candidates.at(0); }

std::vector<std::string> names(const Candidate& candidate) {
  std::vector<std::string> names;
  for (const Adversary& adversary : adversaries_of(candidate)) names.push_back(adversary.of);
  return names;
}

json canonical(const std::string& settings) { return canonical_settings(candidate(settings)); }

TEST(ReadAdversaries, AreTheDomainUnlessSaid) {
  EXPECT_THAT(names(candidate(R"("name": "d")")), ElementsAre("domain"));
  EXPECT_EQ(canonical(R"("adversary": "domain")"), canonical(R"("name": "d")"));
  EXPECT_EQ(canonical(R"("adversary": ["domain"])"), canonical(R"("name": "d")"));
  EXPECT_EQ(canonical(R"("adversary": {"domain": {}})"), canonical(R"("name": "d")"));
  EXPECT_FALSE(canonical(R"("name": "d")").contains("adversary"));
}

TEST(ReadAdversaries, StandInOneOrderHoweverTheyAreListed) {
  EXPECT_THAT(names(candidate(R"("adversary": ["view", "sex", "domain"])")),
              ElementsAre("domain", "sex", "view"));
  EXPECT_EQ(canonical(R"("adversary": ["sex", "domain"])"),
            canonical(R"("adversary": {"domain": {}, "sex": {}})"));
}

TEST(ReadAdversaries, HaveTheLambdaOfTheCandidateOrTheirOwn) {
  const Candidate both = candidate(
      R"("lambda": {"from": 3}, "adversary": {"domain": {}, "sex": {"lambda": {"from": 7}}})");
  EXPECT_EQ(lambda_of(both, std::get<DisentangledModel>(both.model).adversaries[0]).from, 3);
  EXPECT_EQ(lambda_of(both, std::get<DisentangledModel>(both.model).adversaries[1]).from, 7);
}

TEST(ReadAdversaries, TheCanonicalFormReadsBackToItself) {
  for (const char* settings :
       {R"("adversary": "sex")", R"("adversary": ["sex", "domain"])",
        R"("lambda": {"from": 3}, "adversary": {"domain": {}, "sex": {"lambda": {"to": 7}}})",
        R"("adversary": {"sex": {"lambda": {"schedule": "constant", "from": 2}}})"}) {
    SCOPED_TRACE(settings);
    const Job job = parse_job(job_text(settings), "job.json");
    const json canonical = canonical_job(job);
    EXPECT_EQ(canonical_job(parse_job(canonical.dump(), "again")), canonical);
  }
  EXPECT_FALSE(canonical(R"("adversary": {"sex": {"lambda": {"from": 2}}})").contains("lambda"));
}

TEST(ReadAdversaries, OneWayOfWritingIsKept) {
  const json shared = canonical(R"("lambda": {"from": 3}, "adversary": ["sex", "domain"])");
  const auto same = [&](const std::string& settings) {
    return canonical_settings(with_shared_lambda(candidate(settings))) == shared;
  };
  EXPECT_TRUE(same(R"("lambda": {"from": 3}, "adversary": ["sex", "domain"])"));
  EXPECT_TRUE(same(R"("lambda": {"from": 3},
                      "adversary": {"domain": {"lambda": {"from": 3}}, "sex": {}})"));
  EXPECT_TRUE(same(R"("adversary": {"domain": {"lambda": {"from": 3}},
                                    "sex": {"lambda": {"from": 3}}})"));
  EXPECT_FALSE(same(R"("lambda": {"from": 3},
                       "adversary": {"domain": {"lambda": {"from": 4}}, "sex": {}})"));
  for (const char* unlike : {R"("to": 7)", R"("over": 5)", R"("warm_up": 2)",
                             R"("schedule": "linear")", R"("schedule": "constant")"}) {
    const std::string own = R"({"lambda": {"from": 3, )" + std::string(unlike) + "}}";
    EXPECT_FALSE(same(R"("lambda": {"from": 3}, "adversary": {"domain": {}, "sex": )" + own + "}"))
        << unlike;
    EXPECT_FALSE(
        same(R"("lambda": {"from": 3}, "adversary": {"domain": )" + own + R"(, "sex": {}})"))
        << unlike;
  }
  EXPECT_EQ(canonical_settings(with_shared_lambda(
                candidate(R"("adversary": {"domain": {"lambda": {"from": 2}}})"))),
            canonical(R"("lambda": {"from": 2})"));
}

TEST(ReadAdversaries, AreAttributesUnlessTheyAreLabels) {
  EXPECT_THAT(attributes_disentangled_from(read(R"("adversary": ["view", "domain", "sex"])")),
              ElementsAre("sex", "view"));
  EXPECT_THAT(attributes_disentangled_from(read(R"("name": "d")")), IsEmpty());
}

TEST(ReadAdversaries, TheirLambdasMayBeGrids) {
  const Experiment experiment =
      read(R"("adversary": {"domain": {}, "sex": {"lambda": {"from": {"grid": [2, 5]}}}})");
  ASSERT_EQ(experiment.candidates.size(), 2U);
  EXPECT_EQ(experiment.candidates[0].name, "disentangled[adversary.sex.lambda.from=2]");
  EXPECT_EQ(std::get<DisentangledModel>(experiment.candidates[1].model).adversaries[1].lambda->from,
            5);
}

/// A run reads its job again from the canonical form; attributes are named by their columns.
TEST(ReadAdversaries, MayBeNamedByAnything) {
  for (const char* name : {"patient.sex", "a/b", "~", "x.lambda", ".", "lambda.from"}) {
    SCOPED_TRACE(name);
    const std::string settings = R"("adversary": {"domain": {}, ")" + std::string(name) +
                                 R"(": {"lambda": {"from": {"grid": [2, 5]}}}})";
    const Job job = parse_job(job_text(settings, R"("sweep": {"sampler": "grid"}, )"), "job.json");
    EXPECT_EQ(drawn_candidates(job.experiments[0]), 2U);
    const Job again = parse_job(canonical_job(job).dump(), "again");
    EXPECT_EQ(canonical_job(again), canonical_job(job));
    EXPECT_EQ(drawn_candidates(again.experiments[0]), 2U);
  }
}

TEST(ReadAdversaries, RefusesWhatIsWrong) {
  const std::string at = "job.json: /experiments/0/candidates/0/";
  EXPECT_EQ(message_of_job(job_text(R"("adversary": ["sex", "sex"])")),
            at + "adversary: names \"sex\" twice. remove one");
  EXPECT_EQ(message_of_job(job_text(R"("adversary": {})")),
            at + "adversary: names nothing (there is nothing to disentangle). name a label or an "
                 "attribute, or take the kind 'baseline'");
  EXPECT_EQ(message_of_job(job_text(R"("lambda": {"from": 2},
                                   "adversary": {"sex": {"lambda": {"from": 3}}})")),
            at + "lambda: is not used (every adversary has a lambda of its own). remove it");
  EXPECT_THAT(message_of_job(job_text(R"("adversary": {"sex": {"lamda": {}}})")),
              HasSubstr(at + "adversary/sex/lamda: "));
  EXPECT_THAT(message_of_job(job_text(R"("adversary": {"sex": {"lambda": {"from": -1}}})")),
              HasSubstr(at + "adversary/sex/lambda/from: "));
  EXPECT_EQ(message_of_job(job_text(R"("adversary": {"choice": ["domain", "sex"]})")),
            at + "adversary: is a grid or a draw (the samples of the experiment hang on its "
                 "adversaries). draw their lambdas, or list a candidate for each");
}

TEST(ReadAdversaries, RefusesTheTarget) {
  EXPECT_EQ(message_of_job(job_text(R"("adversary": ["domain", "class"])")),
            "job.json: /experiments/0/candidates: has 'disentangled' of kind 'disentangled' while "
            "the target is the class (it would unlearn what it learns). take another adversary");
  EXPECT_EQ(message_of_job(job_text(R"("adversary": "sex")", R"("target": "domain", )")),
            "no error");
}

}  // namespace
}  // namespace crossfold
