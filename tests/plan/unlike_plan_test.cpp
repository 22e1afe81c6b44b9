// The part of a plan that belongs to an experiment is the one that it would have alone.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/plan/fit_spec.h"
#include "crossfold/plan/plan_warnings.h"
#include "crossfold/plan/race_bounds.h"
#include "crossfold/plan/trainable.h"

#include "fit_cost.h"
#include "plan/schemes_study.h"
#include "plan/unlike_study.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::job_of;
using testing::orders_of;
using testing::read_job;
using testing::unlike_experiments;
using testing::unlike_plan;
using testing::unlike_samples;

/// What a plan says of one experiment, without its index.
struct Part {
  std::vector<std::string> fits, chains, cohorts, turns, bounds, told;
  std::vector<std::uint32_t> sources;
  bool operator==(const Part&) const = default;
};

std::string text_of(const Job& job, const Plan& plan, std::uint32_t index) {
  const Fit& fit = plan.fits[index];
  return fmt::format("{} {} {} {} {} {} {}", fit.id.hex(), job.embeddings[fit.embedding],
                     job.experiments[fit.experiment].candidates[fit.candidate].name,
                     static_cast<int>(fit.scheme), split_text(plan, fit), fit.inner.value,
                     fit.cost);
}

std::string text_of(const Job& job, const Plan& plan, const std::vector<std::uint32_t>& fits) {
  std::string text;
  for (const std::uint32_t fit : fits) text += text_of(job, plan, fit) + "\n";
  return text;
}

std::map<std::string, Part> parts_of(const Job& job) {
  const Plan plan = unlike_plan(job);
  std::map<std::string, Part> parts;
  std::vector<Part*> by_index;
  for (const Experiment& experiment : job.experiments) by_index.push_back(&parts[experiment.name]);
  for (std::uint32_t i = 0; i < plan.fits.size(); ++i)
    by_index[plan.fits[i].experiment]->fits.push_back(text_of(job, plan, i));
  for (const Chain& chain : plan.chains)
    by_index[chain.experiment]->chains.push_back(
        fmt::format("{} {} {}", chain.embedding ? job.embeddings[*chain.embedding] : "",
                    text_of(job, plan, chain.fits), chain.to_come));
  for (const Cohort& cohort : plan.cohorts)
    by_index[plan.fits[cohort.fits.front()].experiment]->cohorts.push_back(
        fmt::format("{} {}", text_of(job, plan, cohort.fits), cohort.cost));
  for (const RaceBounds& race : race_bounds(job, plan)) {
    std::string rungs;
    for (const std::uint32_t rung : race.rungs) rungs += fmt::format(" {}", rung);
    by_index[race.experiment]->bounds.push_back(
        fmt::format("{} {}{} {} {} {}", job.embeddings[race.embedding], race.candidates, rungs,
                    race.sources_out, race.least, race.most));
  }
  std::vector<std::string> told = plan.basis.notes;
  for (const std::string& warning : plan_warnings(job, plan.basis)) told.push_back(warning);
  for (std::uint32_t e = 0; e < job.experiments.size(); ++e) {
    by_index[e]->sources = plan.basis.left_out_sources[e];
    for (const auto& turn : plan.basis.left_out_turns[e])
      by_index[e]->turns.push_back(
          fmt::format("{} {}", turn.size(), turn.empty() ? 0 : turn.front()));
    for (const std::string& text : told)
      if (text.starts_with(fmt::format("experiment '{}':", job.experiments[e].name)))
        by_index[e]->told.push_back(text);
    std::sort(by_index[e]->told.begin(), by_index[e]->told.end());
  }
  return parts;
}

/// Alone, each entry of the list; one that names several training sets makes several parts.
std::map<std::string, Part> parts_alone(json job) {
  const json list = job["experiments"];
  std::map<std::string, Part> parts;
  for (const json& one : list) {
    job["experiments"] = json::array({one});
    parts.merge(parts_of(read_job(job)));
  }
  return parts;
}

void expect_parts_as_alone(const json& job, std::size_t experiments) {
  const std::map<std::string, Part> alone = parts_alone(job);
  ASSERT_EQ(alone.size(), experiments);
  for (const json& order : orders_of(job.at("experiments"))) {
    json ordered = job;
    ordered["experiments"] = order;
    const std::map<std::string, Part> together = parts_of(read_job(ordered));
    ASSERT_EQ(together.size(), alone.size());
    for (const auto& [name, part] : alone) {
      SCOPED_TRACE(name);
      const Part& found = together.at(name);
      EXPECT_EQ(found.fits, part.fits);
      EXPECT_EQ(found.chains, part.chains);
      EXPECT_EQ(found.cohorts, part.cohorts);
      EXPECT_EQ(found.bounds, part.bounds);
      EXPECT_EQ(found.sources, part.sources);
      EXPECT_EQ(found.turns, part.turns);
      EXPECT_EQ(found.told, part.told);
    }
  }
}

/// Without the twin, whose fits are another's.
json unlike_ones() {
  json experiments = unlike_experiments();
  experiments.erase(experiments.size() - 1);
  return experiments;
}

TEST(UnlikePlan, OfFoldsIsForEachExperimentTheOneThatItHasAlone) {
  expect_parts_as_alone(job_of(unlike_ones()), 10);
}

/// Those without a sweep, which needs folds.
json unlike_ones_without_sweep() {
  json experiments = json::array();
  for (const json& one : unlike_ones())
    if (!one.contains("sweep")) experiments.push_back(one);
  json lacking = json::parse(R"({"name": "lacking", "samples": {"domain": ["rsna", "cohen"]},
    "probe": ["sex", "view"], "evaluate": ["in", "women"],
    "candidates": [{"kind": "linear"}, {"kind": "disentangled", "adversary": ["sex", "view"]}]})");
  experiments.push_back(std::move(lacking));
  return experiments;
}

TEST(UnlikePlan, OfOtherSchemesIsForEachExperimentTheOneThatItHasAlone) {
  for (const json& splits :
       {json{{"scheme", "hold-out"}, {"test", 0.4}, {"seeds", 2}}, json{{"leave-one-out", "unit"}},
        json{{"leave-out", {{"unit", 2}}}, {"seeds", 2}, {"validation", 0}}}) {
    json job = job_of(unlike_ones_without_sweep());
    job["splits"] = splits;
    SCOPED_TRACE(splits.dump());
    expect_parts_as_alone(job, 6);
  }
}

TEST(UnlikePlan, HasTheFitsOfAnotherOnceForAllThatAreAlike) {
  const Job job = read_job(job_of(unlike_experiments()));
  const Plan plan = unlike_plan(job);
  std::map<std::string, std::vector<std::string>> ids;
  for (const Fit& fit : plan.fits)
    ids[job.experiments[fit.experiment].name].push_back(fit.id.hex());
  EXPECT_EQ(ids.at("race"), ids.at("twin"));
  std::set<std::string> distinct;
  for (const Fit& fit : plan.fits) distinct.insert(fit.id.hex());
  EXPECT_EQ(distinct_fits(plan), distinct.size());
}

TEST(UnlikePlan, CostsWhatItsSplitItsEmbeddingSetAndItsColumnsSay) {
  const Job job = read_job(job_of(unlike_experiments()));
  const Plan plan = unlike_plan(job);
  for (const Fit& fit : plan.fits) {
    const Experiment& experiment = job.experiments[fit.experiment];
    const Candidate& candidate = experiment.candidates[fit.candidate];
    const std::string& name = experiment.name;
    std::size_t columns = name == "rich" ? 3 : 4;  // domains of the pool
    if (name == "source") columns = candidate.name == "disentangled" ? 2 : 4;
    if (name == "rich" && candidate.name != "baseline") columns = 3 + 2;
    if (name == "sets[train=AB]") columns = 2;
    if (name == "sets[train=women]") columns = 5;  // a set says itself whose roles it has
    const std::size_t classes = name == "rich" ? 2 : name == "source" ? 4 : 3;
    const double expected =
        estimate_cost(candidate, {.samples = split_of(job, plan, fit).train.size(),
                                  .dim = fit.embedding == 0 ? 16U : 8U,
                                  .classes = classes,
                                  .domains = columns});
    EXPECT_EQ(fit.cost, expected) << name << " " << candidate.name;
  }
}

TEST(UnlikePlan, RegressionsTrainOnWhatNetworksSetAsideInEveryScheme) {
  std::vector<json> jobs(3, job_of(unlike_ones()));
  for (std::size_t i = 1; i < jobs.size(); ++i)
    jobs[i]["experiments"] = unlike_ones_without_sweep();
  jobs[1]["splits"] = {{"scheme", "hold-out"}, {"test", 0.4}, {"seeds", 2}};
  jobs[2]["splits"] = {{"leave-one-out", "unit"}, {"seeds", 2}};
  std::set<SplitScheme> schemes;
  for (const json& written : jobs) {
    const Job job = read_job(written);
    const Plan plan = unlike_plan(job);
    for (const Fit& fit : plan.fits) {
      const Experiment& experiment = job.experiments[fit.experiment];
      if (is_network(experiment.candidates[fit.candidate]) || experiment.balance) continue;
      schemes.insert(fit.scheme);
      const Split split = split_of(job, plan, fit);
      SplitPlace place = split_place_of(spec_of(job, fit));
      place.validation = Validation::set_aside;
      const Split network = split_at(job, plan.basis, place);
      EXPECT_TRUE(split.validation.empty());
      EXPECT_EQ(split.train, all_other_folds(network)) << split_text(plan, fit);
      EXPECT_FALSE(network.validation.empty());
      EXPECT_EQ(split.test, network.test);
    }
  }
  EXPECT_EQ(schemes.size(), 5U);
}

/// What a plan is refused for, with `/experiments/0` in front of each line.
std::set<std::string> lines_of(const json& job) {
  std::set<std::string> lines;
  try {
    ValidationErrors untrainable;
    const Job read = read_job(job);
    const Plan plan = unlike_plan(read);
    check_trainable(read, plan, untrainable);
    lines.insert(untrainable.lines().begin(), untrainable.lines().end());
  } catch (const Error& error) {
    std::string message = error.what();
    message = message.substr(message.find("/experiments"));
    for (std::size_t at = 0; at != std::string::npos;) {
      const std::size_t end = message.find("\n  ", at);
      lines.insert(message.substr(at, end == std::string::npos ? end : end - at));
      at = end == std::string::npos ? end : end + 3;
    }
  }
  return lines;
}

std::set<std::string> moved(const std::set<std::string>& lines, std::size_t to) {
  std::set<std::string> all;
  const std::string from = "/experiments/0";
  for (const std::string& line : lines) {
    EXPECT_TRUE(line.starts_with(from)) << line;
    all.insert(fmt::format("/experiments/{}{}", to, line.substr(from.size())));
  }
  return all;
}

void expect_refused_as_alone(json job, const json& wrong) {
  const json sound{{"name", "sound"}, {"candidates", {{{"kind", "baseline"}}}}};
  std::vector<std::set<std::string>> alone;
  for (const json& one : wrong) {
    job["experiments"] = json::array({one});
    alone.push_back(lines_of(job));
    EXPECT_FALSE(alone.back().empty()) << one;
  }
  for (std::size_t a = 0; a < wrong.size(); ++a)
    for (std::size_t b = 0; b < wrong.size(); ++b) {
      if (a == b) continue;
      job["experiments"] = {sound, wrong[a], sound, wrong[b]};
      job["experiments"][2]["name"] = "sound too";
      std::set<std::string> expected = moved(alone[a], 1);
      expected.merge(moved(alone[b], 3));
      EXPECT_EQ(lines_of(job), expected) << wrong[a] << " " << wrong[b];
    }
}

TEST(UnlikePlan, IsRefusedForEachExperimentWhereverItStands) {
  expect_refused_as_alone(job_of({}), json::parse(R"([
    {"name": "class", "samples": {"class": ["normal", "covid"]}, "candidates": [{"kind": "linear"}, {"kind": "baseline"}]},
    {"name": "domain", "samples": {"domain": "nowhere"}, "candidates": [{"kind": "baseline"}]},
    {"name": "probe", "probe": ["sex", "weight", "height"], "candidates": [{"kind": "baseline"}]},
    {"name": "adversary", "candidates": [{"kind": "disentangled", "adversary": ["sex", "weight"]}]},
    {"name": "positive", "positive": ["covid19", "covid"], "candidates": [{"kind": "baseline"}]},
    {"name": "one class", "samples": {"class": "normal"}, "candidates": [{"kind": "baseline"}]},
    {"name": "attribute", "samples": {"attributes": {"sex": "X"}}, "candidates": [{"kind": "baseline"}]}])"));
}

TEST(UnlikePlan, IsRefusedForEachExperimentWhoseInnerFoldsAreTooMany) {
  expect_refused_as_alone(job_of({}), json::parse(R"([
    {"name": "many", "sweep": {"candidates": 2, "nested": {"folds": 200}},
     "candidates": [{"kind": "baseline", "training": {"epochs": {"int": [3, 9]}}}]},
    {"name": "more", "sweep": {"candidates": 2, "nested": {"folds": 300}},
     "candidates": [{"kind": "baseline", "training": {"epochs": {"int": [3, 9]}}}]}])"));
}

TEST(UnlikePlan, IsRefusedForEachExperimentThatADivisionLeavesTooLittleOf) {
  json job = job_of({});
  job["splits"] = {{"scheme", "hold-out"}, {"test", 0.3}, {"seeds", 6}};
  job["sets"]["two"] = {{{"domain", "rsna"}, {"class", "normal"}, {"at_most", 1}},
                        {{"domain", "cohen"}, {"class", "covid19"}, {"at_most", 1}}};
  job["sets"]["three"] = {{{"domain", "sirm"}, {"class", "normal"}, {"at_most", 1}},
                          {{"domain", "cohen"}, {"class", "covid19"}, {"at_most", 2}}};
  expect_refused_as_alone(job, json::parse(R"([
    {"name": "two", "samples": "two", "candidates": [{"kind": "baseline"}]},
    {"name": "three", "samples": "three", "candidates": [{"kind": "baseline"}]}])"));
}

/// How many fits a job asks for, as it is told where they are too many.
std::string told_of(const Job& job) {
  try {
    static_cast<void>(
        make_plan(job, testing::samples_of_three_sources(), testing::small_embeddings()));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(UnlikePlan, CountsTheFitsOfEverySchemeBeforeItMakesThem) {
  const auto expect_fits = [](Job job, std::size_t a_seed) {
    job.splits.seeds = 1'000'000;
    EXPECT_THAT(told_of(job), HasSubstr(fmt::format("asks for {}000000 fits", a_seed)));
  };
  Job plain = testing::small_job();  // (2 + 1) candidates on 2 embedding sets
  plain.splits.folds = 7;
  expect_fits(plain, 3 * 2 * 7);
  plain.splits.scheme = SplitScheme::hold_out;
  plain.embeddings.insert(plain.embeddings.end(), {"texture/raw", "texture/raw"});
  expect_fits(plain, 3 * 4);
  plain.splits.scheme = SplitScheme::leave_out;
  expect_fits(plain, 3 * 4);
  Job nested = testing::sweep_without_race();  // a baseline and two that are drawn
  nested.splits.folds = 4;
  nested.experiments[0].sweep->nested = NestedSettings{.folds = 4};
  expect_fits(nested, 3 * 4 + 2 * 4 * 4);
  Job twice = nested;
  twice.experiments.push_back(twice.experiments[0]);
  twice.experiments[1].name = "again";
  twice.experiments[1].sweep->nested->folds = 5;
  expect_fits(twice, 3 * 4 + 2 * 4 * 4 + 3 * 4 + 2 * 4 * 5);
  Job learning =
      read_job(job_of(json::array({unlike_experiments()[7]})));  // 2 references, 2 x 5 candidates
  expect_fits(learning, (2 + 2 * 5) * 2 * 3);
}

/// Every source once a seed, for each candidate, where the experiment has the rule; those that it
/// cannot leave out do not count.
TEST(UnlikePlan, CountsTheFitsWithASourceLeftOut) {
  Job job = testing::sweep_without_race();  // a baseline and two that are drawn
  job.splits.folds = 4;
  job.splits.seeds = 1'000'000;
  Experiment& with_rule = job.experiments[0];
  Experiment without = with_rule;
  without.name = "without";
  with_rule.sweep->select = {SelectionRule::held_out, SelectionRule::source_out};
  EXPECT_THAT(told_of(job), HasSubstr(fmt::format("asks for {}000000 fits", 3 * (4 + 3))));
  with_rule.sweep->nested = NestedSettings{.folds = 5};
  EXPECT_THAT(told_of(job),
              HasSubstr(fmt::format("asks for {}000000 fits", 3 * (4 + 3) + 2 * 4 * 5)));
  job.experiments.push_back(without);
  EXPECT_THAT(told_of(job),
              HasSubstr(fmt::format("asks for {}000000 fits", 3 * (4 + 3) + 2 * 4 * 5 + 3 * 4)));
}

TEST(UnlikePlan, WarnsOfIdleSettingsInEachExperiment) {
  json job = job_of(json::parse(R"([
    {"name": "none", "candidates": [{"kind": "linear"}]},
    {"name": "last", "candidates": [{"kind": "linear"}, {"kind": "baseline"}]},
    {"name": "best", "candidates": [{"kind": "baseline", "name": "b"},
      {"kind": "disentangled", "training": {"model": "best"}}]}])"));
  job["splits"]["validation"] = 0;
  const Job read = read_job(job);
  const PlanBasis basis = make_basis(read, unlike_samples(), testing::small_embeddings());
  std::vector<std::string> idle;
  for (const std::string& warning : plan_warnings(read, basis))
    if (warning.find("no plateau rule") != std::string::npos) idle.push_back(warning);
  ASSERT_EQ(idle.size(), 2U);
  EXPECT_THAT(idle[0], ::testing::StartsWith("experiment 'last': its splits have no validation"));
  EXPECT_THAT(idle[0], Not(HasSubstr("\"best\"")));
  EXPECT_THAT(idle[1], ::testing::StartsWith("experiment 'best': its splits have no validation"));
  EXPECT_THAT(idle[1], HasSubstr("\"model\": \"best\" scores the last model"));
}

}  // namespace
}  // namespace crossfold
