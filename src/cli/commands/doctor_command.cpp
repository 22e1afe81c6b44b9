#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/site/file_system.h"
#include "crossfold/site/finding.h"
#include "crossfold/site/slurm_facts.h"
#include "crossfold/site/slurm_promises.h"

#include "command.h"
#include "grace_option.h"
#include "machine_checks.h"

namespace crossfold::cli {
namespace {

using nlohmann::json;
using site::Finding;
using site::Verdict;

struct DoctorOptions {
  std::string partition;
  std::filesystem::path directory = ".";
  std::uint32_t grace_s = 120;
  bool json = false;
  bool ranks = false;
  bool lose_rank = false;
};

/// What there is to say of Slurm; nothing where there is none.
struct SlurmExamination {
  std::optional<std::string> version;
  std::string partition;
  std::vector<Finding> findings;
};

SlurmExamination examine_slurm(const DoctorOptions& options) {
  SlurmExamination slurm;
  try {
    const std::optional<site::SlurmFacts> facts = site::ask_slurm(options.partition);
    CF_VALIDATE(facts || options.partition.empty(), ErrorCode::usage,
                "--partition: there is no Slurm here (scontrol is not found). leave it out, or ask "
                "on a node of the cluster");
    if (!facts) return slurm;
    slurm.version = facts->setting("SLURM_VERSION");
    slurm.partition = facts->partition_setting("PartitionName");
    slurm.findings = judge_slurm(*facts, options.grace_s);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::usage) throw;
    slurm.findings.push_back({.topic = "slurm",
                              .id = "slurm-answers",
                              .verdict = Verdict::broken,
                              .text = error.what()});
  }
  return slurm;
}

void add(std::vector<Finding>& all, std::vector<Finding> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void print_findings(const SlurmExamination& slurm, const std::vector<Finding>& findings) {
  if (slurm.version)
    write_output(fmt::format("Slurm {}, partition {}\n", *slurm.version, slurm.partition));
  else
    write_output(fmt::format("{}\n", slurm.findings.empty()
                                         ? "no Slurm here (scontrol is not found)"
                                         : "a Slurm that does not answer"));
  std::size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.id.size());
  std::string topic;
  for (const Finding& finding : findings) {
    if (finding.topic != topic) write_output(fmt::format("\n{}\n", finding.topic));
    topic = finding.topic;
    write_output(fmt::format("  {:8} {:{}}  {}\n", name_of(finding.verdict), finding.id, width,
                             finding.text));
  }
}

json describe(const SlurmExamination& slurm, const std::vector<Finding>& findings) {
  json list = json::array();
  for (const Finding& finding : findings)
    list.push_back({{"topic", finding.topic},
                    {"id", finding.id},
                    {"verdict", name_of(finding.verdict)},
                    {"text", finding.text}});
  json value{{"format", "crossfold-doctor"}, {"format_version", 1}, {"findings", std::move(list)}};
  if (slurm.version) value["slurm"] = {{"version", *slurm.version}, {"partition", slurm.partition}};
  return value;
}

int examine(const DoctorOptions& options) {
  if (options.ranks) return describe_rank();
  if (options.lose_rank) return lose_a_rank();
  const SlurmExamination slurm = examine_slurm(options);
  std::vector<Finding> findings = slurm.findings;
  add(findings, check_mpi());
  add(findings, check_devices());
  add(findings, check_threads());
  add(findings, site::check_file_system(options.directory));
  if (options.json)
    write_output(json_text(describe(slurm, findings), 1) + "\n");
  else
    print_findings(slurm, findings);
  const bool broken = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.verdict == Verdict::broken;
  });
  return broken ? 1 : 0;
}

}  // namespace

void add_doctor_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "doctor", "Say which of crossfold's promises this site keeps: Slurm, MPI, devices, files");
  command->footer(
      "Changes nothing. Exit code 1 when a promise is broken here; slurm/README.md explains each.\n"
      "Examples:\n  crossfold doctor\n"
      "  crossfold doctor --partition gpu --dir /scratch/me --json\n"
      "  srun -n 4 --mpi=pmix crossfold doctor --ranks");
  const auto options = std::make_shared<DoctorOptions>();  // shared by the parser and the action
  command->add_option("--partition", options->partition, "Slurm partition (default: the default)")
      ->type_name("NAME");
  command
      ->add_option("--dir", options->directory,
                   "Folder whose file system to try: where run directories are to lie")
      ->type_name("DIR")
      ->capture_default_str();
  add_grace_option(*command, options->grace_s,
                   "Seconds that a run is given to stop, as for submit");
  command->add_flag("--json", options->json, "Answer in JSON");
  command->add_flag("--ranks", options->ranks,
                    "Under mpirun or srun: each rank says which GPU or core it would take");
  command
      ->add_flag("--lose-rank", options->lose_rank,
                 "Under mpirun: all ranks but the first are killed, and the first says whether "
                 "it lives on: what doctor itself tries")
      ->excludes("--ranks");
  command->callback([options, &chosen] { chosen = [options] { return examine(*options); }; });
}

}  // namespace crossfold::cli
