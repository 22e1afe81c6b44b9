#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"

#include "job/refused_job.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// `settings` stand beside an experiment's name: "\"probe\": \"domain\"".
std::string job_text(const std::string& settings) {
  return R"({"name": "j", "store": "s.h5", "embeddings": "a/b", "experiments": [{"name": "e", )" +
         settings + R"(, "candidates": [{"kind": "linear"}, {"kind": "baseline"}]}]})";
}

Job read(const std::string& settings) { return parse_job(job_text(settings), "job.json"); }

std::string message_of(const std::string& settings) {
  return testing::message_of_job(job_text(settings));
}

nlohmann::json canonical(const std::string& settings) {
  return canonical_job(read(settings))["experiments"][0];
}

TEST(ReadProbes, TakesALabelAttributesOrBoth) {
  const Experiment label = read(R"("probe": "domain")").experiments[0];
  EXPECT_EQ(label.probe, Label::domain);
  EXPECT_THAT(label.probe_attributes, IsEmpty());
  const Experiment attribute = read(R"("probe": "sex")").experiments[0];
  EXPECT_EQ(attribute.probe, std::nullopt);
  EXPECT_THAT(attribute.probe_attributes, ElementsAre("sex"));
  const Experiment both =
      read(R"("probe": ["sex", "domain", "age"], "probe_within": "class")").experiments[0];
  EXPECT_EQ(both.probe, Label::domain);
  EXPECT_THAT(both.probe_attributes, ElementsAre("sex", "age"));
  EXPECT_EQ(both.probe_within, ProbeWithin::class_label);
}

TEST(ReadProbes, ALabelAloneKeepsItsCanonicalForm) {
  const nlohmann::json alone = canonical(R"("probe": "domain")");
  EXPECT_EQ(alone["probe"], "domain");
  EXPECT_FALSE(alone.contains("probe_within"));
  EXPECT_EQ(canonical(R"("probe": ["domain"])"), alone);
  EXPECT_EQ(canonical(R"("probe": ["domain"], "probe_within": "pool")"), alone);
  EXPECT_FALSE(canonical(R"("target": "class")").contains("probe"));
}

TEST(ReadProbes, TheCanonicalFormIsReadBack) {
  const Job job = read(R"("probe": ["age", "domain", "sex"], "probe_within": "class")");
  const nlohmann::json written = canonical_job(job);
  EXPECT_EQ(written["experiments"][0]["probe"], nlohmann::json({"domain", "age", "sex"}));
  EXPECT_EQ(written["experiments"][0]["probe_within"], "class");
  EXPECT_EQ(canonical_job(parse_job(written.dump(), "job.json")), written);
  EXPECT_NE(job_hash(job), job_hash(read(R"("probe": ["age", "domain", "sex"])")));
}

TEST(ReadProbes, HaveTheWordsOfTheSchema) {
  EXPECT_THAT(names_of<ProbeWithin>(), ElementsAre("pool", "class"));
}

TEST(ReadProbes, RefusesTheTargetAndWhatIsNamedTwice) {
  EXPECT_EQ(message_of(R"("probe": ["sex", "class"])"),
            "job.json: /experiments/0/probe: is the target itself (class). take the other label or "
            "remove it");
  EXPECT_EQ(message_of(R"("probe": ["sex", "domain", "sex"])"),
            "job.json: /experiments/0/probe: names \"sex\" twice. remove one");
  EXPECT_EQ(message_of(R"("probe": [])"),
            "job.json: /experiments/0/probe: must be a text or a list of texts that are not empty "
            "([] was found)");
}

TEST(ReadProbes, RefusesWithinWhereNothingIsProbed) {
  EXPECT_EQ(message_of(R"("probe_within": "class")"),
            "job.json: /experiments/0/probe_within: is not used without 'probe'. remove it or add "
            "a probe");
  EXPECT_EQ(message_of(R"("target": "domain", "probe": "class", "probe_within": "class")"),
            "job.json: /experiments/0/probe_within: is not used where only the class is probed "
            "(within a class it is the same for all). remove it or probe an attribute");
  EXPECT_EQ(message_of(R"("target": "domain", "probe": ["class", "sex"], "probe_within": "class")"),
            "no error");
  EXPECT_EQ(message_of(R"("probe": "domain", "probe_within": "domain")"),
            "job.json: /experiments/0/probe_within: is \"domain\" (not known here). choose one of "
            "pool, class");
}

}  // namespace
}  // namespace crossfold
