#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/report/fit_export.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"
#include "crossfold/results/timeline.h"

#include "choice_option.h"
#include "command.h"

namespace crossfold::cli {
namespace {

enum class Exported { fits, predictions, curves, candidates, mlflow };
enum class ExportFormat { csv };

struct ExportArguments {
  std::filesystem::path directory;
  Exported what = Exported::predictions;
  std::optional<std::filesystem::path> target;  ///< mlflow
  std::optional<ExportFormat> format;           ///< all others
};

/// Arguments that the kind of export needs, or that would change nothing.
void check(const ExportArguments& arguments) {
  ValidationErrors errors;
  const bool is_store = arguments.what == Exported::mlflow;
  if (is_store && !arguments.target)
    errors.add("mlflow", "needs a folder (it is many files). name a new one behind it");
  if (is_store && arguments.format)
    errors.add("--format", "is for tables (mlflow has a layout of its own). leave it out");
  if (!is_store && arguments.target)
    errors.add(arguments.target->string(),
               "is not used (tables go to stdout). leave it out, or redirect stdout to it");
  errors.throw_if_any(ErrorCode::usage, "");
}

/// 0 when every fit that is asked for is there and succeeded, else 1.
int exit_code_of(const RunRecords& records) {
  if (records.more_stages) return 1;
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    if (!records.is_to_train(i)) continue;
    const FitResult* result = records.find(records.plan.fits[i].id);
    if (result == nullptr || result->failed()) return 1;
  }
  return 0;
}

/// The held-out fold, or what is left out; inner folds keep no predictions.
std::string held_out_name(const RunRecords& records, const Fit& fit) {
  if (fit.scheme == SplitScheme::source_out)
    return records.plan.basis.samples[fit.experiment].domain.levels.at(fit.fold.value);
  if (fit.scheme == SplitScheme::leave_out) return left_out_in(records.plan.basis, fit);
  return std::to_string(fit.fold.value);
}

/// One line per sample and class.
std::string prediction_lines(const RunRecords& records, const Fit& fit, const std::string& set,
                             const Predictions& predictions) {
  const Experiment& experiment = records.job.experiments[fit.experiment];
  const CodedColumn& target = records.plan.basis.samples[fit.experiment].column(experiment.target);
  std::string lines;
  for (std::size_t i = 0; i < predictions.rows.size(); ++i) {
    const std::uint32_t row = predictions.rows[i];
    const std::string* truth = target.name_of(row);
    for (std::size_t k = 0; k < predictions.classes; ++k)
      lines +=
          csv_line({experiment.name, records.job.embeddings[fit.embedding],
                    experiment.candidates[fit.candidate].name, std::to_string(fit.seed.value),
                    held_out_name(records, fit), set, records.samples.id.at(row),
                    truth == nullptr ? "" : *truth, target.levels.at(k),
                    fmt::format("{}", predictions.probabilities[i * predictions.classes + k])});
  }
  return lines;
}

int export_predictions(const ExportArguments& arguments) {
  const RunRecords records = load_run(arguments.directory);
  CF_VALIDATE(
      records.job.output.predictions, ErrorCode::bad_input,
      "holds no predictions (the job says \"predictions\": false). run the job with them in "
      "another folder",
      arguments.directory.string());
  write_output("experiment,embedding,candidate,seed,fold,set,id,truth,class,probability\n");
  ArtefactReader reader(arguments.directory, records);
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    if (!records.is_to_train(i)) continue;
    const Fit& fit = records.plan.fits[i];
    const FitResult* result = records.find(fit.id);
    if (result == nullptr || result->failed()) continue;
    const auto artefacts = reader.read(fit.id);
    if (!artefacts) continue;
    const char* held_out = fit.scheme == SplitScheme::source_out ? "source-out" : "in";
    if (artefacts->held_out)
      write_output(prediction_lines(records, fit, held_out, *artefacts->held_out));
    if (artefacts->oos) write_output(prediction_lines(records, fit, "oos", *artefacts->oos));
    const Experiment& experiment = records.job.experiments[fit.experiment];
    for (std::size_t set = 0; set < artefacts->sets.size(); ++set)
      write_output(
          prediction_lines(records, fit, experiment.evaluate_sets.at(set), artefacts->sets[set]));
  }
  reader.throw_if_any_is_lost();
  return exit_code_of(records);
}

int export_fit_lines(const ExportArguments& arguments) {
  const RunRecords records = load_run(arguments.directory);
  export_fits(records, [](std::string_view text) { write_output(text); });
  return exit_code_of(records);
}

int export_curve_lines(const ExportArguments& arguments) {
  const RunRecords records = load_run(arguments.directory);
  ArtefactReader reader(arguments.directory, records);
  export_curves(
      records, [&](const FitId& id) { return reader.read(id); },
      [](std::string_view text) { write_output(text); });
  reader.throw_if_any_is_lost();
  return exit_code_of(records);
}

int export_mlflow_store(const ExportArguments& arguments) {
  const RunRecords records = load_run(arguments.directory);
  const Timeline timeline = load_timeline(arguments.directory);
  const double begun_s = timeline.sessions.empty() ? 0 : timeline.sessions.front().start_s;
  ArtefactReader reader(arguments.directory, records);
  const MlflowCounts counts = export_mlflow(
      records, [&](const FitId& id) { return reader.read(id); }, begun_s, *arguments.target);
  reader.throw_if_any_is_lost();
  write_output(fmt::format("{}: {} and {}. look at them with: mlflow ui --backend-store-uri {}\n",
                           arguments.target->string(), counted(counts.experiments, "experiment"),
                           counted(counts.runs, "run"), arguments.target->string()));
  return exit_code_of(records);
}

int export_candidates(const ExportArguments& arguments) {
  const RunRecords records = load_run(arguments.directory);
  const bool any = std::any_of(records.job.experiments.begin(), records.job.experiments.end(),
                               [](const Experiment& experiment) { return experiment.sweep; });
  CF_VALIDATE(any, ErrorCode::bad_input,
              "holds no sweep (no experiment of its job has a \"sweep\"). `crossfold report "
              "--format csv` writes the candidates of other jobs",
              arguments.directory.string());
  const Report report = build_report(records);
  write_output(render_candidates(report));
  return report.complete ? 0 : 1;
}

}  // namespace

void add_export_command(CLI::App& program, Action& chosen) {
  CLI::App* command =
      program.add_subcommand("export", "Write what a run left behind for other programs");
  command->footer(
      "Tables go to stdout as CSV with all digits: undefined scores are nan, infinite ones inf,\n"
      "and what does not apply is empty. data-schemas/results.md describes the columns.\n"
      "There is no Parquet (Debian 12 has no Arrow); pandas and R read the CSV, and results.h5.\n"
      "mlflow makes a new folder in the layout of MLflow's file store: an experiment for each\n"
      "of the job's, a run for each fit, learning curves as metrics by epoch; a file for each\n"
      "parameter, metric and tag.\n"
      "The set of a prediction is in (the held-out fold), oos, or source-out, where the column\n"
      "fold names the source that was left out of training, or a named set that the job\n"
      "evaluates. Where the splits leave levels out, the column fold names them.\n"
      "Curves of what an encoder is to forget beside the domain have columns of their own:\n"
      "train_sex_loss and lambda_of_sex.\n"
      "Exit code 1 when fits are missing or failed; what is there is written all the same.\n"
      "Examples:\n"
      "  crossfold export cxr.run fits > fits.csv\n"
      "  crossfold export cxr.run curves > curves.csv\n"
      "  crossfold export cxr.run mlflow mlruns\n"
      "  crossfold export cxr.run predictions > predictions.csv\n"
      "  crossfold export sweep.run candidates > candidates.csv");
  const auto arguments = std::make_shared<ExportArguments>();  // shared by parser and action
  command->add_option("directory", arguments->directory, "Run directory")
      ->required()
      ->type_name("DIR");
  add_choice<Exported>(
      *command, "what", arguments->what,
      {{"fits", Exported::fits},
       {"predictions", Exported::predictions},
       {"curves", Exported::curves},
       {"candidates", Exported::candidates},
       {"mlflow", Exported::mlflow}},
      "What to write: fits, a line for each with its settings and all scores; predictions, a line "
      "for each sample and class; curves, a line for each fit and epoch; candidates, a line for "
      "each that a sweep drew; mlflow, a store of MLflow")
      ->required();
  command->add_option("target", arguments->target, "mlflow: the folder to make")->type_name("PATH");
  add_choice<ExportFormat>(*command, "--format", arguments->format, {{"csv", ExportFormat::csv}},
                           "Of tables; csv is the only one");
  command->callback([arguments, &chosen] {
    chosen = [arguments] {
      check(*arguments);
      switch (arguments->what) {
        case Exported::fits:
          return export_fit_lines(*arguments);
        case Exported::predictions:
          return export_predictions(*arguments);
        case Exported::curves:
          return export_curve_lines(*arguments);
        case Exported::candidates:
          return export_candidates(*arguments);
        case Exported::mlflow:
          return export_mlflow_store(*arguments);
      }
      return 0;
    };
  });
}

}  // namespace crossfold::cli
