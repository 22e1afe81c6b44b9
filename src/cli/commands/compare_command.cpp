#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/report/compare.h"
#include "crossfold/results/missing_artefacts.h"
#include "crossfold/results/run_records.h"

#include "command.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

struct CompareArguments {
  std::filesystem::path left;
  std::filesystem::path right;
  CompareOptions options;
  ComparisonText text;
  bool json = false;
};

/// A run directory with what is needed to read what its fits left behind.
class OpenRun {
 public:
  explicit OpenRun(const std::filesystem::path& directory)
      : directory_(directory),
        records_(load_run(directory)),
        missing_(missing_artefacts(directory, records_)),
        reader_(directory, records_) {
    for (const std::string& line : missing_.lines) log_warning(line);
  }
  [[nodiscard]] ComparedRun compared() {
    return {.name = directory_.string(),
            .records = records_,
            .artefacts = [this](const FitId& id) -> std::optional<Artefacts> {
              if (missing_.fits.contains(id)) return std::nullopt;
              return reader_.read(id);
            }};
  }
  /// Of those that were compared.
  void refuse_damaged_artefacts() const { reader_.throw_if_any_is_lost(); }

 private:
  std::filesystem::path directory_;
  RunRecords records_;
  MissingArtefacts missing_;
  ArtefactReader reader_;
};

int compare(const CompareArguments& arguments) {
  check_compare_options(arguments.options);
  OpenRun left(arguments.left);
  OpenRun right(arguments.right);
  const RunComparison comparison =
      compare_runs(left.compared(), right.compared(), arguments.options);
  left.refuse_damaged_artefacts();
  right.refuse_damaged_artefacts();
  write_output(arguments.json ? render_comparison_json(comparison)
                              : render_comparison(comparison, arguments.text));
  return comparison.agreement == Agreement::different ? 1 : 0;
}

}  // namespace

void add_compare_command(CLI::App& program, Action& chosen) {
  CLI::App* command =
      program.add_subcommand("compare", "Compare two runs: identical, within tolerance, different");
  command->footer(
      "Compares jobs, samples, embedding sets, planned fits, every number of the fits that both\n"
      "runs have done, and what those left behind, which is read and checked; then the means of\n"
      "table rows of the same names, also where seed, engine or settings made other fits. Times\n"
      "and hosts are not compared.\n"
      "Exit code 0: identical, or within the tolerance; 1: different.\n"
      "Examples:\n  crossfold compare cxr.run again.run\n"
      "  crossfold compare lockstep.run reference.run --tolerance 0.01\n"
      "  crossfold compare cxr.run seed2.run --json");
  const auto arguments = std::make_shared<CompareArguments>();  // shared by parser and action
  command->add_option("left", arguments->left, "Run directory")->required()->type_name("RUN");
  command->add_option("right", arguments->right, "Run directory")->required()->type_name("RUN");
  add_number(*command, "--tolerance", arguments->options.tolerance,
             "Largest difference of a score, loss or probability that does not matter; of "
             "rows with other fits, of a mean. 0: equal to the last bit")
      ->type_name("X")
      ->capture_default_str();
  add_number(*command, "--lines", arguments->text.lines,
             NumberBounds{std::size_t{0}, std::size_t{1'000'000}},
             "Lines of examples of one kind at most; the others are counted")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Answer in JSON, with everything");
  command->callback([arguments, &chosen] { chosen = [arguments] { return compare(*arguments); }; });
}

}  // namespace crossfold::cli
