#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

#include "choice_option.h"
#include "command.h"

namespace crossfold::cli {
namespace {

enum class Exported { predictions, candidates };

struct ExportArguments {
  std::filesystem::path directory;
  Exported what = Exported::predictions;
};

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
  bool complete = !records.more_stages;
  ArtefactReader reader(arguments.directory, records);
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    if (!records.is_to_train(i)) continue;
    const Fit& fit = records.plan.fits[i];
    const FitResult* result = records.find(fit.id);
    if (result == nullptr || result->failed()) {
      complete = false;
      continue;
    }
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
  return complete ? 0 : 1;
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
      program.add_subcommand("export", "Write what a run left behind as CSV to stdout");
  command->footer(
      "The set of a prediction is in (the held-out fold), oos, or source-out, where the column "
      "fold "
      "names the source that was left out of training, or a named set that the job evaluates. "
      "Where "
      "the splits leave levels out, the column fold names them.\n"
      "Exit code 1 when fits are missing or failed; what is there is written all the same. "
      "Example:\n"
      "  crossfold export cxr.run predictions > predictions.csv\n"
      "  crossfold export sweep.run candidates > candidates.csv");
  const auto arguments = std::make_shared<ExportArguments>();  // shared by parser and action
  command->add_option("directory", arguments->directory, "Run directory")
      ->required()
      ->type_name("DIR");
  add_choice<Exported>(
      *command, "what", arguments->what,
      {{"predictions", Exported::predictions}, {"candidates", Exported::candidates}},
      "What to write: predictions, a line for each sample and class; candidates, a "
      "line for each that a sweep drew")
      ->required();
  command->callback([arguments, &chosen] {
    chosen = [arguments] {
      return arguments->what == Exported::candidates ? export_candidates(*arguments)
                                                     : export_predictions(*arguments);
    };
  });
}

}  // namespace crossfold::cli
