#include "crossfold/samples/sample_sets.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/job/job_json.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// Eight samples; the last has no role.
SampleTable eight() {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  const std::vector<std::string> classes{"normal", "covid19", "normal", "covid19",
                                         "normal", "normal",  "",       "normal"};
  const std::vector<std::string> domains{"rsna", "cohen", "cohen", "rsna",
                                         "",     "rsna",  "cohen", "rsna"};
  const std::vector<std::string> roles{"in", "in", "in", "oos", "in", "oos", "in", ""};
  for (std::size_t i = 0; i < classes.size(); ++i) {
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(i / 2));
    samples.class_label.append(classes[i]);
    samples.domain.append(domains[i]);
    samples.role.append(roles[i]);
  }
  CodedColumn view;
  for (const char* name : {"PA", "AP", "", "PA", "L", "PA", "AP", "PA"}) view.append(name);
  samples.attributes = {
      {.name = "view", .values = view},
      {.name = "age", .values = std::vector<double>{18, 65, 40, kMissing, 17.5, 65.5, 30, 20}}};
  return samples;
}

Job job_with(const json& sets) {
  return parse_job(
      json{{"name", "study"},
           {"store", "s.h5"},
           {"embeddings", "a/raw"},
           {"sets", sets},
           {"experiments", {{{"name", "task"}, {"candidates", {{{"kind", "linear"}}}}}}}}
          .dump(),
      "job.json");
}

std::vector<std::string> errors_of(const json& sets) {
  ValidationErrors errors;
  static_cast<void>(find_sets(eight(), job_with(sets), errors));
  return errors.lines();
}

TEST(FindSets, FiltersByLabelsRolesAndAttributes) {
  ValidationErrors errors;
  const SampleSets sets = find_sets(
      eight(),
      job_with(
          {{"rsna", {{"domain", "rsna"}}},
           {"out", {{"role", "oos"}}},
           {"frontal", {{"attributes", {{"view", {"PA", "AP"}}}}}},
           {"adults", {{"attributes", {{"age", {18, 65}}}}}},
           {"both", {{"class", "normal"}, {"attributes", {{"age", {18, 65}}, {"view", "PA"}}}}},
           {"of", {{"set", {"rsna", "out"}}, {"class", "normal"}}},
           {"any", {"rsna", {{"class", "covid19"}}}}}),
      errors);
  EXPECT_THAT(errors.lines(), IsEmpty());
  EXPECT_THAT(sets.at("rsna"), ElementsAre(0, 3, 5)) << "row 7 has no role";
  EXPECT_THAT(sets.at("out"), ElementsAre(3, 5));
  EXPECT_THAT(sets.at("frontal"), ElementsAre(0, 1, 3, 5, 6));
  EXPECT_THAT(sets.at("adults"), ElementsAre(0, 1, 2, 6)) << "both ends belong to it";
  EXPECT_THAT(sets.at("both"), ElementsAre(0));
  EXPECT_THAT(sets.at("of"), ElementsAre(0, 5));
  EXPECT_THAT(sets.at("any"), ElementsAre(0, 1, 3, 5));
}

TEST(FindSets, SaysWhatIsWrong) {
  EXPECT_THAT(errors_of({{"a", {{"domain", "nih"}}}}),
              ElementsAre("/sets/a/domain: has \"nih\" (the store does not know it). choose one of "
                          "rsna, cohen"));
  EXPECT_THAT(errors_of({{"a", {{"attributes", {{"sex", "F"}}}}}}),
              ElementsAre("/sets/a/attributes/sex: is asked for (the store has no such attribute). "
                          "choose one of view, age"));
  EXPECT_THAT(errors_of({{"a", {{"attributes", {{"view", "AO"}}}}}}),
              ElementsAre("/sets/a/attributes/view: has \"AO\" (the store does not know it). "
                          "choose one of PA, AP, L"));
  EXPECT_THAT(
      errors_of({{"a", {{"attributes", {{"age", "old"}}}}}}),
      ElementsAre("/sets/a/attributes/age: asks for names (the attribute has numbers). give "
                  "the two ends of a range, as in [18, 65]"));
  EXPECT_THAT(errors_of({{"a", {{"attributes", {{"view", {1, 2}}}}}}}),
              ElementsAre("/sets/a/attributes/view: asks for a range (the attribute has names). "
                          "take some of PA, AP, L"));
  EXPECT_THAT(
      errors_of({{"a", {{"class", "covid19"}, {"attributes", {{"view", "L"}}}}}}),
      ElementsAre("/sets/a: is empty (no sample with a role passes). widen it or remove it"));
  EXPECT_THAT(errors_of({{"a", {{"domain", "rsna"}, {"at_most", {{"normal", 3}}}}}}),
              ElementsAre("/sets/a/at_most: asks for 3 of 'normal' (there are 2). lower it"));
  EXPECT_THAT(errors_of({{"a", {{"domain", "rsna"}, {"at_most", 9}}}}),
              ElementsAre("/sets/a/at_most: asks for 9 images of a class (no class has so many). "
                          "lower it"));
  EXPECT_THAT(
      errors_of({{"a", {{"domain", "rsna"}, {"at_most", {{"flu", 3}}}}}}),
      ElementsAre("/sets/a/at_most: limits 'flu' (the store has no such class). choose one of "
                  "normal, covid19"));
}

/// 400 samples of 150 patients, some of them in two classes.
SampleTable many(std::uint32_t seed) {
  std::mt19937 random(seed);
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  for (std::size_t i = 0; i < 400; ++i) {
    const auto patient = static_cast<std::uint32_t>(random() % 150);
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(patient));
    const std::vector<std::string> classes{"normal", "pneumonia", "covid19"};
    samples.class_label.append(classes[random() % 10 == 0 ? random() % 3 : patient % 3]);
    samples.domain.append("site");
    samples.role.append("in");
  }
  return samples;
}

TEST(FindSets, TakesWholePatientsUpToANumber) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const SampleTable samples = many(seed);
    Job job =
        job_with({{"few", {{"domain", "site"}, {"at_most", {{"normal", 30}, {"covid19", 7}}}}}});
    job.seed = seed;
    ValidationErrors errors;
    const std::vector<std::uint32_t> rows = find_sets(samples, job, errors).at("few");
    ASSERT_THAT(errors.lines(), IsEmpty());
    std::vector<int> counts(3, 0);
    std::set<std::string> patients;
    for (const std::uint32_t row : rows) {
      ++counts[static_cast<std::size_t>(samples.class_label.codes[row])];
      patients.insert(samples.group[row]);
    }
    const auto code = [&](const char* name) {
      return static_cast<std::size_t>(
          std::find(samples.class_label.levels.begin(), samples.class_label.levels.end(), name) -
          samples.class_label.levels.begin());
    };
    EXPECT_LE(counts[code("normal")], 30);
    EXPECT_GE(counts[code("normal")], 27) << "as many as whole patients allow";
    EXPECT_LE(counts[code("covid19")], 7);
    EXPECT_GE(counts[code("covid19")], 4);
    for (std::uint32_t row = 0; row < samples.size(); ++row)
      if (patients.contains(samples.group[row])) {
        EXPECT_TRUE(std::binary_search(rows.begin(), rows.end(), row)) << "a patient is divided";
      }
  }
}

/// 30 samples of the first class, 20 of the second, 5 of the third, and two without a class; each
/// of a patient of its own.
SampleTable of_unequal_classes() {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  for (const auto& [class_label, count] : {std::pair("normal", 30), std::pair("pneumonia", 20),
                                           std::pair("covid19", 5), std::pair("", 2)})
    for (int i = 0; i < count; ++i) {
      samples.id.push_back("image" + std::to_string(samples.size()));
      samples.group.push_back("patient" + samples.id.back());
      samples.class_label.append(class_label);
      samples.domain.append("site");
      samples.role.append("in");
    }
  return samples;
}

/// Of each class: its own number, else the one for every class, else all that there are.
TEST(FindSets, TakesSoManyOfEachClass) {
  const SampleTable samples = of_unequal_classes();
  Job job = job_with({{"few", {{"domain", "site"}, {"at_most", 1}}}});
  const auto drawn = [&](const std::map<std::string, int>& at_most) {
    job.sets.at("few").at(0).at_most = at_most;
    ValidationErrors errors;
    const SampleSets sets = find_sets(samples, job, errors);
    EXPECT_THAT(errors.lines(), IsEmpty());
    std::vector<int> counts(4, 0);  // without a class in the last place
    for (const std::uint32_t row : sets.at("few")) {
      const std::int32_t code = samples.class_label.codes[row];
      ++counts[code < 0 ? 3 : static_cast<std::size_t>(code)];
    }
    return counts;
  };
  EXPECT_THAT(drawn({{"", 10}}), ElementsAre(10, 10, 5, 2));
  EXPECT_THAT(drawn({{"", 20}}), ElementsAre(20, 20, 5, 2));
  EXPECT_THAT(drawn({{"", 30}}), ElementsAre(30, 20, 5, 2)) << "one class has so many";
  EXPECT_THAT(drawn({{"", 10}, {"covid19", 3}}), ElementsAre(10, 10, 3, 2));
  EXPECT_THAT(drawn({{"", 10}, {"normal", 25}}), ElementsAre(25, 10, 5, 2));
  EXPECT_THAT(drawn({{"normal", 4}}), ElementsAre(4, 20, 5, 2));
  EXPECT_THAT(drawn({{"normal", 30}, {"covid19", 1}}), ElementsAre(30, 20, 1, 2));
}

TEST(FindSets, DrawsByTheSeedAndTheNameAlone) {
  const SampleTable samples = many(1);
  const json few{{"domain", "site"}, {"at_most", 20}};
  const auto drawn = [&](const json& sets, std::uint64_t seed, const char* name) {
    Job job = job_with(sets);
    job.seed = seed;
    ValidationErrors errors;
    return find_sets(samples, job, errors).at(name);
  };
  const auto first = drawn({{"few", few}}, 0, "few");
  EXPECT_EQ(drawn({{"few", few}, {"whole", {{"role", "in"}}}}, 0, "few"), first);
  EXPECT_NE(drawn({{"few", few}}, 1, "few"), first);
  EXPECT_NE(drawn({{"other", few}}, 0, "other"), first);
}

/// Two domains of one structure: the parts of a set that are drawn from them are draws of their
/// own.
TEST(FindSets, DrawsEachPartOfASetFromAStreamOfItsOwn) {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  constexpr std::uint32_t kImages = 100;
  for (const char* domain : {"left", "right"})
    for (std::uint32_t i = 0; i < kImages; ++i) {
      samples.id.push_back(std::string(domain) + std::to_string(i));
      samples.group.push_back(samples.id.back());
      samples.class_label.append("normal");
      samples.domain.append(domain);
      samples.role.append("in");
    }
  ValidationErrors errors;
  const std::vector<std::uint32_t> rows =
      find_sets(samples,
                job_with({{"both",
                           {{{"domain", "left"}, {"at_most", 20}},
                            {{"domain", "right"}, {"at_most", 20}}}}}),
                errors)
          .at("both");
  ASSERT_THAT(errors.lines(), IsEmpty());
  ASSERT_EQ(rows.size(), 40U);
  std::vector<std::uint32_t> left(rows.begin(), rows.begin() + 20);
  for (std::uint32_t& row : left) row += kImages;
  EXPECT_NE(left, std::vector<std::uint32_t>(rows.begin() + 20, rows.end()));
}

TEST(AttributesUsed, AreThoseThatSamplesAreChosenBy) {
  Job job = job_with({{"a", {{"attributes", {{"view", "PA"}}}}},
                      {"b", {"a", {{"attributes", {{"age", {18, 65}}}}}}}});
  EXPECT_THAT(attributes_used(job), ElementsAre("age", "view"));
  job.experiments[0].samples.attributes = {{.attribute = "sex", .names = {"F"}}};
  job.splits.scheme = SplitScheme::leave_out;
  job.splits.leave_out.by = "hospital";
  EXPECT_THAT(attributes_used(job), ElementsAre("age", "hospital", "sex", "view"));
  job.splits.leave_out.by = "domain";
  EXPECT_THAT(attributes_used(job), ElementsAre("age", "sex", "view"));
}

TEST(AttributesUsed, AreThoseOfEveryExperimentAndCandidate) {
  Job job = job_with({{"a", {{"domain", "rsna"}}}});
  EXPECT_THAT(attributes_used(job), IsEmpty());
  const Experiment one = job.experiments[0];
  job.experiments = {one, one, one};
  job.experiments[1].samples.attributes = {{.attribute = "sex", .names = {"F"}},
                                           {.attribute = "age", .names = {}}};
  job.experiments[2].probe_attributes = {"weight", "height"};
  Candidate forgetful;
  forgetful.model = default_model(CandidateKind::disentangled);
  std::get<DisentangledModel>(forgetful.model).adversaries = {{.of = "domain"}, {.of = "unit"}};
  job.experiments[2].candidates.push_back(forgetful);
  EXPECT_THAT(attributes_used(job), ElementsAre("age", "height", "sex", "unit", "weight"));
}

}  // namespace
}  // namespace crossfold
