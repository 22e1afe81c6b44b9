// Splits that a job asks for other than folds, and named sets.

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/job/job_json.h"
#include "crossfold/plan/fit_spec.h"
#include "crossfold/plan/plan.h"

#include "core/expect_error.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<EmbeddingInfo> one_embedding(std::size_t rows) {
  return {{.name = "texture/raw",
           .rows = rows,
           .dim = 4,
           .extractor = "texture",
           .extractor_hash = "",
           .preprocessing = "raw",
           .content = sha256("values")}};
}

/// Samples of `patients` patients, mostly of one class and site each.
SampleTable random_samples(std::mt19937& random, std::uint32_t patients, std::size_t n) {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  const std::vector<std::string> classes{"normal", "pneumonia", "covid19"};
  const std::vector<std::string> sites{"rsna", "cohen", "sirm", "fig1"};
  CodedColumn sex;
  for (std::size_t i = 0; i < n; ++i) {
    const auto patient = static_cast<std::uint32_t>(random() % patients);
    samples.id.push_back("image" + std::to_string(i));
    samples.group.push_back("patient" + std::to_string(patient));
    samples.class_label.append(random() % 25 == 0 ? ""
                                                  : classes[(patient + (random() % 9 == 0)) % 3]);
    samples.domain.append(random() % 25 == 0 ? "" : sites[(patient / 3 + (random() % 9 == 0)) % 4]);
    samples.role.append(random() % 30 == 0 ? "" : patient % 7 == 0 ? "oos" : "in");
    sex.append(random() % 10 == 0 ? "" : patient % 2 == 0 ? "F" : "M");
  }
  samples.attributes = {{.name = "sex", .values = sex}};
  return samples;
}

json base_job() {
  return {{"name", "study"},
          {"store", "s.h5"},
          {"embeddings", "texture/raw"},
          {"sets",
           {{"A", {{"domain", "rsna"}}},
            {"AB", {"A", {{"domain", "cohen"}}}},
            {"women", {{"attributes", {{"sex", "F"}}}}},
            {"far", {{"role", "oos"}}}}},
          {"splits", {{"scheme", "hold-out"}, {"test", 0.3}, {"seeds", 3}}},
          {"experiments",
           {{{"name", "task"}, {"candidates", {{{"kind", "linear"}}, {{"kind", "baseline"}}}}}}}};
}

Job read(const json& job) { return parse_job(job.dump(), "job.json"); }

Plan plan_of(const json& job, const SampleTable& samples) {
  return make_plan(read(job), samples, one_embedding(samples.size()));
}

SampleTable some_samples() {
  std::mt19937 random(5);
  return random_samples(random, 120, 400);
}

TEST(HoldOut, HasOneSplitASeedAndTheSamePatientsInEveryExperiment) {
  json job = base_job();
  job["experiments"][0]["train"] = {"A", "AB", "women"};
  job["experiments"][0]["evaluate"] = {"A", "AB", "women"};
  const SampleTable samples = some_samples();
  const Plan plan = plan_of(job, samples);
  EXPECT_THAT(plan.fits, SizeIs(3 * 2 * 3));
  std::map<std::uint32_t, std::map<std::string, bool>> tested;  // by seed, patient
  const Job parsed = read(job);
  for (const Fit& fit : plan.fits) {
    EXPECT_EQ(fit.scheme, SplitScheme::hold_out);
    const Split split = split_of(parsed, plan, fit);
    const auto note = [&](const std::vector<std::uint32_t>& rows, bool test) {
      for (const std::uint32_t row : rows) {
        const auto [found, is_new] = tested[fit.seed.value].emplace(samples.group[row], test);
        EXPECT_EQ(found->second, test) << samples.group[row];
      }
    };
    note(split.train, false);
    note(split.validation, false);
    note(split.test, true);
    ASSERT_THAT(split.sets, SizeIs(3));
    for (const auto& set : split.sets) note(set, true);
    // What is scored of the set that is trained on is what is held out of it.
    EXPECT_EQ(split.sets[fit.experiment], split.test);
  }
  EXPECT_NE(tested[0], tested[1]);
}

TEST(HoldOut, ScoresASetOnTheSameRowsWhateverIsTrainedOn) {
  json job = base_job();
  job["experiments"][0]["train"] = {"A", "AB", "women"};
  job["experiments"][0]["evaluate"] = {"AB", "women"};
  const Plan plan = plan_of(job, some_samples());
  std::map<std::pair<std::uint32_t, std::size_t>, std::set<std::vector<std::uint32_t>>> rows;
  for (const Fit& fit : plan.fits) {
    const Split split = split_of(read(job), plan, fit);
    for (std::size_t set = 0; set < 2; ++set) rows[{fit.seed.value, set}].insert(split.sets[set]);
  }
  // Of a class that a training set lacks nothing can be scored; all three have every class here.
  for (const auto& [place, different] : rows) EXPECT_THAT(different, SizeIs(1));
}

TEST(LeaveOut, HasASplitForEveryTurnAndSeed) {
  json job = base_job();
  job["splits"] = {{"leave-out", {{"domain", 2}}}, {"seeds", 2}};
  job["experiments"][0]["samples"] = {{"role", {"in", "oos"}}};
  const SampleTable samples = some_samples();
  const Plan plan = plan_of(job, samples);
  EXPECT_THAT(plan.fits, SizeIs(2 * 2 * 6));
  EXPECT_EQ(splits_of_a_seed(read(job), plan.basis, 0), 6U);
  std::set<std::string> texts;
  for (const Fit& fit : plan.fits) {
    const std::string text = split_text(plan, fit);
    texts.insert(text);
    const Split split = split_of(read(job), plan, fit);
    for (const std::uint32_t row : split.test)
      EXPECT_THAT(text, HasSubstr(*samples.domain.name_of(row)));
    for (const std::uint32_t row : split.train)
      EXPECT_THAT(text, ::testing::Not(HasSubstr(*samples.domain.name_of(row))));
  }
  EXPECT_THAT(texts, SizeIs(2 * 6));
  EXPECT_THAT(*texts.begin(), ::testing::MatchesRegex("seed 0, [a-z0-9]+ and [a-z0-9]+ left out"));
}

TEST(LeaveOut, TakesAnAttributeAndLeavesOutWhoMissesIt) {
  json job = base_job();
  job["splits"] = {{"leave-one-out", "sex"}, {"seeds", 1}};
  const SampleTable samples = some_samples();
  const Plan plan = plan_of(job, samples);
  EXPECT_THAT(plan.fits, SizeIs(2 * 2));
  EXPECT_GT(plan.basis.samples[0].left_out.at("sex missing"), 10U);
  const auto& sex = std::get<CodedColumn>(samples.attributes[0].values);
  for (const Fit& fit : plan.fits) {
    const Split split = split_of(read(job), plan, fit);
    EXPECT_THAT(split.test, ::testing::Not(IsEmpty()));
    for (const std::uint32_t row : split.test)
      EXPECT_EQ(*sex.name_of(row), left_out_in(plan.basis, fit));
    for (const std::uint32_t row : split.train)
      EXPECT_NE(*sex.name_of(row), left_out_in(plan.basis, fit));
  }
}

TEST(StudySplits, EverySettingGivesFitsOfItsOwn) {
  const SampleTable samples = some_samples();
  const auto ids_of = [&](const json& job) {
    std::set<std::string> ids;
    for (const Fit& fit : plan_of(job, samples).fits) ids.insert(fit.id.hex());
    return ids;
  };
  std::vector<json> jobs(14, base_job());
  jobs[1]["splits"]["test"] = 0.4;
  jobs[2]["splits"] = {{"folds", 3}, {"seeds", 3}};
  jobs[3]["splits"] = {{"leave-one-out", "domain"}, {"seeds", 3}};
  jobs[4]["splits"] = {{"leave-out", {{"domain", 2}}}, {"seeds", 3}};
  jobs[5]["experiments"][0]["samples"] = "AB";
  jobs[6]["experiments"][0]["evaluate"] = {"in", "A"};
  jobs[7]["experiments"][0]["evaluate"] = {"in", "AB"};
  jobs[8]["experiments"][0]["positive"] = "covid19";
  jobs[9]["experiments"][0]["samples"] = {{"attributes", {{"sex", "M"}}}};
  jobs[10]["sets"]["A"]["at_most"] = 12;
  jobs[10]["experiments"][0]["evaluate"] = {"in", "A"};
  jobs[11]["splits"] = {{"leave-one-out", "sex"}, {"seeds", 3}};
  jobs[12]["experiments"][0]["balance"] = "class";
  jobs[13]["experiments"][0]["balance"] = "domain";
  std::set<std::string> all;
  std::size_t fits = 0;
  for (const json& job : jobs) {
    const std::set<std::string> ids = ids_of(job);
    fits += ids.size();
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all.size(), fits) << "two settings share a fit";
  // A set that nobody uses, or another name for it, changes nothing.
  json unused = base_job();
  unused["sets"]["further"] = {{"domain", "sirm"}};
  EXPECT_EQ(ids_of(unused), ids_of(base_job()));
}

TEST(StudySplits, APositiveClassMakesTwo) {
  json job = base_job();
  job["experiments"][0]["positive"] = {"covid19", "pneumonia"};
  const SampleTable samples = some_samples();
  const Plan plan = plan_of(job, samples);
  const ExperimentSamples& selected = plan.basis.samples[0];
  EXPECT_THAT(selected.class_label.levels,
              ElementsAre("not covid19 or pneumonia", "covid19 or pneumonia"));
  for (const std::uint32_t row : selected.pool)
    EXPECT_EQ(selected.class_label.codes[row],
              *samples.class_label.name_of(row) == "normal" ? 0 : 1);
}

TEST(StudySplits, SayWhatIsWrong) {
  const SampleTable samples = some_samples();
  const auto message_of = [&](const json& job) {
    try {
      static_cast<void>(plan_of(job, samples));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  json job = base_job();
  job["splits"] = {{"leave-one-out", "hospital"}};
  EXPECT_THAT(message_of(job),
              HasSubstr("/splits/leave-out: has \"hospital\" (neither a label nor an "
                        "attribute of the store). choose one of class, domain, sex"));
  job = base_job();
  job["splits"] = {{"leave-one-out", "class"}};
  EXPECT_THAT(message_of(job),
              HasSubstr("/experiments/0: has nothing that can be left out (without "
                        "class"));
  job = base_job();
  job["experiments"][0]["positive"] = "flu";
  EXPECT_THAT(message_of(job), HasSubstr("/experiments/0/positive: has \"flu\" (the store does not "
                                         "know it). choose one of"));
  job = base_job();
  job["experiments"][0]["samples"] = {{"class", {"normal", "pneumonia"}}};
  job["experiments"][0]["positive"] = "covid19";
  EXPECT_THAT(message_of(job),
              HasSubstr("/experiments/0: has samples of one class only, not covid19 "
                        "(there is nothing to tell apart). widen 'samples'"));
  job = base_job();
  job["sets"]["sick"] = {{"class", "covid19"}};
  job["experiments"][0]["samples"] = {{"class", {"normal", "pneumonia"}}};
  job["experiments"][0]["evaluate"] = {"in", "sick"};
  EXPECT_THAT(message_of(job),
              HasSubstr("/experiments/0/evaluate: has \"sick\" (none of its samples "
                        "has a class that the pool has). remove it"));
  job = base_job();
  job["splits"] = {{"leave-one-out", "sex"}, {"seeds", 1}};
  job["sets"]["men"] = {{"attributes", {{"sex", "M"}}}, {"role", "in"}};
  job["experiments"][0]["samples"] = {{"attributes", {{"sex", {"F", "M"}}}}, {"role", "in"}};
  job["experiments"][0]["evaluate"] = {"in", "men"};
  EXPECT_EQ(message_of(job), "no error") << "while women are trained on";
  job["sets"]["men"]["set"] = "women";
  EXPECT_THAT(message_of(job), HasSubstr("/sets/men: is empty"));
}

/// Two patients are too few to be divided: nine tenths are both of them, a tenth is neither.
TEST(HoldOut, SaysWhatADivisionLeaves) {
  SampleTable samples;
  samples.role.levels = {"in", "oos"};
  for (const char* domain : {"rsna", "cohen"}) {
    samples.id.push_back(std::string("image of ") + domain);
    samples.group.push_back(std::string("patient of ") + domain);
    samples.class_label.append("normal");
    samples.domain.append(domain);
    samples.role.append("in");
  }
  const auto expect_refused = [&](double test, const std::string& left) {
    json job = base_job();
    job.erase("sets");
    job["experiments"][0]["target"] = "domain";
    job["splits"]["test"] = test;
    expect_error(ErrorCode::bad_input,
                 "study: /experiments/0: has " + left +
                     " of it out). change splits.test, or widen 'samples'",
                 [&] { static_cast<void>(plan_of(job, samples)); });
  };
  expect_refused(0.9,
                 "0 domains to train on and 2 samples to score in seed 0 (the division of the "
                 "store holds 0.9");
  expect_refused(0.1,
                 "2 domains to train on and 0 samples to score in seed 0 (the division of the "
                 "store holds 0.1");
  json of_file = base_job();
  of_file.erase("sets");
  of_file["experiments"][0]["target"] = "domain";
  of_file["splits"] = {{"scheme", "hold-out"}, {"seeds", 1}, {"file", "parts.csv"}};
  expect_error(ErrorCode::bad_input,
               "study: /experiments/0: has 1 domain to train on and 1 sample to score in seed 0 "
               "(the split file divides so). change the file, or widen 'samples'",
               [&] {
                 static_cast<void>(
                     make_plan(read(of_file), samples, one_embedding(samples.size()),
                               std::string(kSplitTableHeader) + "task,0,0,test,image of rsna\n"));
               });
}

TEST(StudySplits, TellWhatASetCannotBeScoredOn) {
  SampleTable samples = some_samples();
  for (std::size_t row = 0; row < samples.size(); ++row)  // every patient at one site
    samples.domain.codes[row] =
        static_cast<std::int32_t>(std::hash<std::string>()(samples.group[row]) % 4);
  json job = base_job();
  job["splits"] = {{"leave-one-out", "domain"}, {"seeds", 1}};
  job["sets"]["kept"] = {{"domain", "rsna"}, {"role", "in"}};
  job["experiments"][0]["samples"] = {{"domain", {"rsna", "cohen"}}, {"role", "in"}};
  job["experiments"][0]["evaluate"] = {"in", "kept"};
  const Plan plan = plan_of(job, samples);
  EXPECT_THAT(plan.basis.notes,
              ::testing::Contains(HasSubstr("1 of 2 splits leave nothing of 'kept' to score")));
}

/// What no combination of sets, splits and roles may bring about: a patient on both sides.
TEST(StudySplits, NeverHaveAPatientOnBothSides) {
  const char* more = std::getenv("CROSSFOLD_RANDOM_JOBS");  // 100000 was run by hand
  const int jobs = more != nullptr ? std::atoi(more) : 1500;
  std::mt19937 random(17);
  int planned = 0;
  for (int draw = 0; draw < jobs; ++draw) {
    const SampleTable samples =
        random_samples(random, 12 + static_cast<std::uint32_t>(random() % 60), 40 + random() % 100);
    json job = base_job();
    job["seed"] = random();
    const json pools[] = {
        json("A"),        json("AB"),
        json("women"),    {{"set", {"A", "far"}}},
        {{"role", "in"}}, {{"role", {"in", "oos"}}, {"attributes", {{"sex", "M"}}}}};
    job["experiments"][0]["samples"] = pools[random() % 6];
    job["experiments"][0]["evaluate"] = {"in", "A", "women", "far"};
    if (random() % 3 == 0) job["experiments"][0]["evaluate"].push_back("oos");
    if (random() % 3 == 0) job["experiments"][0]["positive"] = "normal";
    if (random() % 3 == 0) job["experiments"][0]["balance"] = "class";
    if (random() % 3 == 0) job["sets"]["women"]["at_most"] = 1 + random() % 10;
    const json splits[] = {{{"scheme", "hold-out"}, {"seeds", 2}},
                           {{"folds", 2 + random() % 4}, {"seeds", 2}},
                           {{"leave-one-out", "domain"}, {"seeds", 1}},
                           {{"leave-one-out", "sex"}, {"seeds", 1}},
                           {{"leave-out", {{"domain", 2}}}, {"seeds", 1}}};
    job["splits"] = splits[random() % 5];
    Plan plan;
    Job parsed;
    try {
      parsed = read(job);
      plan = make_plan(parsed, samples, one_embedding(samples.size()));
    } catch (const Error&) {
      continue;  // a pool of one class, a set that is empty, and the like
    }
    ++planned;
    for (const Fit& fit : plan.fits) {
      const Split split = split_of(parsed, plan, fit);
      std::set<std::string> trained;
      for (const auto* rows : {&split.train, &split.validation})
        for (const std::uint32_t row : *rows) trained.insert(samples.group[row]);
      std::vector<std::vector<std::uint32_t>> scored = split.sets;
      scored.push_back(split.test);
      scored.push_back(plan.basis.samples[0].oos);
      for (const auto& rows : scored)
        for (const std::uint32_t row : rows)
          ASSERT_FALSE(trained.contains(samples.group[row])) << job.dump();
      for (const std::uint32_t row : split.validation)
        ASSERT_TRUE(std::find(split.train.begin(), split.train.end(), row) == split.train.end());
    }
  }
  EXPECT_GT(planned, jobs / 3);
}

}  // namespace
}  // namespace crossfold
