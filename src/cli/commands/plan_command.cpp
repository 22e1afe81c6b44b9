#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/core/files.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/job/names.h"
#include "crossfold/plan/plan_warnings.h"
#include "crossfold/plan/race_bounds.h"
#include "crossfold/samples/left_out.h"
#include "crossfold/study/study.h"

#include "command.h"
#include "job_arguments.h"
#include "warm_start_answer.h"

namespace crossfold::cli {
namespace {

using nlohmann::json;

struct PlanOptions {
  JobArguments job;
  bool json = false;
  std::optional<std::filesystem::path> splits;
};

double total_cost(const Plan& plan) {
  double cost = 0;
  for (const Cohort& cohort : plan.cohorts) cost += cohort.cost;
  return cost;
}

/// What candidates that are not drawn yet add to it, if they cost what those before them do.
double cost_to_come(const Plan& plan) {
  double cost = 0;
  for (const Chain& chain : plan.chains) {
    double of_chain = 0;
    for (const std::uint32_t fit : chain.fits) of_chain += plan.fits[fit].cost;
    cost += of_chain / static_cast<double>(chain.fits.size()) * static_cast<double>(chain.to_come);
  }
  return cost;
}

/// How an experiment's candidates are drawn one generation after another.
struct Generations {
  const Experiment* experiment = nullptr;
  std::size_t candidates = 0;   ///< in all
  std::size_t generations = 0;  ///< in all
};

std::vector<Generations> generations_of(const Job& job) {
  std::vector<Generations> found;
  for (const Experiment& experiment : job.experiments)
    if (has_generations(experiment))
      found.push_back(
          {.experiment = &experiment,
           .candidates = drawn_candidates(experiment) + candidates_to_come(experiment),
           .generations = 1 + (experiment.sweep->candidates - 1) / experiment.sweep->generation});
  return found;
}

/// Bytes of all matrices that the job uses: what one node holds once.
double matrix_bytes(const Plan& plan) {
  double bytes = 0;
  for (const EmbeddingInfo& info : plan.basis.embeddings)
    bytes += static_cast<double>(info.rows) * static_cast<double>(info.dim) * sizeof(float);
  return bytes;
}

/// Fits of an experiment with splits of a scheme, and what they cost.
struct SchemeFits {
  std::size_t fits = 0;
  double cost = 0;
};

SchemeFits fits_of_scheme(const Plan& plan, std::uint32_t experiment, SplitScheme scheme) {
  SchemeFits of;
  for (const Fit& fit : plan.fits) {
    if (fit.experiment != experiment || fit.scheme != scheme) continue;
    ++of.fits;
    of.cost += fit.cost;
  }
  return of;
}

json describe(const Study& study, const std::optional<SharedFits>& shared) {
  json experiments = json::array();
  for (std::uint32_t e = 0; e < study.job.experiments.size(); ++e) {
    const Experiment& experiment = study.job.experiments[e];
    json candidates = json::array();
    for (const Candidate& candidate : experiment.candidates)
      candidates.push_back({{"name", candidate.name}, {"kind", name_of(kind_of(candidate))}});
    json sets = json::array();
    for (std::size_t i = 0; i < experiment.evaluate_sets.size(); ++i)
      sets.push_back({{"name", experiment.evaluate_sets[i]},
                      {"samples", study.plan.basis.samples[e].sets[i].size()}});
    experiments.push_back(
        {{"name", experiment.name},
         {"sets", std::move(sets)},
         {"candidates", std::move(candidates)},
         {"fits_source_out", fits_of_scheme(study.plan, e, SplitScheme::source_out).fits},
         {"fits_nested", fits_of_scheme(study.plan, e, SplitScheme::nested).fits},
         {"pool", study.plan.basis.samples[e].pool.size()},
         {"oos", study.plan.basis.samples[e].oos.size()}});
  }
  json races = json::array();
  for (const RaceBounds& race : race_bounds(study.job, study.plan))
    races.push_back({{"experiment", study.job.experiments[race.experiment].name},
                     {"embedding", study.job.embeddings[race.embedding]},
                     {"candidates", race.candidates},
                     {"rungs", race.rungs},
                     {"sources_out", race.sources_out},
                     {"fits_at_least", race.least},
                     {"fits_at_most", race.most}});
  json searches = json::array();
  for (const Generations& search : generations_of(study.job))
    searches.push_back({{"experiment", search.experiment->name},
                        {"candidates", search.candidates},
                        {"drawn", drawn_candidates(*search.experiment)},
                        {"generations", search.generations}});
  json summary{{"format", "crossfold-plan-summary"},
               {"format_version", 1},
               {"experiments", std::move(experiments)},
               {"embeddings", study.job.embeddings},
               {"scheme", name_of(study.job.splits.scheme)},
               {"folds", study.job.splits.folds},
               {"seeds", study.job.splits.seeds},
               {"fits", study.plan.fits.size() + fits_to_come(study.plan)},
               {"distinct_fits", distinct_fits(study.plan) + fits_to_come(study.plan)},
               {"cohorts", study.plan.cohorts.size()},
               {"races", std::move(races)},
               {"searches", std::move(searches)},
               {"operations", total_cost(study.plan) + cost_to_come(study.plan)},
               {"bytes_per_node", matrix_bytes(study.plan)},
               {"notes", study.plan.basis.notes},
               {"warnings", plan_warnings(study.job, study.plan.basis)}};
  if (shared) summary["warm_start"] = warm_start_json(study, *shared);
  return summary;
}

/// What is trained beside the folds.
void print_schemes(const Study& study) {
  const Plan& plan = study.plan;
  for (std::uint32_t e = 0; e < study.job.experiments.size(); ++e) {
    const Experiment& experiment = study.job.experiments[e];
    std::vector<std::string> sources;
    for (const std::uint32_t source : plan.basis.left_out_sources[e])
      sources.push_back(plan.basis.samples[e].domain.levels[source]);
    if (const SchemeFits of = fits_of_scheme(plan, e, SplitScheme::source_out); of.fits > 0)
      write_output(fmt::format("source-out of '{}': {} of these fits, {:.3g} GFLOP, leave out {}\n",
                               experiment.name, of.fits, of.cost / 1e9, fmt::join(sources, ", ")));
    if (const SchemeFits of = fits_of_scheme(plan, e, SplitScheme::nested); of.fits > 0)
      write_output(
          fmt::format("nested of '{}': {} of these fits, {:.3g} GFLOP, on {} inner folds "
                      "of every split\n",
                      experiment.name, of.fits, of.cost / 1e9, experiment.sweep->nested->folds));
  }
}

void print_splits(const Study& study) {
  const SplitSettings& splits = study.job.splits;
  const std::string source =
      study.plan.basis.given_splits ? ", read from " + splits.file->string() : "";
  switch (splits.scheme) {
    case SplitScheme::hold_out:
      write_output(fmt::format("splits: {}, each holds {:g} of the store out{}\n",
                               counted(splits.seeds, "seed"), splits.test, source));
      return;
    case SplitScheme::leave_out:
      for (std::uint32_t e = 0; e < study.job.experiments.size(); ++e) {
        std::vector<std::string> turns;
        for (const auto& levels : study.plan.basis.left_out_turns[e])
          turns.push_back(left_out_name(study.plan.basis.samples[e], levels));
        write_output(fmt::format("splits of {}: {} x {} left out in turns: {}\n",
                                 study.job.experiments[e].name, counted(splits.seeds, "seed"),
                                 splits.leave_out.by, fmt::join(turns, ", ")));
      }
      return;
    default:
      write_output(
          fmt::format("splits: {} seeds x {} folds{}\n", splits.seeds, splits.folds, source));
  }
}

/// The named sets that an experiment's fits are scored on: their sizes, and what they share with
/// the pool.
void print_sets(const Study& study, std::uint32_t experiment) {
  const ExperimentSamples& samples = study.plan.basis.samples[experiment];
  const std::unordered_set<std::uint32_t> pool(samples.pool.begin(), samples.pool.end());
  const auto patients_of = [&](const std::vector<std::uint32_t>& rows) {
    std::unordered_set<std::uint32_t> patients;
    for (const std::uint32_t row : rows) patients.insert(samples.group[row]);
    return patients.size();
  };
  const std::vector<std::string>& names = study.job.experiments[experiment].evaluate_sets;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::vector<std::uint32_t>& rows = samples.sets[i];
    const auto shared = std::count_if(rows.begin(), rows.end(),
                                      [&](std::uint32_t row) { return pool.contains(row); });
    write_output(fmt::format("  also scored on {}: {} of {}, {} of them in the pool\n", names[i],
                             counted(rows.size(), "sample"), counted(patients_of(rows), "patient"),
                             shared));
  }
}

/// The parts of a matrix have the same candidates.
bool is_first_of_matrix(const Job& job, std::uint32_t experiment) {
  const std::string& matrix = job.experiments[experiment].matrix;
  const std::span earlier = std::span(job.experiments).first(experiment);
  return matrix.empty() || std::none_of(earlier.begin(), earlier.end(), [&](const Experiment& one) {
           return one.matrix == matrix;
         });
}

void print_plan(const Study& study, const std::optional<SharedFits>& shared) {
  const Plan& plan = study.plan;
  for (std::uint32_t e = 0; e < study.job.experiments.size(); ++e) {
    const Experiment& experiment = study.job.experiments[e];
    write_output(fmt::format(
        "experiment {}: {} samples to split, {} out of sample, target {}, stratified by {}\n",
        experiment.name, plan.basis.samples[e].pool.size(), plan.basis.samples[e].oos.size(),
        name_of(experiment.target), name_of(experiment.stratify)));
    print_sets(study, e);
    if (!is_first_of_matrix(study.job, e)) continue;
    const char* const of_each = experiment.matrix.empty() ? "" : ", for each training set";
    for (const Candidate& candidate : experiment.candidates)
      write_output(fmt::format("  candidate {} ({}{})\n", candidate.name,
                               name_of(kind_of(candidate)), of_each));
  }
  for (const EmbeddingInfo& info : plan.basis.embeddings)
    write_output(fmt::format("embedding set {}: {} x {}\n", info.name, info.rows, info.dim));
  print_splits(study);
  for (const Generations& search : generations_of(study.job))
    write_output(fmt::format(
        "search of '{}': {} candidates in {} generations; those above are the first, each later "
        "one is drawn by what those before it came to\n",
        search.experiment->name, search.candidates, search.generations));
  if (fits_to_come(plan) > 0)
    write_output(fmt::format("fits: at most {}, {} of them drawn already, in {} cohorts\n",
                             distinct_fits(plan) + fits_to_come(plan), distinct_fits(plan),
                             plan.cohorts.size()));
  else
    write_output(fmt::format("fits: {}, {} of them distinct, in {} cohorts\n", plan.fits.size(),
                             distinct_fits(plan), plan.cohorts.size()));
  print_schemes(study);
  for (const RaceBounds& race : race_bounds(study.job, study.plan))
    write_output(fmt::format(
        "race of '{}' on {}: {} candidates, rungs of {} splits{}; {} to {} of these fits are "
        "trained, "
        "so the work below is the most\n",
        study.job.experiments[race.experiment].name, study.job.embeddings[race.embedding],
        race.candidates, fmt::join(race.rungs, ", "),
        race.sources_out > 0 ? fmt::format(", then {} with a source left out", race.sources_out)
                             : "",
        race.least, race.most));
  if (shared) print_warm_start(study, *shared);
  // A core of 2020 or later sustains some 20 GFLOP/s in small fits, overhead included.
  const double cost = total_cost(plan) + cost_to_come(plan);
  const double core_seconds = cost / 20e9;
  write_output(fmt::format("work: about {:.3g} GFLOP, in the order of {:.2g} core hours\n",
                           cost / 1e9, core_seconds / 3600));
  write_output(
      fmt::format("memory: {:.1f} MB of matrices, held once per node\n", matrix_bytes(plan) / 1e6));
  for (const std::string& note : plan.basis.notes) write_output(fmt::format("note: {}\n", note));
  for (const std::string& warning : plan_warnings(study.job, study.plan.basis))
    write_output(fmt::format("WARNING: {}\n", warning));
}

/// Every split of the job, as a file that "splits": {"file": ...} reads.
void write_splits(const Study& study, const std::filesystem::path& path) {
  std::string text = kSplitTableHeader;
  for (std::uint32_t e = 0; e < study.job.experiments.size(); ++e) {
    const Experiment& experiment = study.job.experiments[e];
    // The candidate whose splits say most: one that sets validation samples aside, if any does.
    std::uint32_t chosen = 0;
    for (std::uint32_t c = 0; c < experiment.candidates.size(); ++c)
      if (is_network(experiment.candidates[c])) chosen = c;
    for (const Fit& fit : study.plan.fits)
      if (fit.experiment == e && fit.embedding == 0 && fit.candidate == chosen &&
          !serves_selection(fit.scheme))
        text += split_lines(experiment.name, fit.seed, fit.fold,
                            split_of(study.job, study.plan, fit), study.samples.id);
  }
  write_new_file(path, text);
}

int show_plan(const PlanOptions& options) {
  const Study study = load_study(options.job);
  const std::optional<SharedFits> shared = shared_fits(study);
  if (options.splits) write_splits(study, *options.splits);
  if (options.json)
    write_output(json_text(describe(study, shared), 1) + "\n");
  else
    print_plan(study, shared);
  return 0;
}

}  // namespace

void add_plan_command(CLI::App& program, Action& chosen) {
  CLI::App* command =
      program.add_subcommand("plan", "Show what a job implies: candidates, splits, fits, work");
  command->footer("Trains nothing. Example:\n  crossfold plan jobs/cxr.json --splits folds.csv");
  const auto options = std::make_shared<PlanOptions>();  // shared by the parser and the action
  add_job_arguments(*command, options->job);
  command->add_flag("--json", options->json, "Answer in JSON");
  command->add_option("--splits", options->splits, "Write every split to this CSV file")
      ->type_name("FILE");
  command->callback([options, &chosen] { chosen = [options] { return show_plan(*options); }; });
}

}  // namespace crossfold::cli
