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

/// `settings` stand beside an experiment's name: "\"weights\": \"balanced\"".
std::string job_text(const std::string& settings) {
  return R"({"name": "j", "store": "s.h5", "embeddings": "a/b", "experiments": [{"name": "e", )" +
         settings + R"(, "candidates": [{"kind": "linear"}]}]})";
}
Job read(const std::string& settings) { return parse_job(job_text(settings), "job.json"); }
std::vector<Label> weights(const std::string& settings) {
  return read(settings).experiments[0].weights;
}

std::string message_of(const std::string& settings) {
  return testing::message_of_job(job_text(settings));
}

TEST(ReadWeights, AreNoneUnlessSaid) {
  EXPECT_THAT(weights(R"("target": "class")"), IsEmpty());
  EXPECT_FALSE(canonical_job(read(R"("target": "class")"))["experiments"][0].contains("weights"));
}

TEST(ReadWeights, AreByTheTargetOrByTheLabelsThatAreNamed) {
  EXPECT_THAT(weights(R"("weights": "balanced")"), ElementsAre(Label::class_label));
  EXPECT_THAT(weights(R"("target": "domain", "weights": "balanced")"), ElementsAre(Label::domain));
  EXPECT_THAT(weights(R"("weights": {"balanced": "domain"})"), ElementsAre(Label::domain));
  EXPECT_THAT(weights(R"("weights": {"balanced": ["domain", "class"]})"),
              ElementsAre(Label::class_label, Label::domain));
}

TEST(ReadWeights, TheCanonicalFormReadsBackToItself) {
  for (const char* settings :
       {R"("weights": "balanced")", R"("weights": {"balanced": ["domain", "class"]})"}) {
    const json canonical = canonical_job(read(settings));
    EXPECT_EQ(canonical_job(parse_job(canonical.dump(), "again")), canonical);
  }
}

TEST(ReadWeights, RefusesWhatIsWrong) {
  const std::string at = "job.json: /experiments/0/weights";
  EXPECT_THAT(message_of(R"("weights": "even")"), HasSubstr(at + ": is \"even\" (not known here)"));
  EXPECT_EQ(message_of(R"("weights": {"balanced": "sex"})"),
            at + "/balanced: has \"sex\" (not a label). choose one of class, domain");
  EXPECT_EQ(message_of(R"("weights": {"balanced": ["class", "class"]})"),
            at + "/balanced: names \"class\" twice. remove one");
  EXPECT_EQ(message_of(R"("weights": {})"),
            at + ": lacks 'balanced' (what is to count alike). write \"balanced\", or name the "
                 "labels");
}

}  // namespace
}  // namespace crossfold
