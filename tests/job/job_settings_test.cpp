#include "job/job_settings.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/job/job_json.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::described;
using ::testing::ElementsAre;
using testing::example_job;
using testing::example_job_with;
using ::testing::HasSubstr;
using testing::job_settings;
using testing::JobSetting;
using testing::parsed;
using testing::SettingValue;

const json& schema() {
  static const json kSchema = [] {
    std::ifstream file(CROSSFOLD_SOURCE_DIR "/data-schemas/job.schema.json");
    return json::parse(file);
  }();
  return kSchema;
}

std::string definition_of(const json& described_key) {
  const json* holder = &described_key;
  if (described_key.value("type", json()) == "array") holder = &described_key.at("items");
  if (described_key.contains("oneOf")) holder = &described_key.at("oneOf").at(0);
  const std::string reference = holder->value("$ref", "");
  return reference.substr(reference.rfind('/') + 1);
}

/// key -> its description, of all keys of the schema that hold a value and not further keys:
/// "seed", "splits.folds", "plateau.patience". Those of a sweep and what it draws, of
/// named sets, of the schemes of splits, adversaries and weights have tests of their own
/// (read_sweep_test, draw_candidates_test, read_sets_test, read_splits_test, read_adversaries_test,
/// read_weights_test).
void collect_keys(const json& object, const std::string& prefix,
                  std::map<std::string, json>& keys) {
  const std::set<std::string> tested_elsewhere{
      "sets",      "train", "matrix",  "positive",      "set",        "attributes", "scheme",
      "leave-out", "test",  "at_most", "leave-one-out", "parameters", "adversary",  "weights"};
  const std::set<std::string> objects{"experiment", "candidate", "training", "plateau", "lambda",
                                      "filter",     "override",  "sweep",    "race",    "draw"};
  for (const auto& [name, value] : object.at("properties").items()) {
    if (value.contains("const") || tested_elsewhere.contains(name) ||
        objects.contains(definition_of(value)))
      continue;
    if (value.contains("properties"))
      collect_keys(value, prefix + name + ".", keys);
    else
      keys[prefix + name] = value;
  }
}

std::map<std::string, json> schema_keys() {
  std::map<std::string, json> keys;
  collect_keys(schema(), "", keys);
  const std::set<std::string> of_sweeps{"grid", "draw", "sweep", "race"};
  for (const auto& [name, definition] : schema().at("definitions").items())
    if (definition.contains("properties") && !of_sweeps.contains(name))
      collect_keys(definition, name + ".", keys);
  return keys;
}

/// What the schema says of a key's value: the first alternative that is no grid.
json rule_of(const json& described_key) {
  json rule = described_key;
  while (rule.contains("$ref") || rule.contains("oneOf")) {
    if (rule.contains("$ref")) {
      const json target = schema().at("definitions").at(definition_of(rule));
      rule.erase("$ref");
      for (const auto& [key, value] : target.items()) rule[key] = value;
    } else {
      const json first = rule["oneOf"][0];
      rule.erase("oneOf");
      for (const auto& [key, value] : first.items()) rule[key] = value;
    }
  }
  return rule;
}

bool is_number(const json& rule) {
  return rule.value("type", "") == "integer" || rule.value("type", "") == "number";
}

std::string message_of(const json& job) {
  try {
    static_cast<void>(parsed(job));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    return error.what();
  }
  return "no error";
}

/// The place of a training setting in the job instead of in the candidate.
std::string job_wide(const JobSetting& setting) {
  return setting.place.substr(setting.place.find("/training/"));
}

bool is_training(const JobSetting& setting) {
  return setting.key.starts_with("training.") || setting.key.starts_with("plateau.");
}

TEST(JobSettings, HaveARowForEveryKeyOfTheSchemaAndNoOther) {
  std::set<std::string> rows, keys;
  for (const JobSetting& setting : job_settings()) rows.insert(setting.key);
  for (const auto& [key, value] : schema_keys()) keys.insert(key);
  keys.erase("experiment.probe_within");  // which needs a probe: read_probes_test
  EXPECT_EQ(rows, keys);
  EXPECT_GT(keys.size(), 40U);
  for (const JobSetting& setting : job_settings()) EXPECT_GE(setting.values.size(), 2U);
}

TEST(JobSettings, EachIsReadIntoItsOwnFieldAndNoOther) {
  const Job example = parsed(example_job());
  for (const JobSetting& setting : job_settings())
    for (const SettingValue& value : setting.values) {
      SCOPED_TRACE(described(setting, value));
      const Job job = parsed(example_job_with(setting.place, value.written));
      EXPECT_EQ(setting.of(job), value.read);
      for (const JobSetting& other : job_settings()) {
        const bool together =
            other.place == setting.place ||
            // A name that is not given is the kind's.
            (setting.key == "candidate.kind" && other.key == "candidate.name") ||
            (setting.key == "experiment.target" && other.place == "/experiments/1/stratify");
        if (!together) {
          EXPECT_EQ(other.of(job), other.of(example)) << other.place;
        }
      }
    }
}

TEST(JobSettings, EachShowsInTheCanonicalFormThereAndNowhereElse) {
  for (const JobSetting& setting : job_settings()) {
    const json first =
        canonical_job(parsed(example_job_with(setting.place, setting.values[0].written)));
    for (std::size_t i = 1; i < setting.values.size(); ++i) {
      SCOPED_TRACE(described(setting, setting.values[i]));
      const Job job = parsed(example_job_with(setting.place, setting.values[i].written));
      const json other = canonical_job(job);
      EXPECT_NE(other, first);
      const bool counts =
          setting.key != "store" && setting.key != "cohort" && setting.key != "warm_start";
      EXPECT_EQ(job_hash(job) != job_hash(parsed(first)), counts);
      const std::vector<std::string> lines = differing_fields(first, other);
      EXPECT_EQ(!lines.empty(), counts);
      const bool whole_candidate = setting.key == "candidate.kind";
      const std::string place =
          whole_candidate ? setting.place.substr(0, setting.place.rfind('/')) : setting.place;
      const std::string of_schedule = setting.place.substr(0, setting.place.rfind('/'));
      for (const std::string& line : lines) {
        const bool there =
            line.starts_with(place) || place.starts_with(line.substr(0, line.find(':'))) ||
            (setting.key == "lambda.schedule" && line.starts_with(of_schedule)) ||
            (setting.key == "experiment.target" && line.starts_with("/experiments/2/stratify"));
        EXPECT_TRUE(there) << line;
      }
    }
  }
}

TEST(JobSettings, TheCanonicalFormIsAJobThatReadsBackToItself) {
  for (const JobSetting& setting : job_settings())
    for (const SettingValue& value : setting.values) {
      SCOPED_TRACE(described(setting, value));
      const Job job = parsed(example_job_with(setting.place, value.written));
      const json canonical = canonical_job(job);
      const Job again = parsed(canonical);
      EXPECT_EQ(canonical_job(again), canonical);
      EXPECT_EQ(job_hash(again), job_hash(job));
      for (const JobSetting& other : job_settings())
        EXPECT_EQ(other.of(again), other.of(job)) << other.place;
    }
}

TEST(JobSettings, AreBoundedAsTheSchemaSays) {
  const auto keys = schema_keys();
  for (const JobSetting& setting : job_settings()) {
    SCOPED_TRACE(setting.place);
    const json rule = rule_of(keys.at(setting.key));
    if (!is_number(rule)) continue;
    const bool whole = rule.at("type") == "integer";
    const auto refused = [&](const json& value, const char* why) {
      EXPECT_THAT(message_of(example_job_with(setting.place, value)),
                  AllOf(HasSubstr("job.json: " + setting.place + ": "), HasSubstr(why)))
          << value;
    };
    const auto accepted = [&](const json& value) {
      EXPECT_EQ(setting.of(parsed(example_job_with(setting.place, value))), value) << value;
    };
    const bool any_seed = setting.key == "seed";
    const char* const outside = any_seed ? "must be a whole number of 0 to" : "out of range";
    if (rule.contains("exclusiveMinimum")) {
      refused(rule.at("exclusiveMinimum"), outside);
      refused(-1, outside);
      accepted(1e-300);
    } else {
      const json low = rule.at("minimum");
      const bool exponential = setting.key == "lambda.from" || setting.key == "lambda.to";
      if (exponential)
        refused(low, outside);  // of (to / from)^p only numbers above 0 make sense
      else
        accepted(low);
      refused(whole ? json(low.get<int>() - 1) : json(low.get<double>() - 1e-9), outside);
    }
    accepted(rule.at("maximum"));
    if (!any_seed)
      refused(rule.at("maximum").get<double>() < 2 ? json(2) : json(2'000'000'000), outside);
    refused("7", whole ? "must be a whole number" : "must be a number");
    refused(true, whole ? "must be a whole number" : "must be a number");
    if (whole) refused(7.5, "must be a whole number");
  }
}

TEST(JobSettings, ThatAreNamesAreThoseOfTheSchema) {
  const auto keys = schema_keys();
  std::size_t found = 0;
  for (const JobSetting& setting : job_settings()) {
    const json rule = rule_of(keys.at(setting.key));
    if (!rule.contains("enum") || setting.key == "filter.role" ||
        setting.key == "experiment.evaluate")
      continue;
    SCOPED_TRACE(setting.place);
    ++found;
    const json names = rule.at("enum");
    std::string listed;
    for (const json& name : names) listed += (listed.empty() ? "" : ", ") + name.get<std::string>();
    EXPECT_THAT(message_of(example_job_with(setting.place, "other")),
                HasSubstr("job.json: " + setting.place +
                          ": is \"other\" (not known here). choose one of " + listed));
    // Numbers are no names, not even those that the program knows the names by.
    for (const json& value :
         {json(0), json(1), json(true), json("0"), json(names[0].get<std::string>() + " ")})
      EXPECT_THAT(message_of(example_job_with(setting.place, value)), HasSubstr(setting.place));
  }
  EXPECT_EQ(found, 12U);
}

TEST(JobSettings, OfTheWrongKindAreRefused) {
  for (const JobSetting& setting : job_settings())
    for (const json& wrong :
         {json::object(), json(-3.5), json::array({json::object()}), json("")}) {
      const std::string message = message_of(example_job_with(setting.place, wrong));
      EXPECT_THAT(message, HasSubstr(setting.place)) << wrong;
    }
}

TEST(JobSettings, OfACandidateWinOverTheJobs) {
  const Job example = parsed(example_job());
  for (const JobSetting& setting : job_settings()) {
    if (!is_training(setting)) continue;
    const SettingValue& of_job = setting.values[0];
    const SettingValue& of_candidate = setting.values[1];
    if (of_job.written.is_null()) {
      json job = example_job();
      job[json::json_pointer(job_wide(setting))] = of_candidate.written;
      EXPECT_EQ(setting.of(parsed(job)), of_candidate.read) << "of the job: " << setting.key;
    }
    for (const auto& [wide, own] :
         {std::pair(of_job, of_candidate), std::pair(of_candidate, of_job)}) {
      if (wide.written.is_null() || own.written.is_null()) continue;
      SCOPED_TRACE(setting.key);
      json job = example_job_with(setting.place, own.written);
      job[json::json_pointer(job_wide(setting))] = wide.written;
      // The table of eight numbers goes with the example's epochs.
      job[json::json_pointer("/experiments/0/candidates")].erase(5);
      const Job read = parsed(job);
      EXPECT_EQ(setting.of(read), own.read);
      for (const JobSetting& other : job_settings())
        if (is_training(other) && other.key != setting.key) {
          EXPECT_EQ(other.of(read), other.of(example)) << other.key;
        }
      // Every other candidate that trains has the job's.
      for (const std::size_t candidate : {2U, 3U, 4U}) {
        Job moved = read;
        moved.experiments[0].candidates[1] = moved.experiments[0].candidates[candidate];
        EXPECT_EQ(setting.of(moved), wide.read) << candidate;
      }
      Job moved = read;
      moved.experiments[0].candidates[1] = moved.experiments[1].candidates[1];
      EXPECT_EQ(setting.of(moved), wide.read);
    }
  }
}

TEST(JobSettings, ThatAreNumbersOfACandidateMayBeGrids) {
  const auto keys = schema_keys();
  std::size_t found = 0;
  for (const JobSetting& setting : job_settings()) {
    const bool of_candidate = setting.key.starts_with("candidate.") ||
                              setting.key.starts_with("lambda.") || is_training(setting);
    if (!of_candidate || !is_number(rule_of(keys.at(setting.key)))) continue;
    SCOPED_TRACE(setting.place);
    ++found;
    const json low = setting.values[0].written.is_null() ? json(7) : setting.values[0].written;
    const json high = setting.values[1].written;
    const Job job = parsed(example_job_with(setting.place, {{"grid", {low, high}}}));
    const std::string prefix = "/experiments/0/candidates/";
    const auto index = static_cast<std::size_t>(setting.place[prefix.size()] - '0');
    std::string field = setting.place.substr(prefix.size() + 2);
    std::replace(field.begin(), field.end(), '/', '.');
    const std::vector<Candidate>& candidates = job.experiments[0].candidates;
    ASSERT_EQ(candidates.size(), 7U);
    const std::string name = parsed(example_job()).experiments[0].candidates[index].name;
    EXPECT_EQ(candidates[index].name, name + "[" + field + "=" + low.dump() + "]");
    EXPECT_EQ(candidates[index + 1].name, name + "[" + field + "=" + high.dump() + "]");
    EXPECT_EQ(setting.of(job), low);
    Job second = job;
    second.experiments[0].candidates.erase(second.experiments[0].candidates.begin() +
                                           static_cast<std::ptrdiff_t>(index));
    EXPECT_EQ(setting.of(second), high);
  }
  EXPECT_EQ(found, 16U);
}

/// METHODS 4 and 5, a row for each kind.
TEST(JobSettings, OfACandidateAreThoseItsKindUses) {
  const std::map<std::string, std::set<std::string>> used{
      {"linear", {"name", "kind", "c"}},
      {"baseline", {"name", "kind", "training"}},
      {"disentangled", {"name", "kind", "training", "lambda", "adversary", "domain_head"}}};
  const json some{{"name", "n"},
                  {"c", 2},
                  {"training", {{"epochs", 3}}},
                  {"lambda", {{"from", 2}}},
                  {"adversary", "sex"},
                  {"domain_head", "still"}};
  for (const auto& [kind, keys] : used)
    for (const auto& [key, value] :
         schema().at("definitions").at("candidate").at("properties").items()) {
      if (key == "parameters") continue;  // depends on the sweep, not on the kind
      json candidate{{"kind", kind}, {"name", "m"}};
      if (key != "kind") candidate[key] = some.at(key);
      const std::string expected =
          keys.contains(key) ? "no error"
                             : "job.json: /experiments/0/candidates/0/" + key +
                                   ": is not used by a candidate of kind '" + kind + "'. remove it";
      EXPECT_EQ(message_of(example_job_with("/experiments/0/candidates/0", candidate)), expected)
          << kind << " " << key;
    }
}

TEST(JobSettings, OfLambdaAreThoseItsScheduleUses) {
  const std::map<std::string, std::set<std::string>> used{
      {"exponential", {"from", "to", "over"}},
      {"linear", {"from", "to", "over"}},
      {"cosine", {"from", "to", "over"}},
      {"sigmoid", {"from", "to", "over", "gamma"}},
      {"step", {"from", "factor", "every"}},
      {"constant", {"from"}},
      {"table", {"values"}}};
  const json some{
      {"from", 2},  {"to", 3},     {"over", 4},    {"gamma", 5},
      {"every", 6}, {"factor", 7}, {"warm_up", 8}, {"values", {1, 2, 3, 4, 5, 6, 7, 8}}};
  for (const auto& [schedule, keys] : used)
    for (const auto& [key, value] :
         schema().at("definitions").at("lambda").at("properties").items()) {
      json lambda{{"schedule", schedule}};
      if (schedule == "table") lambda["values"] = some.at("values");
      if (key != "schedule") lambda[key] = some.at(key);
      const bool fits = key == "schedule" || key == "warm_up" || keys.contains(key);
      const std::string expected = fits ? "no error"
                                        : "job.json: /experiments/0/candidates/2/lambda/" + key +
                                              ": is not used by the schedule '" + schedule +
                                              "'. remove it or choose another schedule";
      EXPECT_EQ(message_of(example_job_with("/experiments/0/candidates/2/lambda", lambda)),
                expected)
          << schedule << " " << key;
    }
}

TEST(JobSettings, OfAProbeNeedOneAndAnEncoder) {
  EXPECT_EQ(message_of(example_job_with("/experiments/0/probe_on", "z")),
            "job.json: /experiments/0/probe_on: is not used without 'probe'. remove it or add a "
            "probe");
  json linear = example_job_with("/experiments/1/probe_on", "z");
  linear["experiments"][1]["candidates"].erase(1);
  EXPECT_EQ(message_of(linear),
            "job.json: /experiments/1/probe_on: is not used by candidates of kind 'linear' (they "
            "have no encoder). remove it");
  for (const auto& [place, label] :
       {std::pair("/experiments/0/probe", "class"), std::pair("/experiments/1/probe", "domain")})
    EXPECT_EQ(message_of(example_job_with(place, label)),
              std::string("job.json: ") + place + ": is the target itself (" + label +
                  "). take the other label or remove it");
}

TEST(JobSettings, OfDisentanglingDoNotGoWithTheDomainAsTarget) {
  EXPECT_EQ(message_of(example_job_with("/experiments/1/candidates/1/kind", "disentangled")),
            "job.json: /experiments/1/candidates: has 'disentangled' of kind 'disentangled' while "
            "the target is the domain (it would unlearn what it learns). take another kind");
}

TEST(JobSettings, OfEvaluateHoldTheHeldOutFoldAndNotThePool) {
  EXPECT_EQ(message_of(example_job_with("/experiments/0/evaluate", "oos")),
            "job.json: /experiments/0/evaluate: lacks \"in\" (the held-out fold is always scored). "
            "add it");
  for (const json& roles : {json("oos"), json::array({"in", "oos"})}) {
    json job = example_job_with("/experiments/0/evaluate", json::array({"in", "oos"}));
    job["experiments"][0]["samples"]["role"] = roles;
    EXPECT_EQ(message_of(job),
              "job.json: /experiments/0/evaluate: has \"oos\" while 'samples' takes oos samples "
              "into the pool (they would be trained on). remove one of the two");
  }
}

TEST(JobSettings, OfAFilterKeepTheRoleOfThePool) {
  const Job job = parsed(example_job_with("/experiments/0/samples", {{"class", "normal"}}));
  EXPECT_THAT(job.experiments[0].samples.role, ElementsAre(Role::in));
}

TEST(JobSettings, OfRolesNeedALabelAndHaveNoRole) {
  EXPECT_EQ(message_of(example_job_with("/roles/oos", json::object())),
            "job.json: /roles/oos: names neither 'class' nor 'domain' (it would take every "
            "sample). add one");
  EXPECT_EQ(message_of(example_job_with("/roles/in", {{"role", "in"}, {"class", "normal"}})),
            "job.json: /roles/in/role: is not used here (this is what gives samples their role). "
            "remove it");
  EXPECT_EQ(
      message_of(example_job_with("/experiments/0/samples", {{"role", "out"}})),
      "job.json: /experiments/0/samples/role: has \"out\" (not a role). choose one of in, oos");
}

TEST(JobSettings, FormatAndVersionAreThoseOfThisProgram) {
  EXPECT_EQ(message_of(example_job_with("/format", "crossfold-job")), "no error");
  EXPECT_EQ(message_of(example_job_with("/format_version", 1)), "no error");
  EXPECT_THAT(message_of(example_job_with("/format", "crossfold-report")), HasSubstr("/format: "));
  EXPECT_THAT(message_of(example_job_with("/format_version", 2)), HasSubstr("/format_version: "));
}

}  // namespace
}  // namespace crossfold
