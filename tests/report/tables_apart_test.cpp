// What a report says of an experiment, or of an embedding set, is what it would say if there were
// no other.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"

#include "layout.h"
#include "report/run_builder.h"

namespace crossfold {
namespace {

using nlohmann::json;

Candidate drawn(const std::string& name, double from) {
  Candidate made = testing::candidate(name, CandidateKind::disentangled);
  std::get<DisentangledModel>(made.model).lambda.from = from;
  made.parameters = {{.key = "lambda.from", .value = from}};
  return made;
}

/// Two experiments on two embedding sets. Both draw candidates, of which some have the same names.
Job job_of_two() {
  Job job;
  job.name = "two";
  job.embeddings = {"texture/raw", "texture/equalized"};
  job.splits.folds = 2;
  job.splits.seeds = 2;
  Experiment first;
  first.name = "first";
  first.evaluate_oos = true;
  first.probe = Label::domain;
  first.probe_attributes = {"sex"};
  first.candidates = {testing::candidate("baseline", CandidateKind::baseline), drawn("d1", 1),
                      drawn("d2", 3), drawn("d3", 10)};
  first.sweep = SweepSettings{};
  first.sweep->candidates = 3;
  first.sweep->nested = NestedSettings{.folds = 2};
  first.sweep->select = {SelectionRule::held_out, SelectionRule::source_out,
                         SelectionRule::validation, SelectionRule::oracle};
  Experiment second = first;
  second.name = "second";
  second.probe_attributes = {"age"};
  second.candidates = {drawn("d2", 0.5), drawn("d4", 7), drawn("d1", 2),
                       testing::candidate("linear", CandidateKind::linear)};
  second.sweep->select = {SelectionRule::constrained, SelectionRule::held_out,
                          SelectionRule::one_se};
  second.sweep->tau = 0.8;
  job.experiments = {first, second};
  return job;
}

SampleTable samples_of_two() {
  return testing::make_samples({{"normal", "rsna", "in", 10, 1},
                                {"covid19", "rsna", "in", 8, 2},
                                {"normal", "cohen", "in", 6, 2},
                                {"covid19", "cohen", "in", 9, 1},
                                {"normal", "new_site", "oos", 6, 1},
                                {"covid19", "new_site", "oos", 6, 2}});
}

/// The second experiment has fewer samples, numbers its classes otherwise and probes another
/// attribute.
void make_unlike(RunRecords& records) {
  ExperimentSamples& first = records.plan.basis.samples.at(0);
  ExperimentSamples& second = records.plan.basis.samples.at(1);
  second.pool.erase(second.pool.begin(), second.pool.begin() + 3);
  second.pool.pop_back();
  second.oos.erase(second.oos.begin(), second.oos.begin() + 2);
  for (std::int32_t& code : second.class_label.codes)
    if (code >= 0) code = 1 - code;
  std::reverse(second.class_label.levels.begin(), second.class_label.levels.end());
  CodedColumn sex{.codes = {}, .levels = {"F", "M"}};
  std::vector<double> age;
  for (std::size_t row = 0; row < records.samples.size(); ++row) {
    sex.codes.push_back(row % 5 == 0 ? -1 : static_cast<std::int32_t>(row % 2));
    age.push_back(row % 4 == 0 ? std::nan("") : 20 + static_cast<double>(row));
  }
  first.probed.push_back({.name = "sex", .values = std::move(sex)});
  second.probed.push_back({.name = "age", .values = std::move(age)});
}

FitResult result_of(const RunRecords& records, const Fit& fit, std::mt19937& random) {
  const auto score = [&] { return 0.5 + static_cast<double>(random() % 4096) / 8192; };
  FitResult result = testing::even_result(records, fit, 0.5);
  result.held_out.auc = score();
  result.held_out.acc = score();
  result.training.validation_auc = score();
  result.n_test += static_cast<std::uint32_t>(random() % 3);
  if (fit.scheme != SplitScheme::k_fold) {
    result.oos.reset();
    result.probe.reset();
    return result;
  }
  result.oos->auc = score();
  result.oos->acc = score();
  result.probe->auc = score();
  const ExperimentSamples& samples = records.plan.basis.samples[fit.experiment];
  for (const FurtherProbe& of : further_probes(records.job.experiments[fit.experiment], samples)) {
    ProbeResult& probe = result.probes.emplace_back();
    probe.of = of.of;
    probe.scores = testing::even_scores(levels_of(of, samples).size(), score());
    if (of.is_number()) probe.r2 = score();
  }
  return result;
}

Predictions predictions_of(const std::vector<std::uint32_t>& rows, std::mt19937& random) {
  Predictions made{.rows = rows, .classes = 2, .probabilities = {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double p = static_cast<double>(1 + random() % 63) / 64;
    made.probabilities.push_back(p);
    made.probabilities.push_back(1 - p);
  }
  return made;
}

using Kept = std::map<FitId, Artefacts>;

/// Every fit with numbers and predictions of its own.
struct PredictedStudy {
  RunRecords records;
  Kept kept;
};

PredictedStudy study_of_two() {
  PredictedStudy study{.records = testing::empty_run(job_of_two(), samples_of_two()), .kept = {}};
  RunRecords& records = study.records;
  testing::add_schemes(records, 2, 2);
  make_unlike(records);
  std::mt19937 random(5);
  for (const Fit& fit : records.plan.fits) {
    records.results[fit.id] = result_of(records, fit, random);
    if (fit.scheme == SplitScheme::nested) continue;
    Artefacts& kept = study.kept[fit.id];
    kept.held_out = predictions_of(split_of(records.job, records.plan, fit).test, random);
    if (fit.scheme == SplitScheme::k_fold)
      kept.oos = predictions_of(records.plan.basis.samples[fit.experiment].oos, random);
  }
  return study;
}

/// The stage of a chain with numbers of its own.
Stage stage_of(const RunRecords& records, std::uint32_t chain, std::uint32_t number) {
  const Chain& of = records.plan.chains.at(chain);
  Stage stage;
  stage.chain = chain;
  stage.record.experiment = records.job.experiments[of.experiment].name;
  if (of.embedding) stage.record.embedding = records.job.embeddings[*of.embedding];
  stage.record.number = number;
  stage.record.splits = 2 + 2 * number;
  stage.record.living = 3 - number;
  stage.record.leader = number == 0 ? "" : chain % 2 == 0 ? "d1" : "d2";
  stage.record.fits = 10 * (chain + 1) + number;
  stage.record.fits_of_all = 100 + chain;
  return stage;
}

/// Trains nobody of this name on the second seed.
void give_up(RunRecords& records, std::uint32_t experiment, std::uint32_t embedding,
             const std::string& name) {
  records.stages.back().record.given_up = {
      {.candidate = name, .reason = "worse", .n = 2, .mean = 0.5}};
  std::vector<std::uint32_t>& rung = records.stages.back().fits;
  for (std::uint32_t i = 0; i < records.plan.fits.size(); ++i) {
    const Fit& fit = records.plan.fits[i];
    if (fit.experiment != experiment || fit.embedding != embedding ||
        fit.scheme != SplitScheme::k_fold || fit.seed != SeedIndex(1) ||
        records.job.experiments[experiment].candidates[fit.candidate].name != name)
      continue;
    records.to_train[i] = false;
    records.results.erase(fit.id);
    std::erase(rung, i);
  }
}

/// A race of each experiment on each embedding set, which gives up another candidate or nobody.
void race(RunRecords& records) {
  const std::vector<std::vector<std::string>> given_up{{"d3", "d1"}, {"d4", ""}};
  records.to_train.assign(records.plan.fits.size(), true);
  for (std::uint32_t e = 0; e < 2; ++e)
    for (std::uint32_t m = 0; m < 2; ++m) {
      const auto chain = static_cast<std::uint32_t>(records.plan.chains.size());
      records.plan.chains.push_back({.experiment = e, .embedding = m, .fits = {}});
      for (std::uint32_t rung = 0; rung < 2; ++rung) {
        Stage stage = stage_of(records, chain, rung);
        for (std::uint32_t i = 0; i < records.plan.fits.size(); ++i) {
          const Fit& fit = records.plan.fits[i];
          const bool is_drawn =
              !records.job.experiments[fit.experiment].candidates[fit.candidate].parameters.empty();
          if (fit.experiment == e && fit.embedding == m && is_drawn &&
              fit.scheme == SplitScheme::k_fold && fit.seed == SeedIndex(rung))
            stage.fits.push_back(i);
        }
        records.stages.push_back(std::move(stage));
      }
      if (!given_up[e][m].empty()) give_up(records, e, m, given_up[e][m]);
    }
  records.job.experiments[0].sweep->race = RaceSettings{};
  records.job.experiments[1].sweep->race =
      RaceSettings{.by = RaceScore::task_acc, .rungs = {}, .risk = std::nullopt};
}

/// A search of each experiment over both embedding sets; the second one has ended.
void search(RunRecords& records) {
  for (std::uint32_t e = 0; e < 2; ++e) {
    SweepSettings& sweep = records.job.experiments[e].sweep.value();
    sweep.sampler = Sampler::tpe;
    if (e == 1) sweep.by = RaceScore::task_acc;
    records.plan.chains.push_back({.experiment = e, .embedding = {}, .fits = {}});
    for (std::uint32_t number = 0; number < 2 + e; ++number) {
      Stage stage = stage_of(records, e, number);
      stage.record.generation = StageRecord::Generation{
          .drawn = std::vector<std::string>(1 + e + number, "d1"), .candidates = 3, .of = 5 + e};
      stage.record.over = number == 2;
      records.stages.push_back(std::move(stage));
    }
  }
}

/// One experiment or one embedding set alone.
struct Part {
  std::optional<std::uint32_t> experiment = {};
  std::optional<std::uint32_t> embedding = {};

  [[nodiscard]] bool has(std::uint32_t of_experiment,
                         std::optional<std::uint32_t> of_embedding) const {
    return (!experiment || *experiment == of_experiment) &&
           (!embedding || !of_embedding || *embedding == *of_embedding);
  }
};

/// The chains and stages of the part, by the new places of its fits.
void take_chains(const RunRecords& all, const Part& part,
                 const std::map<std::uint32_t, std::uint32_t>& fits, RunRecords& one) {
  std::map<std::uint32_t, std::uint32_t> chains;
  for (std::uint32_t i = 0; i < all.plan.chains.size(); ++i) {
    Chain chain = all.plan.chains[i];
    if (!part.has(chain.experiment, chain.embedding)) continue;
    if (part.experiment) chain.experiment = 0;
    if (part.embedding && chain.embedding) chain.embedding = 0;
    chains.emplace(i, static_cast<std::uint32_t>(one.plan.chains.size()));
    one.plan.chains.push_back(chain);
  }
  for (const Stage& stage : all.stages) {
    if (!chains.contains(stage.chain)) continue;
    Stage taken = stage;
    taken.chain = chains.at(stage.chain);
    taken.fits.clear();
    for (const std::uint32_t fit : stage.fits)
      if (fits.contains(fit)) taken.fits.push_back(fits.at(fit));
    one.stages.push_back(std::move(taken));
  }
}

/// The run that would have been made of the part alone.
RunRecords part_of(const RunRecords& all, const Part& part) {
  RunRecords one;
  one.job = all.job;
  one.samples = all.samples;
  one.plan.basis = all.plan.basis;
  one.results = all.results;
  one.classes = all.classes;
  if (part.experiment) {
    one.job.experiments.assign(1, all.job.experiments.at(*part.experiment));
    one.plan.basis.samples.assign(1, all.plan.basis.samples.at(*part.experiment));
  }
  if (part.embedding) one.job.embeddings.assign(1, all.job.embeddings.at(*part.embedding));
  std::map<std::uint32_t, std::uint32_t> fits;
  for (std::uint32_t i = 0; i < all.plan.fits.size(); ++i) {
    Fit fit = all.plan.fits[i];
    if (!part.has(fit.experiment, fit.embedding)) continue;
    if (part.experiment) fit.experiment = 0;
    if (part.embedding) fit.embedding = 0;
    fits.emplace(i, static_cast<std::uint32_t>(one.plan.fits.size()));
    one.plan.fits.push_back(fit);
    one.to_train.push_back(all.is_to_train(i));
  }
  take_chains(all, part, fits, one);
  return one;
}

/// With all that a report may have.
Report report_of(const RunRecords& records, const Kept& kept) {
  return build_report(records,
                      {.corrected = CorrectedErrors::shown, .fits = FitRows::included, .bags = 100},
                      [&](const FitId& id) {
                        const auto found = kept.find(id);
                        return found == kept.end() ? std::nullopt : std::optional(found->second);
                      });
}

json tables_of(const Report& report) { return json::parse(render_json(report)).at("tables"); }

/// The lines of a CSV that begin with the experiment.
std::vector<std::vector<std::string>> lines_of(const std::string& csv,
                                               const std::string& experiment) {
  CsvTable table = parse_csv(csv, "report.csv");
  std::erase_if(table.rows, [&](const auto& row) { return row.front() != experiment; });
  return table.rows;
}

/// The experiment's tables for people.
json printed_of(const Report& report, const std::string& experiment) {
  json tables = json::array();
  for (const PrintedTable& table : lay_out(report, {}, {}).tables)
    if (table.key.starts_with(experiment + "-"))
      tables.push_back({{"key", table.key},
                        {"title", table.title},
                        {"caption", table.caption},
                        {"rows", table.rows},
                        {"footnotes", table.footnotes}});
  return tables;
}

void expect_same(const json& found, const json& expected, const std::string& of) {
  EXPECT_FALSE(expected.empty()) << of;
  EXPECT_TRUE(found == expected) << of << ": " << json::diff(expected, found).dump(1);
}

/// Or nothing is seen: scores that rest on predictions are there.
void expect_honest_scores(const json& tables) {
  for (const json& table : tables)
    for (const json& sweep : table.at("sweeps"))
      for (const json& choice : sweep.at("selection"))
        if (choice.at("rule") == "held-out" || choice.at("rule") == "source-out") {
          EXPECT_TRUE(choice.at("honest").at("mean").is_number()) << choice.dump(1);
        }
}

const std::vector<std::pair<const char*, void (*)(RunRecords&)>> kKinds{{"races", &race},
                                                                        {"searches", &search}};

TEST(TablesApart, OfAnExperimentAreThoseOfItAlone) {
  for (const auto& [kind, decide] : kKinds) {
    SCOPED_TRACE(kind);
    PredictedStudy study = study_of_two();
    decide(study.records);
    const Report both = report_of(study.records, study.kept);
    expect_honest_scores(tables_of(both));
    for (std::uint32_t e = 0; e < 2; ++e) {
      const std::string& name = study.records.job.experiments[e].name;
      const RunRecords records = part_of(study.records, {.experiment = e});
      const Report alone = report_of(records, study.kept);
      expect_same(tables_of(both).at(e), tables_of(alone).at(0), name + " in JSON");
      expect_same(printed_of(both, name), printed_of(alone, name), name + " in tables");
      expect_same(lines_of(render_csv(both), name), lines_of(render_csv(alone), name),
                  name + " in CSV");
      expect_same(lines_of(render_candidates(both), name), lines_of(render_candidates(alone), name),
                  name + ", its candidates");
    }
  }
}

TEST(TablesApart, OfAnEmbeddingSetHaveTheRowsOfItAlone) {
  for (const auto& [kind, decide] : kKinds) {
    SCOPED_TRACE(kind);
    PredictedStudy study = study_of_two();
    decide(study.records);
    const json both = tables_of(report_of(study.records, study.kept));
    for (std::uint32_t m = 0; m < 2; ++m) {
      const std::string& name = study.records.job.embeddings[m];
      const RunRecords records = part_of(study.records, {.embedding = m});
      const json alone = tables_of(report_of(records, study.kept));
      for (std::size_t e = 0; e < 2; ++e)
        for (const char* list : {"rows", "intervals", "comparisons", "sweeps"}) {
          json found = json::array();
          for (const json& one : both.at(e).at(list))
            if (one.at("embedding") == name) found.push_back(one);
          expect_same(found, alone.at(e).at(list), name + ", " + list);
        }
    }
  }
}

}  // namespace
}  // namespace crossfold
